"""Generators that tests write as files."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

import duckdb
import pytest

from benchmark.world_data import TableRoles
from sources.kit.clock import WorldClock
from sources.kit.draws import create_draws, set_clock
from sources.kit.sql_generator import SqlGenerator

CLOCK = WorldClock(date(2024, 1, 1), time(20))


@pytest.fixture
def connect() -> Iterator[Callable[[int], duckdb.DuckDBPyConnection]]:
    """A DuckDB with the macros of a seed, on 14 January 2024."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def open_one(seed: int = 0) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        opened.append(connection)
        create_draws(connection, seed)
        day = date(2024, 1, 14)
        set_clock(connection, CLOCK.start, day, day, datetime(2024, 1, 14, 20, tzinfo=UTC))
        return connection

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def make_generator(tmp_path: Path) -> Callable[..., SqlGenerator]:
    """An SQL generator from the text of its queries."""

    def make(queries: Mapping[str, str], roles: Mapping[str, TableRoles] | None = None) -> SqlGenerator:
        folder = tmp_path / "generate"
        folder.mkdir(exist_ok=True)
        for table, sql in queries.items():
            (folder / f"{table}.sql").write_text(sql)
        return SqlGenerator(folder, CLOCK, roles or {})

    return make
