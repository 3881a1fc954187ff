"""Types that change from load to load: no row is lost, no stream stops, no value changes."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.loader.widening import Facts, common_type, holds
from sources.systems.postgres import PostgresServer

Write = Callable[..., None]
APPEND = {"name": "t", "sync_mode": "incremental", "destination_sync_mode": "append", "cursor_field": "id"}
DEDUP = {**APPEND, "destination_sync_mode": "append_dedup", "primary_key": ["id"]}
BIG = "9007199254740993"


@pytest.mark.parametrize("stream", [APPEND, DEDUP], ids=["append", "dedup"])
@pytest.mark.parametrize(
    ("before", "first", "after", "second", "kind", "wanted"),
    [
        ("integer", "1", "double precision", "0.5", "DOUBLE", ["1.0", "0.5"]),
        ("bigint", BIG, "double precision", "0.5", "DECIMAL(18,1)", [f"{BIG}.0", "0.5"]),
        ("bigint", BIG, "double precision", "1e300", "VARCHAR", [BIG, "1e+300"]),
        ("bigint", BIG, "numeric", "1.25", "DECIMAL(18,2)", [f"{BIG}.00", "1.25"]),
        ("bigint", BIG, "numeric(10,2)", "1.25", "DECIMAL(21,2)", [f"{BIG}.00", "1.25"]),
        ("integer", "1", "numeric", "18446744073709551615", "DECIMAL(38,0)", ["1", "18446744073709551615"]),
        ("integer", "1", "numeric", "1" * 50, "VARCHAR", ["1", "1" * 50]),
        ("numeric(10,2)", "1.50", "numeric(12,2)", "1234567890.25", "DECIMAL(12,2)", ["1.50", "1234567890.25"]),
        ("numeric(12,2)", "1.50", "numeric(10,4)", "1.2345", "DECIMAL(14,4)", ["1.5000", "1.2345"]),
        ("numeric(38,0)", "1" * 38, "numeric(38,10)", "0.5", "VARCHAR", ["1" * 38, "0.5000000000"]),
        ("numeric(10,2)", "1.50", "double precision", "0.25", "DECIMAL(10,2)", ["1.50", "0.25"]),
        ("numeric(38,2)", f"{BIG}99.50", "double precision", "1e-300", "VARCHAR", [f"{BIG}99.5", "1e-300"]),
        ("double precision", "0.1", "bigint", BIG, "DECIMAL(18,1)", ["0.1", f"{BIG}.0"]),
        ("double precision", "1", "bigint", "2", "DOUBLE", ["1.0", "2.0"]),
        ("integer", "1", "text", "n/a", "VARCHAR", ["1", "n/a"]),
        ("double precision", "1", "text", "n/a", "VARCHAR", ["1", "n/a"]),
        ("boolean", "true", "integer", "7", "VARCHAR", ["true", "7"]),
        ("boolean", "true", "text", "yes", "VARCHAR", ["true", "yes"]),
        ("integer", "1", "boolean", "true", "VARCHAR", ["1", "true"]),
        ("jsonb", '{"a": 1}', "text", "plain", "VARCHAR", ['{"a": 1}', "plain"]),
        ("jsonb", '"a"', "text", "plain", "VARCHAR", ["a", "plain"]),
        ("jsonb", '{"a": 1}', "integer", "1", "VARCHAR", ['{"a": 1}', "1"]),
        ("text", "plain", "jsonb", '{"a": 1.10}', "VARCHAR", ["plain", '{"a": 1.10}']),
        ("text", "a", "integer", "7", "VARCHAR", ["a", "7"]),
        (
            "date",
            "2013-03-01",
            "timestamp",
            "2013-03-02 05:17",
            "TIMESTAMP",
            ["2013-03-01 00:00:00", "2013-03-02 05:17:00"],
        ),
        ("date", "0044-03-15 BC", "timestamp", "infinity", "TIMESTAMP", ["0044-03-15 (BC) 00:00:00", "infinity"]),
        (
            "timestamp",
            "2013-03-01 01:00",
            "date",
            "2013-03-02",
            "TIMESTAMP",
            ["2013-03-01 01:00:00", "2013-03-02 00:00:00"],
        ),
        (
            "timestamp",
            "2013-03-01 01:00",
            "timestamptz",
            "2013-03-02 01:00+01",
            "TIMESTAMP WITH TIME ZONE",
            ["2013-03-01 01:00:00+00", "2013-03-02 00:00:00+00"],
        ),
        ("date", "0044-03-15 BC", "text", "Ides", "VARCHAR", ["0044-03-15 BC", "Ides"]),
        ("uuid", "00000000-0000-0000-0000-000000000001", "integer", "1", "VARCHAR", None),
    ],
)
def test_column_takes_the_values_of_both_types(
    bench: Any,
    postgres: PostgresServer,
    postgres_connection: Write,
    stream: dict[str, Any],
    before: str,
    first: str,
    after: str,
    second: str,
    kind: str,
    wanted: list[str] | None,
) -> None:
    postgres.execute(f"create table ops.t (id bigint, x {before}); insert into ops.t values (1, '{first}')")
    postgres_connection(stream)
    assert bench.load().errors == []
    postgres.execute(f"drop table ops.t; create table ops.t (id bigint, x {after})")
    postgres.execute(f"insert into ops.t values (2, '{second}'), (3, null)")
    assert bench.load().errors == []
    assert bench.query("select any_value(typeof(x)) from raw_shop.t") == [(kind,)]
    rows = bench.query("select x::varchar from raw_shop.t order by id")
    assert rows[2] == (None,)
    if wanted is not None:
        assert [row[0] for row in rows[:2]] == wanted


@pytest.mark.parametrize("stream", [APPEND, DEDUP], ids=["append", "dedup"])
@pytest.mark.parametrize("after", ["text", "double precision", "jsonb", "boolean", "numeric(30,5)"])
def test_column_of_nulls_keeps_its_type(
    bench: Any, postgres: PostgresServer, postgres_connection: Write, stream: dict[str, Any], after: str
) -> None:
    postgres.execute("create table ops.t (id bigint, x bigint); insert into ops.t values (1, 5)")
    postgres_connection(stream)
    assert bench.load().errors == []
    postgres.execute(f"drop table ops.t; create table ops.t (id bigint, x {after}); insert into ops.t values (2, null)")
    assert bench.load().errors == []
    assert bench.query("select x, typeof(x) from raw_shop.t order by id") == [(5, "BIGINT"), (None, "BIGINT")]


def test_column_that_held_only_nulls_takes_any_type(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres.execute("create table ops.t (id bigint, x text); insert into ops.t values (1, null)")
    postgres_connection(DEDUP)
    assert bench.load().errors == []
    postgres.execute("drop table ops.t; create table ops.t (id bigint, x bigint); insert into ops.t values (2, 5)")
    assert bench.load().errors == []
    assert bench.query("select x, typeof(x) from raw_shop.t order by id") == [(None, "BIGINT"), (5, "BIGINT")]


def test_type_changes_in_the_middle_of_a_load(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    """A numeric without a size has its digits from the values: 30,000 integers, then fractions, then 50 digits."""
    postgres.execute("""
        create table ops.t (id bigint primary key, x numeric);
        insert into ops.t
        select n, case when n <= 30000 then n when n <= 60000 then n + 0.25 else 10::numeric ^ 49 + n end
        from generate_series(1, 60001) n
    """)
    for stream in (APPEND, DEDUP, {"name": "t"}):
        postgres_connection(stream)
        assert bench.load().errors == []
        rows = bench.query("select count(*), count(distinct id), any_value(typeof(x)) from raw_shop.t")
        assert rows == [(60001, 60001, "VARCHAR")]
        sampled = bench.query("select id, x from raw_shop.t where id in (1, 30001, 60001) order by id")
        assert [Decimal(x) for _, x in sampled] == [1, Decimal("30001.25"), 10**49 + 60001]
        bench.query("drop table raw_shop.t")


def test_keys_of_any_size_stay_apart(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    """Unsigned ids, and integers that were followed by a type that could have merged two neighbours."""
    postgres.execute("create table ops.t (id numeric, at bigint)")
    postgres.execute("insert into ops.t values (18446744073709551614, 1), (18446744073709551615, 2), (1, 3), (1.0, 4)")
    postgres_connection({**DEDUP, "cursor_field": "at"})
    assert bench.load().errors == []
    assert bench.query("select count(*) from raw_shop.t") == [(3,)], "1 and 1.0 are one numeric"
    postgres.execute("insert into ops.t values (1e45, 5), (1e45 + 1, 6), (1.00, 7)")
    assert bench.load().errors == []
    rows = bench.query('select id::varchar, "at" from raw_shop.t order by "at"')
    assert [at for _, at in rows] == [1, 2, 5, 6, 7]
    assert len({Decimal(key) for key, _ in rows}) == 5


@pytest.fixture
def drop(bench: Any, files_connection: Callable[..., Path]) -> Callable[..., list[Any]]:
    """Deliver records as a file of JSON lines, load, and read column x in the order of ids."""
    folder = files_connection("*.jsonl", "jsonl", destination_sync_mode="append_dedup", primary_key=["id"])

    def deliver(name: str, *values: str) -> list[Any]:
        n_before = len((bench.folder / "count").read_text()) if (bench.folder / "count").exists() else 0
        lines = [f'{{"id": {n_before + n}, "x": {value}}}' for n, value in enumerate(values)]
        (bench.folder / "count").write_text("." * (n_before + len(values)))
        (folder / name).write_text("\n".join(lines) + "\n")
        report = bench.load()
        assert report.errors == []
        return [row[0] for row in bench.query("select x::varchar from raw_drop.items order by id")]

    return deliver


def test_json_numbers_in_one_load(drop: Any) -> None:
    assert drop("a.jsonl", BIG, "0.5", "9007199254740992") == [f"{BIG}.0", "0.5", "9007199254740992.0"]


def test_json_integers_that_later_get_fractions(drop: Any) -> None:
    assert drop("a.jsonl", BIG, "1") == [BIG, "1"]
    assert drop("b.jsonl", "0.5") == [f"{BIG}.0", "1.0", "0.5"]
    assert drop("c.jsonl", "18446744073709551615", "1e300") == [
        f"{BIG}.0", "1.0", "0.5", "18446744073709551615", "1e+300",
    ]  # fmt: skip


def test_json_columns_that_become_objects_and_text(drop: Any) -> None:
    assert drop("a.jsonl", '{"a": 1}', "null") == ['{"a":1}', None]
    assert drop("b.jsonl", '"text"') == ['{"a":1}', None, "text"]
    assert json.loads(drop("c.jsonl", '{"b": [1, 2]}')[3]) == {"b": [1, 2]}


MANIFEST: dict[str, Any] = {
    "source": "manifest",
    "manifest": {
        "version": "6.48.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["items"]},
        "streams": [
            {
                "type": "DeclarativeStream",
                "name": "items",
                "retriever": {
                    "type": "SimpleRetriever",
                    "requester": {
                        "type": "HttpRequester",
                        "url_base": "{{ config['url'] }}",
                        "path": "/items",
                        "request_headers": {"X-API-Key": "secret-key"},
                    },
                    "record_selector": {
                        "type": "RecordSelector",
                        "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
                    },
                },
                "schema_loader": {
                    "type": "InlineSchemaLoader",
                    "schema": {
                        "type": "object",
                        "properties": {
                            "day": {"type": "string", "format": "date"},
                            "at": {
                                "type": "string",
                                "format": "date-time",
                                "airbyte_type": "timestamp_without_timezone",
                            },
                            "n": {"type": "integer"},
                        },
                    },
                },
            }
        ],
    },
    "streams": [{"name": "items", "destination_sync_mode": "append"}],
}


def test_api_values_that_say_more_than_the_schema(bench: Any, api: Any) -> None:
    """A date with a time keeps it, a time with a zone keeps its instant, nanoseconds keep their digits."""
    bench.write("web", {**MANIFEST, "config": {"url": api.url}})
    reply = type(api.answer("", {}))
    deliveries = [
        ({"day": "2013-03-01", "at": "2013-03-01T01:00:00", "n": 1}, ["DATE", "TIMESTAMP", "BIGINT"]),
        (
            {"day": "2013-03-02T05:17:00", "at": "2013-03-02T01:00:00+02:00", "n": 2**63},
            ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DECIMAL(38,0)"],
        ),
        (
            {"day": "2013-03-03T05:17:00.123456789", "at": "2013-03-03", "n": 0.5},
            ["VARCHAR", "TIMESTAMP WITH TIME ZONE", "DECIMAL(38,1)"],
        ),
    ]
    for record, kinds in deliveries:
        api.answer = lambda *_, record=record: reply({"data": [record]})
        assert bench.load().errors == []
        found = bench.query(
            'select any_value(typeof(day)), any_value(typeof("at")), any_value(typeof(n)) from raw_web.items'
        )
        assert list(found[0]) == kinds
    assert bench.query('select day, "at"::varchar, n::varchar from raw_web.items order by n') == [
        ("2013-03-03T05:17:00.123456789", "2013-03-03 00:00:00+00", "0.5"),
        ("2013-03-01 00:00:00", "2013-03-01 01:00:00+00", "1.0"),
        ("2013-03-02 05:17:00", "2013-03-01 23:00:00+00", f"{2**63}.0"),
    ]


def test_index_on_a_column_that_has_to_change_is_a_sentence(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres.execute("create table ops.t (id bigint, x integer); insert into ops.t values (1, 1)")
    postgres_connection(APPEND)
    assert bench.load().errors == []
    bench.query("create index by_x on raw_shop.t (x)")
    postgres.execute("alter table ops.t alter column x type text; insert into ops.t values (2, 'n/a')")
    [error] = bench.load().errors
    assert "column 'x' is BIGINT in the raw table, and its new values need VARCHAR" in error
    assert bench.query("select id, x from raw_shop.t") == [(1, 1)]


def test_a_type_that_holds_both_holds_each() -> None:
    """Widening never gives a type that it would widen again for the same values."""
    facts = [
        Facts("BIGINT", 1, 16, 0, 0, 1),
        Facts("BIGINT", 1, 1),
        Facts("DECIMAL", 1, 20, 5, 0, 1),
        Facts("DECIMAL", 1, 0, 40, 0, 1),
        Facts("DECIMAL(10,2)", 1, 8, 2),
        Facts("DECIMAL(10,2)", 2, 8, 2, 1),
        Facts("DOUBLE", 1, 1, 1),
        Facts("DOUBLE", 1, 0, 0, 1),
        Facts("DATE", 1),
        Facts("TIMESTAMP", 1),
        Facts("TIMESTAMP WITH TIME ZONE", 1, n_too_fine=1),
        Facts("BOOLEAN", 1),
        Facts("JSON", 1),
        Facts("VARCHAR", 1),
    ]
    for table in [*facts, Facts("VARCHAR", 0)]:
        for batch in facts:
            kind = common_type(table, batch)
            assert holds(kind, batch) or kind in ("DOUBLE", batch.kind), (table, batch, kind)
