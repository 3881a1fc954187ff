"""What source systems show of the tables of a generator: with noise, without columns that are for generators only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.world_data import TableRoles
from sources.kit.arrow_tables import arrow_table
from sources.kit.noise import Noise
from sources.kit.states import order_of
from sources.kit.table_maker import MadeRows

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class ShownTables:
    """The tables of one seed and scale, as they are shown at any instant."""

    made: MadeRows
    noise: Noise
    roles: Mapping[str, TableRoles]

    def state(self, table: str, instant: datetime) -> "pyarrow.Table | None":
        """The rows that are there at an instant, in a fixed order; None: the table has hidden columns alone.

        Raises:
            GeneratorError: A query fails, or roles or noise do not fit the table.
        """
        rows = self.made.state(table, instant)
        return None if rows is None else self.noise.apply(table, rows, instant)

    def changes(self, table: str, times: Sequence[datetime]) -> "dict[datetime, pyarrow.Table]":
        """The rows that are new or changed at each time since the one before it; there is nothing for the first.

        Raises:
            GeneratorError: As for a state.
        """
        if len(times) < 2:
            return {}
        history = self.made.history(table)
        if history is not None:
            return self.noise.changes(table, history, times)
        roles = self.roles.get(table, TableRoles())
        states = [(at, self.state(table, at)) for at in times]
        return {
            at: _new_rows(before, after, roles)
            for (_, before), (at, after) in pairwise(states)
            if before is not None and after is not None
        }


def _new_rows(before: "pyarrow.Table", after: "pyarrow.Table", roles: TableRoles) -> "pyarrow.Table":
    """Rows that were not there before, in their order."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 1")
        connection.register("before", before)
        connection.register("after", after)
        columns = ", ".join(map(quote, after.column_names))
        order = order_of(roles, after.column_names)
        return arrow_table(
            connection.execute(
                f"select * from (select {columns} from after except all select {columns} from before) order by {order}"
            )
        )
