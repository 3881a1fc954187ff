"""append_dedup: of all rows with one primary key, the latest stays."""

from collections.abc import Sequence

from sources.loader.column_types import Column
from sources.loader.stages import ORDINAL, STAGED, create_stage
from sources.loader.warehouse import Warehouse, quote

_LATEST = "_lockgate_latest"


class Merge:
    """Merges staged rows into a raw table by primary key.

    The latest row is the one with the greatest cursor, and among equal cursors the one that came last; without a cursor
    field the one that came last. NULL counts as a key value, and as the least cursor. A row that equals the one in the
    table is left out, so reading rows again changes nothing, not even `_airbyte_extracted_at`.

    Args:
        warehouse: Inside a transaction.
        target: The raw table, quoted.
        columns: The stream's columns.
        key: Names of the columns of the primary key.
        cursor: Name of the column of the cursor; None = order of arrival.
        is_ordered: Rows come in the order of their cursor, so the later of two cursors is the one that came later. The
            source knows the order of its types (an enum, a text in its collation) and DuckDB does not.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        target: str,
        columns: Sequence[Column],
        *,
        key: Sequence[str],
        cursor: str | None,
        is_ordered: bool,
    ) -> None:
        self._warehouse = warehouse
        self._target = target
        self._columns = [quote(column.name) for column in columns]
        self._key = [quote(name) for name in key]
        self._cursor = quote(cursor) if cursor else None
        self._is_ordered = is_ordered
        create_stage(warehouse, columns)

    def forget_after(self, ordinal: int) -> None:
        """Drop staged rows that came after this ordinal."""
        self._warehouse.execute(f"delete from {STAGED} where {ORDINAL} > ?", [ordinal])

    def run(self) -> None:
        """Bring the staged rows into the table and empty the stage."""
        self._warehouse.execute(
            f"create temp table {_LATEST} as select * exclude ({ORDINAL}) from {STAGED} "
            f"qualify row_number() over (partition by {', '.join(self._key)} order by {self._latest_first()}) = 1"
        )
        same_key = _same(self._key)
        self._warehouse.execute(
            f"delete from {_LATEST} as latest using {self._target} as target "
            f"where {same_key} and (({_same(self._columns)}){self._or_older()})"
        )
        self._warehouse.execute(f"delete from {self._target} as target using {_LATEST} as latest where {same_key}")
        self._warehouse.execute(f"insert into {self._target} by name select * from {_LATEST}")
        self._warehouse.execute(f"drop table {_LATEST}")
        self._warehouse.execute(f"truncate {STAGED}")

    def _latest_first(self) -> str:
        if self._cursor is None:
            return f"{ORDINAL} desc"
        first = f"{self._cursor} is null" if self._is_ordered else f"{self._cursor} desc nulls last"
        return f"{first}, {ORDINAL} desc"

    def _or_older(self) -> str:
        """SQL: or the table has a later row."""
        if self._cursor is None:
            return ""
        old, new = f"target.{self._cursor}", f"latest.{self._cursor}"
        is_less = "" if self._is_ordered else f" or {new} < {old}"
        return f" or ({old} is not null and ({new} is null{is_less}))"


def _same(columns: Sequence[str]) -> str:
    return " and ".join(f"target.{column} is not distinct from latest.{column}" for column in columns)
