"""The generator of a world that is written in SQL: one DuckDB query a table, see `sources/kit/draws.py`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit.clock import WorldClock
from sources.kit.draws import create_draws
from sources.kit.errors import GeneratorError
from sources.kit.made_tables import MadeTables
from sources.kit.queries import TableQuery, query_paths, read_queries
from sources.kit.table_maker import shown_states
from sources.kit.time_limit import ended_in_time

if TYPE_CHECKING:
    import pyarrow


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
        """Names of the tables; no query is read for them, since a start with a warm cache needs none."""
        return tuple(path.stem for path in self.files())

    def files(self) -> tuple[Path, ...]:
        """The files with the queries."""
        return tuple(query_paths(self.folder))

    @contextmanager
    def made(self, dials: Dials, last: datetime) -> Iterator[MadeTables]:
        """The tables of a seed; the date of an instant is its as-of date.

        Raises:
            GeneratorError: A query is refused, or fails.
        """
        import duckdb

        with duckdb.connect() as connection, ended_in_time(connection):
            # One thread: sums of floating-point numbers and `first` depend on the order of the rows.
            connection.execute("set enable_progress_bar = false; set threads = 1")
            create_draws(connection, dials.seed, dials.scale)
            connection.execute("set enable_external_access = false")
            yield MadeTables(connection, self.queries, self.roles, self.clock, dials, last)

    def states(self, dials: Dials) -> "dict[str, pyarrow.Table]":
        """Every table as a source system shows it at the world's clock."""
        return shown_states(self, dials)
