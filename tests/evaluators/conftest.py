"""A comparison of two queries on a fresh DuckDB, and where loads, builds and judges run."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from benchmark.scorecard import Verdict
from runtime.fork_client import ForkRuntime
from tests.helpers.comparison import compare_and_match

Compare = Callable[..., Verdict]


@pytest.fixture(scope="session")
def runtime(servers: ForkRuntime) -> ForkRuntime:
    return servers


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


@pytest.fixture
def compare(connection) -> Compare:
    def run(gold: str, output: str, **options: Any) -> Verdict:
        connection.execute(f"create or replace table gold as {gold}")
        connection.execute(f"create or replace table output as {output}")
        return compare_and_match(connection, "gold", "output", **options)

    return run
