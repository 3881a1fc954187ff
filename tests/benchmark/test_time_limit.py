"""A time limit on queries."""

import time

import duckdb
import pytest

from benchmark.time_limit import time_limit

LONG = "select count(*) from range(100_000_000_000) as t(i) where i % 7 = 1"


def test_a_long_query_is_interrupted_and_the_connection_lives_on() -> None:
    with duckdb.connect(":memory:") as connection:
        with pytest.raises(duckdb.InterruptException), time_limit(connection, 0.2):
            connection.execute(LONG)
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_query_that_starts_after_the_limit_is_interrupted_too() -> None:
    with duckdb.connect(":memory:") as connection, time_limit(connection, 0.1):
        time.sleep(0.3)
        with pytest.raises(duckdb.InterruptException):
            connection.execute(LONG)


def test_queries_within_the_limit_are_left_alone() -> None:
    with duckdb.connect(":memory:") as connection, time_limit(connection, 60):
        assert connection.execute("select 1").fetchone() == (1,)
