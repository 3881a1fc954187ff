"""Cursors of every type that sorts; ties, NULLs, infinities and rows that were committed late."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.connection import read_connection
from benchmark.errors import SpecError
from sources.systems.postgres import PostgresServer

Write = Callable[..., None]
APPEND = {"name": "t", "sync_mode": "incremental", "destination_sync_mode": "append", "cursor_field": "c"}
DEDUP = {**APPEND, "destination_sync_mode": "append_dedup", "primary_key": ["id"]}


def _ids(bench: Any) -> list[int]:
    return [row[0] for row in bench.query("select id from raw_shop.t order by id")]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("ops.mood", ["zen", "calm", "alarmed"]),
        ("interval", ["9 days", "10 days", "1 year"]),
        ("money", ["-5.00", "9.00", "10.00"]),
        ("numeric", ["9", "10", "1" * 60]),
        ("real", ["0.1", "0.2", "1e+30"]),
        ("date", ["0044-03-15 BC", "0044-03-15", "2013-03-01"]),
        ("timestamptz", ["0044-03-15 01:00Z BC", "2013-03-01 00:00:00.123456Z", "2013-03-02Z"]),
        ("inet", ["9.0.0.1", "10.0.0.1", "10.0.0.2"]),
        ("bit(4)", ["0001", "0010", "1000"]),
        ("character(5)", ["a", "b", "c"]),
        ("integer[]", ["{9}", "{10}", "{10,1}"]),
        ("uuid", [f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3)]),
        ("boolean", ["false", "true", "true"]),
        ("bytea", ["\\x01", "\\x02", "\\xff"]),
    ],
)
@pytest.mark.parametrize("stream", [APPEND, DEDUP], ids=["append", "dedup"])
def test_every_type_that_sorts_goes_on(
    bench: Any, postgres: PostgresServer, postgres_connection: Write, kind: str, values: list[str], stream: Any
) -> None:
    postgres.execute("create type ops.mood as enum ('zen', 'calm', 'alarmed')")
    postgres.execute(f"create table ops.t (id bigint, c {kind})")
    postgres.execute(f"insert into ops.t values (2, '{values[1]}'), (1, '{values[0]}'), (0, null)")
    postgres_connection(stream)
    assert bench.load().errors == []
    postgres.execute(f"insert into ops.t values (3, '{values[2]}'), (4, '{values[1]}')")
    for _ in range(2):
        report = bench.load()
        assert report.errors == []
    assert _ids(bench) == [0, 1, 2, 3, 4]
    assert report.streams[0].n_records <= 4, "what is before the last value is not read again"


@pytest.mark.parametrize("kind", ["json", "jsonb", "point", "json[]"])
def test_type_without_an_order_is_refused_before_any_row(
    bench: Any, postgres: PostgresServer, postgres_connection: Write, kind: str
) -> None:
    postgres.execute(f"create table ops.t (id bigint, c {kind}); insert into ops.t (id) values (1)")
    postgres_connection(APPEND)
    [error] = bench.load().errors
    assert error == (
        f"connection 'shop', stream 't': cursor_field 'c' is of type {kind}, which has no order. "
        "Choose a column that grows, or load the stream with full_refresh."
    )


@pytest.mark.parametrize("stream", [APPEND, DEDUP], ids=["append", "dedup"])
def test_infinities_and_nulls_stop_nothing_and_come_once(
    bench: Any, postgres: PostgresServer, postgres_connection: Write, stream: Any
) -> None:
    postgres.execute("create table ops.t (id bigint, c timestamp)")
    postgres.execute("insert into ops.t values (1, 'infinity'), (2, '2013-03-01'), (3, '-infinity'), (4, null)")
    postgres_connection(stream)
    assert bench.load().errors == []
    postgres.execute("insert into ops.t values (5, '2013-03-02'), (6, 'infinity'), (7, '-infinity'), (8, null)")
    for _ in range(2):
        assert bench.load().errors == []
    assert _ids(bench) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_append_keeps_rows_that_the_source_has_twice(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres.execute("create table ops.t (id bigint, c bigint); insert into ops.t values (1, 5), (1, 5)")
    postgres_connection(APPEND)
    assert bench.load().errors == []
    postgres.execute("insert into ops.t values (1, 5)")
    for _ in range(2):
        assert bench.load().errors == []
    assert _ids(bench) == [1, 1, 1]


@pytest.mark.parametrize("stream", [APPEND, DEDUP], ids=["append", "dedup"])
@pytest.mark.parametrize(
    ("kind", "early", "last", "lookback"),
    [
        ("timestamptz", "2013-03-01 11:00Z", "2013-03-01 12:00Z", "2 hours"),
        ("date", "2013-03-01", "2013-03-02", "1 day"),
        ("bigint", "90", "100", 10),
        ("numeric", "99.5", "100", 0.5),
    ],
)
def test_lookback_finds_rows_that_were_committed_late(
    bench: Any,
    postgres: PostgresServer,
    postgres_connection: Write,
    stream: Any,
    kind: str,
    early: str,
    last: str,
    lookback: Any,
) -> None:
    postgres.execute(f"create table ops.t (id bigint, c {kind}); insert into ops.t values (1, '{last}')")
    postgres_connection({**stream, "lookback": lookback})
    assert bench.load().errors == []
    postgres.execute(f"insert into ops.t values (2, '{early}')")
    for _ in range(2):
        assert bench.load().errors == []
    assert _ids(bench) == [1, 2]


def test_lookback_that_does_not_fit_is_refused(
    bench: Any, postgres: PostgresServer, postgres_connection: Write, tmp_path: Path
) -> None:
    postgres.execute("create table ops.t (id bigint, c text); insert into ops.t values (1, 'a')")
    postgres_connection({**APPEND, "lookback": 5})
    bench.load()
    assert "lookback 5" in bench.load().errors[0]
    postgres_connection({**APPEND, "lookback": "a while"})
    with pytest.raises(SpecError, match="lookback"):
        read_connection(bench.el_dir / "shop.yaml", bench.environment)


def test_latest_row_by_the_order_of_the_server(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    """An enum and a numeric of 60 digits sort otherwise as text."""
    postgres.execute("""
        create type ops.mood as enum ('zen', 'calm', 'alarmed');
        create table ops.t (id bigint, c ops.mood, x text);
        insert into ops.t values (1, 'alarmed', 'last'), (1, 'zen', 'first'), (1, null, 'none')
    """)
    for changes in ({}, {"sync_mode": "full_refresh"}):
        postgres_connection({**DEDUP, **changes})
        assert bench.load().errors == []
        assert bench.query("select x from raw_shop.t") == [("last",)]
