"""The incident `late`: rows of one day that come more than a week after it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.incident_options import LateOptions, LateRows
from benchmark.spelling import allowed_names
from sources.contract import GeneratedDay
from sources.kit.errors import GeneratorError
from sources.kit.source_tables import SourceTables, changed, key_list
from sources.kit.states import as_instant, load_column, order_of, update_column

if TYPE_CHECKING:
    import pyarrow

LATE_AFTER = timedelta(days=7)
"""How late the late rows are, at least; at most a day more."""
_COME_AFTER = timedelta(hours=12)
"""When they come, counted from the clock of day 1."""


@dataclass(frozen=True)
class Lateness:
    """Rows that come a week late."""

    options: LateOptions
    tables: SourceTables

    def change(self, day: GeneratedDay) -> GeneratedDay:
        """Hold rows back on day 1; from day 2 on they are there and say when they came. Files stay as they are.

        Raises:
            GeneratorError: An option does not fit its table.
        """
        in_time = {*self.options.left_out, *self.tables.parents}
        shown = {}
        for name, table in day.tables.items():
            generated = self.tables.behind(*name.split(".", 1))
            shown[name] = table if generated in in_time else self._table(generated, table, day)
        return replace(day, tables=shown)

    def _come_at(self, day: GeneratedDay) -> datetime:
        first_now = day.now - timedelta(days=day.dials.day - 1)
        if self.options.at is None:
            return first_now + _COME_AFTER
        return datetime.combine(first_now.date() + timedelta(days=1), self.options.at, tzinfo=first_now.tzinfo)

    def _table(self, generated: str, table: "pyarrow.Table", day: GeneratedDay) -> "pyarrow.Table":
        roles = self.tables.roles_of(generated)
        rows = self.options.rows.get(generated, LateRows())
        come_at = self._come_at(day)

        def query(types: dict[str, str]) -> str:
            written_at = update_column(roles, list(types))
            temporal = [column for column in types if types[column].startswith("TIMESTAMP")]
            times = [
                column for column in dict.fromkeys((load_column(roles, list(types)), written_at)) if column in temporal
            ]
            if not times:
                return "from shown"
            day_by = rows.day_by or times[0]
            if day_by not in temporal:
                raise GeneratorError(
                    f"incidents.late.rows.{generated}.day_by in world.yaml",
                    f"there is no time '{day_by}'; {allowed_names(day_by, temporal)}.",
                )
            oldest, newest = come_at - LATE_AFTER - timedelta(days=1), come_at - LATE_AFTER
            is_of_the_day = (
                f"{as_instant(day_by)} between timestamptz '{oldest.isoformat()}' "
                f"and timestamptz '{newest.isoformat()}'"
            )
            is_met = rows.where or f"draw({key_list(roles, types)}, 'late') < 0.5"
            is_late = f"coalesce({is_of_the_day} and ({is_met}), false)"
            order = order_of(roles, list(types))
            marked = f"select *, {is_late} as late__, row_number() over (order by {order}) as place__ from shown"
            if day.dials.day == 1:
                return f"select * exclude (late__, place__) from ({marked}) where not late__ order by place__"
            apart = (self.options.apart or timedelta.resolution) // timedelta.resolution
            came = (
                f"timestamptz '{come_at.isoformat()}' "
                f"+ to_microseconds({apart} * sum(late__::bigint) over (order by place__)::bigint)"
            )
            moved = ", ".join(
                f"case when late__ then greatest({as_instant(column)}, {came})::{types[column]} "
                f"else {quote(column)} end as {quote(column)}"
                for column in times
            )
            order = f"{quote(written_at)}, place__" if written_at else order
            come = f"select * replace ({moved}) from ({marked})"
            return f"select * exclude (late__, place__) from ({come}) order by {order}"

        own_sql = {f"incidents.late.rows.{generated}.where": rows.where} if rows.where else None
        return changed(table, generated, day.dials.seed, query, own_sql)
