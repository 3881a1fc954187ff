"""The tables of an SQL generator in DuckDB, each made as seldom as its query allows.

Rows are made once, for the last instant that is wanted; their times of arrival say what is there at an earlier one. So
a later day must neither change nor take rows that were there, which `sources/kit/stability.py` checks. Two kinds of
table are made for each instant, with all that they read: those whose query asks which day it is (`as_of()`,
`first_as_of()`, `pinned_now()`), and those that grow by `dates()` but have no time of arrival.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit.arrow_tables import arrow_table
from sources.kit.clock import WorldClock
from sources.kit.draws import draw_for, set_clock
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.queries import TableQuery, with_downstream, with_upstream
from sources.kit.states import HIDDEN_SUFFIX, arrival_column, check_roles, column_types, state_at

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

_ONCE, _TODAY = "main", "today"
"""Schemas: of tables for the last instant, and of tables for the instant that is looked at."""
_NO_ROLES = TableRoles()


class MadeTables:
    """The tables of one seed and scale.

    Args:
        connection: Has the draws of the seed.
        queries: In an order in which each can run.
        roles: Of the tables.
        clock: Of the world.
        dials: Of the day.
        last: The latest instant that is asked for.
    """

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        queries: Sequence[TableQuery],
        roles: Mapping[str, TableRoles],
        clock: WorldClock,
        dials: Dials,
        last: datetime,
    ) -> None:
        self._connection = connection
        self._queries = {query.table: query for query in queries}
        self._roles = roles
        self._clock = clock
        self._dials = dials
        self._last = last
        self._growing = with_downstream(queries, [query.table for query in queries if query.grows])
        self._knowing_today = with_downstream(queries, [query.table for query in queries if query.knows_today])
        self._made_at: dict[tuple[str, str], datetime] = {}
        """Schema and table -> the instant for which the table was made."""
        connection.execute(f"create schema {_TODAY}")

    def state(self, table: str, instant: datetime) -> "pyarrow.Table | None":
        """What a table holds at an instant, with `arrives_at__`; None: it has hidden columns alone.

        Raises:
            GeneratorError: A query fails or takes too long, or the table is not what its roles say.
        """
        import duckdb

        query = self._queries[table]
        self._bring(query, instant)
        try:
            if all(column.endswith(HIDDEN_SUFFIX) for column in column_types(self._connection, table)):
                return None
            roles = self._roles.get(table, _NO_ROLES)
            return state_at(self._connection, table, roles, instant, query.path)
        except duckdb.Error as error:
            raise GeneratorError(query.path, duckdb_message(error)) from error

    def history(self, table: str) -> "pyarrow.Table | None":
        """Every row up to the last instant, with all hidden columns; None: the table is made for each instant.

        Raises:
            GeneratorError: As for a state.
        """
        import duckdb

        query = self._queries[table]
        self._bring(query, self._last)
        if table in self._knowing_today or not self._has_arrival(table):
            return None
        try:
            check_roles(self._roles.get(table, _NO_ROLES), column_types(self._connection, table), query.path)
            return arrow_table(self._connection.execute(f"from {quote(table)}"))
        except duckdb.Error as error:
            raise GeneratorError(query.path, duckdb_message(error)) from error

    def _bring(self, query: TableQuery, instant: datetime) -> None:
        """Make a table, where that was not done, and let its name mean what holds at an instant."""
        if query.table not in self._knowing_today or instant == self._last:
            self._make(_ONCE, query.table, self._last)
            if instant == self._last or query.table not in self._growing or self._has_arrival(query.table):
                return
        self._make(_TODAY, query.table, instant)

    def _has_arrival(self, table: str) -> bool:
        columns = list(column_types(self._connection, table))
        return arrival_column(self._roles.get(table, _NO_ROLES), columns) is not None

    def _make(self, schema: str, table: str, instant: datetime) -> None:
        """Make a table and all that it reads, as of an instant; what never changes is made once."""
        queries = tuple(self._queries.values())
        needed = with_upstream(queries, [table])
        dials = self._clock.dials_of(instant.date(), self._dials)
        first, today = self._clock.first_as_of(dials), self._clock.as_of(dials)
        set_clock(self._connection, self._clock.start, first, today, instant)
        for query in queries:
            is_growing = query.table in self._growing
            own, at = (schema, instant) if is_growing else (_ONCE, self._last)
            if query.table in needed and self._made_at.get((own, query.table)) != at:
                self._connection.execute(f"set search_path = '{own},{_ONCE}'")
                draw_for(self._connection, query.table)
                _run(self._connection, query)
                self._made_at[own, query.table] = at
        self._connection.execute(f"set search_path = '{schema},{_ONCE}'")


def _run(connection: "DuckDBPyConnection", query: TableQuery) -> None:
    import duckdb

    try:
        connection.execute(f"create or replace table {quote(query.table)} as\n{query.sql}")
    except duckdb.Error as error:
        raise query_error(query, error) from error


def query_error(query: TableQuery, error: Exception) -> GeneratorError:
    """What DuckDB says of a query that begins on the second line of what was run, with file and line."""
    found = re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    line = f":{max(1, int(found[1]) - 1)}" if found else ""
    return GeneratorError(f"{query.path}{line}", duckdb_message(error))
