"""append_dedup: of all rows with one primary key, the latest stays."""

from collections.abc import Sequence

from benchmark.connection import StreamSpec
from sources.loader.column_types import Column
from sources.loader.raw_tables import create_statement
from sources.loader.warehouse import Warehouse, quote

_STAGED = "_lockgate_staged"
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
        stream: Its key and cursor.
    """

    def __init__(self, warehouse: Warehouse, target: str, columns: Sequence[Column], stream: StreamSpec) -> None:
        self.staged = _STAGED
        self.ordinal = "_lockgate_ordinal"
        self._warehouse = warehouse
        self._target = target
        self._columns = [quote(column.name) for column in columns]
        self._key = [quote(name) for name in stream.primary_key]
        self._cursor = quote(stream.cursor_field) if stream.cursor_field else None
        warehouse.execute(create_statement(_STAGED, columns, kind="temp table"))
        warehouse.execute(f"alter table {_STAGED} add column {self.ordinal} bigint")

    def forget_after(self, ordinal: int) -> None:
        """Drop staged rows that came after this ordinal."""
        self._warehouse.execute(f"delete from {_STAGED} where {self.ordinal} > ?", [ordinal])

    def run(self) -> None:
        """Bring the staged rows into the table and empty the stage."""
        order = f"{self._cursor} desc nulls last, {self.ordinal} desc" if self._cursor else f"{self.ordinal} desc"
        self._warehouse.execute(
            f"create or replace temp table {_LATEST} as select * exclude ({self.ordinal}) from {_STAGED} "
            f"qualify row_number() over (partition by {', '.join(self._key)} order by {order}) = 1"
        )
        same_key = _same(self._key)
        is_older = ""
        if self._cursor:
            old, new = f"target.{self._cursor}", f"latest.{self._cursor}"
            is_older = f" or ({old} is not null and ({new} is null or {new} < {old}))"
        self._warehouse.execute(
            f"delete from {_LATEST} as latest using {self._target} as target "
            f"where {same_key} and (({_same(self._columns)}){is_older})"
        )
        self._warehouse.execute(f"delete from {self._target} as target using {_LATEST} as latest where {same_key}")
        self._warehouse.execute(f"insert into {self._target} by name select * from {_LATEST}")
        self._warehouse.execute(f"truncate {_STAGED}")


def _same(columns: Sequence[str]) -> str:
    return " and ".join(f"target.{column} is not distinct from latest.{column}" for column in columns)
