"""Rows that were deleted in a source since day 1, for APIs that tell of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmark.http_records import DeletedRows, TableView
from sources.systems.http.json_values import plain_values

if TYPE_CHECKING:
    import pyarrow


class TableOfDay(NamedTuple):
    """A table as it stood at the clock of a day."""

    now: datetime
    table: "pyarrow.Table"


def shown_table(view: TableView, days: Sequence[TableOfDay]) -> "pyarrow.Table":
    """The table of the last day as a view has it, with the rows deleted since day 1 where the view tells of them.

    A deleted row is as it was last, but that its time of deletion, which is the clock of the day on which it was gone
    first, is also the value of the column that tells new rows.
    """
    if view.deleted is None:
        return days[-1].table
    import pyarrow

    parts = [] if view.deleted.show == "only" else [_told(days[-1].table, view, None)]
    parts += [_told(table.take(rows), view, now) for now, table, rows in _gone(view.key, days)]
    if not parts:
        parts = [_told(days[-1].table.slice(0, 0), view, days[-1].now)]
    whole = pyarrow.concat_tables(parts, promote_options="permissive")
    if view.deleted.show == "only":
        whole = whole.select([*view.key, *_columns(view.deleted)])
    return whole


def _gone(key: Sequence[str], days: Sequence[TableOfDay]) -> list[tuple[datetime, "pyarrow.Table", list[int]]]:
    """Clock of the day that lacks them, the table of the day before, and the rows; those that came again are not."""
    keys = [_keys(day.table, key) for day in days]
    found = []
    for number in range(1, len(days)):
        later = set().union(*keys[number:])
        rows = [row for row, value in enumerate(keys[number - 1]) if value not in later]
        found.append((days[number].now, days[number - 1].table, rows))
    return [part for part in found if part[2]]


def _keys(table: "pyarrow.Table", key: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(plain_values(table[name], "microseconds") for name in key), strict=True))


def _columns(deleted: DeletedRows) -> list[str]:
    return [name for name in (deleted.time_column, deleted.flag_column) if name]


def _told(table: "pyarrow.Table", view: TableView, deleted_at: datetime | None) -> "pyarrow.Table":
    """Rows with the columns that say whether and when they were deleted."""
    import pyarrow

    assert view.deleted is not None
    n_rows = table.num_rows
    since = view.since.column if view.since else None
    if deleted_at is not None and since in table.column_names:
        kind = table.schema.field(since).type
        if pyarrow.types.is_timestamp(kind) or pyarrow.types.is_date(kind):
            moment = deleted_at if getattr(kind, "tz", None) else deleted_at.replace(tzinfo=None)
            times = pyarrow.repeat(pyarrow.scalar(moment, pyarrow.timestamp("us", getattr(kind, "tz", None))), n_rows)
            table = table.set_column(table.column_names.index(since), since, times.cast(kind, safe=False))
    if view.deleted.time_column:
        kind = pyarrow.timestamp("us", "UTC")
        times = (
            pyarrow.nulls(n_rows, kind)
            if deleted_at is None
            else pyarrow.repeat(pyarrow.scalar(deleted_at, kind), n_rows)
        )
        table = table.append_column(view.deleted.time_column, times)
    if view.deleted.flag_column:
        table = table.append_column(view.deleted.flag_column, pyarrow.repeat(deleted_at is not None, n_rows))
    return table
