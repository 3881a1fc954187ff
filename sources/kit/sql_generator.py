"""The generator of a world that is written in SQL: one DuckDB query a table, see `sources/kit/draws.py`."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit.clock import WorldClock
from sources.kit.draws import create_draws, draw_for, set_clock
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.queries import TableQuery, read_queries
from sources.kit.stability import Wanted
from sources.kit.states import HIDDEN_SUFFIX, shown_columns, state_at

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

NO_ROLES = TableRoles()


@dataclass(frozen=True)
class SqlGenerator:
    """Makes the tables of a world from its queries."""

    folder: Path
    """Holds `<table>.sql`."""
    clock: WorldClock
    roles: Mapping[str, TableRoles]
    """Table -> what its columns are for; tables that are not here have no key."""

    @cached_property
    def queries(self) -> tuple[TableQuery, ...]:
        """The queries, in an order in which each can run."""
        queries = read_queries(self.folder)
        known = {query.table for query in queries}
        for table in self.roles:
            if table not in known:
                raise GeneratorError(
                    f"data.{table} in world.yaml",
                    f"there is no {self.folder.name}/{table}.sql; known: {sorted(known)}.",
                )
        return queries

    def table_names(self) -> tuple[str, ...]:
        """Names of the tables, in the order in which they are made."""
        return tuple(query.table for query in self.queries)

    def files(self) -> tuple[Path, ...]:
        """The files with the queries."""
        return tuple(query.path for query in self.queries)

    def states_at(self, dials: Dials, wanted: Wanted) -> "Iterator[dict[str, pyarrow.Table]]":
        """The wanted tables at each instant; the date of an instant is its as-of date. `arrives_at__` is still there.

        Tables with hidden columns alone are left out.

        Raises:
            GeneratorError: A query is refused, or fails.
        """
        import duckdb

        with duckdb.connect() as connection:
            # One thread: sums of floating-point numbers and `first` depend on the order of the rows.
            connection.execute("set enable_progress_bar = false; set threads = 1")
            create_draws(connection, dials.seed, dials.scale)
            connection.execute("set enable_external_access = false")
            for instant, tables in wanted.items():
                self._make(connection, self.clock.dials_of(instant.date(), dials), instant, tables)
                yield {
                    query.table: state_at(
                        connection, query.table, self.roles.get(query.table, NO_ROLES), instant, query.path
                    )
                    for query in self.queries
                    if query.table in tables and _has_shown_columns(connection, query.table)
                }

    def states(self, dials: Dials) -> "dict[str, pyarrow.Table]":
        """Every table as a source system shows it at the world's clock."""
        made = self.states_at(dials, {self.clock.now(dials): self.table_names()})
        return {table: shown_columns(state) for table, state in next(made).items()}

    def _make(self, connection: "DuckDBPyConnection", dials: Dials, now: datetime, tables: Collection[str]) -> None:
        """Create some tables, and those that they read."""
        set_clock(connection, self.clock.start, self.clock.first_as_of(dials), self.clock.as_of(dials), now)
        needed = set(tables)
        for query in reversed(self.queries):
            if query.table in needed:
                needed |= query.reads
        for query in self.queries:
            connection.execute(f"drop table if exists {quote(query.table)}")
        for query in self.queries:
            if query.table in needed:
                draw_for(connection, query.table)
                _run(connection, query)


def _run(connection: "DuckDBPyConnection", query: TableQuery) -> None:
    import duckdb

    try:
        connection.execute(f"create table {quote(query.table)} as\n{query.sql}")
    except duckdb.Error as error:
        raise query_error(query, error) from error


def query_error(query: TableQuery, error: Exception) -> GeneratorError:
    """What DuckDB says of a query that begins on the second line of what was run, with file and line."""
    found = re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    line = f":{max(1, int(found[1]) - 1)}" if found else ""
    return GeneratorError(f"{query.path}{line}", duckdb_message(error))


def _has_shown_columns(connection: "DuckDBPyConnection", table: str) -> bool:
    described = connection.execute(f"describe {quote(table)}").fetchall()
    return any(not str(row[0]).endswith(HIDDEN_SUFFIX) for row in described)
