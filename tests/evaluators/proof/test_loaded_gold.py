"""Databases of gold that are kept from model to model."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from evaluators.proof.loaded_gold import give_back, keep_databases, take_loaded


@pytest.fixture(autouse=True)
def two_are_kept() -> Iterator[None]:
    keep_databases(2)
    yield
    keep_databases(0)
    give_back_one(Path("/last"))


def give_back_one(folder: Path, *, is_whole: bool = True) -> duckdb.DuckDBPyConnection:
    """Use a database once."""
    connection = take_loaded(folder).connection
    connection.execute("SELECT 1")
    give_back(folder, is_whole=is_whole)
    return connection


def is_open(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute("SELECT 1")
    except duckdb.ConnectionException:
        return False
    return True


def test_those_that_were_used_last_are_kept() -> None:
    first, second, third = (give_back_one(Path(name)) for name in ("/1", "/2", "/3"))
    assert [is_open(found) for found in (first, second, third)] == [False, True, True]
    assert take_loaded(Path("/2")).connection is second
    assert take_loaded(Path("/1")).connection is not first
    for name in ("/1", "/2"):
        give_back(Path(name), is_whole=True)


def test_what_somebody_uses_stays_open() -> None:
    used = [take_loaded(Path(f"/{number}")) for number in range(5)]
    give_back_one(Path("/other"))
    assert all(is_open(found.connection) for found in used)
    for number in range(5):
        give_back(Path(f"/{number}"), is_whole=True)
    assert [is_open(found.connection) for found in used] == [False, False, False, False, True]


def test_one_that_broke_is_not_used_again_and_may_be_given_back_twice() -> None:
    first = take_loaded(Path("/1"))
    assert take_loaded(Path("/1")) is first, "a run and its rerun have one gold"
    give_back(Path("/1"), is_whole=False)
    give_back(Path("/1"), is_whole=False)
    assert not is_open(first.connection)
    assert take_loaded(Path("/1")) is not first
    give_back(Path("/1"), is_whole=True)
