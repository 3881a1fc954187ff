"""Where rows wait that cannot simply be appended to a raw table, in a temporary table, until they are committed."""

from collections.abc import Sequence
from typing import Protocol

from sources.loader.column_types import Column
from sources.loader.raw_tables import create_statement
from sources.loader.warehouse import Warehouse, quote

STAGED = "_lockgate_staged"
ORDINAL = "_lockgate_ordinal"


class Stage(Protocol):
    """Rows that wait in a temporary table until they are committed."""

    def forget_after(self, ordinal: int) -> None:
        """Drop the rows that came after this ordinal."""

    def run(self) -> None:
        """Bring the rows into the raw table and empty the stage."""


def create_stage(warehouse: Warehouse, columns: Sequence[Column]) -> None:
    """Make the empty temporary table; `ORDINAL` says in which order its rows came."""
    warehouse.execute(create_statement(STAGED, columns, kind="temp table"))
    warehouse.execute(f"alter table {STAGED} add column {ORDINAL} bigint")


class AppendOnce:
    """Appends staged rows, but those that the raw table has already.

    A source that goes on *at* its last cursor value gives some rows again. Rows are equal when all columns of the
    stream are; a row that the source has three times and the table twice is appended once.

    Args:
        warehouse: Inside a transaction.
        target: The raw table, quoted.
        columns: The stream's columns.
    """

    def __init__(self, warehouse: Warehouse, target: str, columns: Sequence[Column]) -> None:
        self._warehouse = warehouse
        self._target = target
        self._columns = [quote(column.name) for column in columns]
        create_stage(warehouse, columns)

    def forget_after(self, ordinal: int) -> None:
        """Drop the rows that came after this ordinal."""
        self._warehouse.execute(f"delete from {STAGED} where {ORDINAL} > ?", [ordinal])

    def run(self) -> None:
        """Append what is new and empty the stage."""
        listed = ", ".join(self._columns)
        same = " and ".join(f"staged.{name} is not distinct from known.{name}" for name in self._columns)
        self._warehouse.execute(f"""
            insert into {self._target} by name
            with known as (
                select {listed}, count(*) as _lockgate_known from {self._target} as known
                where exists (select 1 from {STAGED} as staged where {same}) group by {listed}
            ), numbered as (
                select *, row_number() over (partition by {listed} order by {ORDINAL}) as _lockgate_copy from {STAGED}
            )
            select staged.* exclude ({ORDINAL}, _lockgate_copy)
            from numbered as staged left join known on {same}
            where staged._lockgate_copy > coalesce(known._lockgate_known, 0)
            order by staged.{ORDINAL}
        """)
        self._warehouse.execute(f"truncate {STAGED}")
