"""The generator of a world that is written in SQL: one DuckDB query a table, see `sources/kit/draws.py`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from sources.kit.errors import GeneratorError
from sources.kit.queries import TableQuery, read_queries
from sources.kit.states import HIDDEN_SUFFIX, state_at

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

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(query.table for query in self.queries)

    def files(self) -> tuple[Path, ...]:
        """The files with the queries."""
        return tuple(query.path for query in self.queries)

    def states_at(self, dials: Dials, instants: Sequence[datetime]) -> "Iterator[dict[str, pyarrow.Table]]":
        """Every table as a source system shows it, at each of some instants; the date of each is its as-of date.

        Tables with hidden columns alone are left out.

        Raises:
            GeneratorError: A query is refused, or fails.
        """
        for instant in instants:
            yield self._state(self.clock.dials_of(instant.date(), dials), instant)

    def states(self, dials: Dials) -> "dict[str, pyarrow.Table]":
        """Every table as a source system shows it at the world's clock."""
        return self._state(dials, self.clock.now(dials))

    def _state(self, dials: Dials, instant: datetime) -> "dict[str, pyarrow.Table]":
        with self._made(dials, instant) as connection:
            return {
                query.table: state_at(
                    connection, query.table, self.roles.get(query.table, NO_ROLES), instant, query.path
                )
                for query in self.queries
                if _has_shown_columns(connection, query.table)
            }

    @contextmanager
    def _made(self, dials: Dials, now: datetime) -> "Iterator[DuckDBPyConnection]":
        import duckdb

        with duckdb.connect() as connection:
            # One thread: sums of floating-point numbers and `first` depend on the order of the rows.
            connection.execute("set enable_progress_bar = false; set threads = 1")
            create_draws(connection, dials.seed, dials.scale)
            set_clock(connection, self.clock.start, self.clock.first_as_of(dials), self.clock.as_of(dials), now)
            connection.execute("set enable_external_access = false")
            for query in self.queries:
                draw_for(connection, query.table)
                _run(connection, query)
            yield connection


def _run(connection: "DuckDBPyConnection", query: TableQuery) -> None:
    import duckdb

    try:
        connection.execute(f"create table {quote(query.table)} as\n{query.sql}")
    except duckdb.Error as error:
        message = str(error)
        found = re.search(r"^LINE (\d+):", message, re.MULTILINE)
        line = f":{max(1, int(found[1]) - 1)}" if found else ""
        raise GeneratorError(f"{query.path}{line}", message.split("\nLINE ")[0].strip()) from error


def _has_shown_columns(connection: "DuckDBPyConnection", table: str) -> bool:
    described = connection.execute(f"describe {quote(table)}").fetchall()
    return any(not str(row[0]).endswith(HIDDEN_SUFFIX) for row in described)
