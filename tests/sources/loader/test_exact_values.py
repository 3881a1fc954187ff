"""A value arrives as the source has it, or the load says which one it cannot hold."""

from collections.abc import Callable
from typing import Any

import pytest

from sources.systems.postgres import PostgresServer

Write = Callable[..., None]


def _text(bench: Any, column: str = "x") -> list[str | None]:
    return [row[0] for row in bench.query(f"select {column}::varchar from raw_shop.t order by id")]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", ["9007199254740993", "-9223372036854775808", "9223372036854775807"]),
        ("numeric", ["18446744073709551615", "18446744073709551614", "0"]),
        ("numeric", ["12345678901234567890.123456789", "0.000000001", "-1.500000000"]),
        ("numeric", ["1" * 60, "0." + "3" * 50, "2", "NaN"]),
        ("numeric(50,10)", ["1234567890123456789012345678901234567890.0123456789", "-0.5000000000"]),
        ("numeric(3,-2)", ["1200", "300"]),
        ("numeric(2,4)", ["0.0012", "-0.0099"]),
        ("real", ["0.1", "1e-30", "16777216", "-3.4028235e+38"]),
        ("double precision", ["0.1", "0.30000000000000004", "1e+300", "5e-324"]),
        ("date", ["0044-03-15 BC", "4713-01-01 BC", "0005-02-29 BC", "0044-03-15", "12013-03-10"]),
        ("date", ["infinity", "-infinity", "2013-03-10"]),
        ("timestamp", ["0044-03-15 12:30:00.123456 BC", "infinity", "2013-03-10 02:30:00"]),
        ("timestamptz", ["0044-03-15 12:30:00+00 BC", "-infinity", "0001-01-01 00:00:00+00 BC"]),
        ("time", ["24:00:00", "00:00:00.000001"]),
        ("timetz", ["05:17:00-05", "23:59:59+15:59"]),
        ("interval", ["-1 years -2 mons +3 days -04:05:06.5", "infinity", "00:00:00"]),
        ("inet", ["192.168.0.1", "10.0.0.0/8", "::1"]),
        ("cidr", ["10.0.0.0/8"]),
        ("bit(4)", ["0101"]),
        ("bit varying", ["010", ""]),
        ("int4range", ["[1,10)", "empty", "(,5)"]),
        ("tstzrange", ['["2013-03-10 00:00:00+00",infinity)']),
        ("bytea", ["\\x00ff", "\\x"]),
        (
            "jsonb",
            ['{"a": 9007199254740993, "b": [0.12345678901234567890, 1e400, 1.10]}'.replace("1e400", "1" + "0" * 40)],
        ),
        ("json", ['{"a":1,"a":2, "b" :1.10}', "12345678901234567890", '"text"', "null"]),
        ("text", ["", "  two  ", 'a "quoted", text', "line\nline\r\n", "\\.", "\\N", "NULL", "ü ß 😀", "\ttab"]),
        ("varchar(5)", ["a", "é", "e\u0301"]),
        ("uuid", ["00000000-0000-0000-0000-000000000001"]),
        ("pg_lsn", ["16/B374D848"]),
    ],
)
def test_every_type_arrives_as_it_is(
    bench: Any, postgres: PostgresServer, postgres_connection: Write, kind: str, values: list[str]
) -> None:
    postgres.execute(f"create table ops.t (id bigint primary key, x {kind})")
    for number, value in enumerate(values, start=1):
        quoted = value.replace("'", "''")
        postgres.execute(f"insert into ops.t values ({number}, '{quoted}')")
    postgres.execute("insert into ops.t values (0, null)")
    postgres_connection({"name": "t"})
    report = bench.load()
    assert report.errors == []
    arrived = _text(bench)
    assert arrived[0] is None
    assert [_plain(text) for text in arrived[1:]] == [_plain(value) for value in values]


def _plain(text: str | None) -> str | None:
    """One writing for what PostgreSQL and DuckDB write differently; DECIMAL columns have one scale."""
    if text is None:
        return None
    if " (BC)" in text:
        text = text.replace(" (BC)", "") + " BC"
    body = text.removeprefix("-")
    if body.replace(".", "", 1).isdigit() and "." in body:
        text = text.rstrip("0").removesuffix(".")
    return {"nan": "NaN", "inf": "Infinity"}.get(text, text)


def test_a_byte_order_mark_is_part_of_a_text(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("create table ops.t (x text, id bigint)")
    postgres.execute("insert into ops.t values (e'\\ufeffa', 1), (e'\\ufeff', 2)")
    postgres_connection({"name": "t"})
    assert bench.load().errors == []
    assert _text(bench) == ["\ufeffa", "\ufeff"]


def test_money_is_a_number(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("create table ops.t (id bigint, x money)")
    postgres.execute("insert into ops.t values (1, '1234.56'), (2, '-92233720368547758.08'), (3, null)")
    postgres_connection({"name": "t"})
    assert bench.load().errors == []
    assert _text(bench) == ["1234.56", "-92233720368547758.08", None]
    assert bench.query("select any_value(typeof(x)) from raw_shop.t") == [("DECIMAL(19,2)",)]


def test_nan_in_a_numeric_widens_it(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("create table ops.t (id bigint, x numeric(10, 2), y numeric(20, 2))")
    postgres.execute("insert into ops.t values (1, 'NaN', 'NaN'), (2, 12345678.90, 12345678901234567.89)")
    postgres_connection({"name": "t"})
    assert bench.load().errors == []
    assert _text(bench) == ["nan", "12345678.9"]
    assert _text(bench, "y") == ["NaN", "12345678901234567.89"]


def test_arrays_keep_their_digits(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("create table ops.t (id bigint, x numeric[], y real[], z text[])")
    postgres.execute("""insert into ops.t values
        (1, array[0.12345678901234567890, 9007199254740993], array[0.1], array['a', null, ''])""")
    postgres_connection({"name": "t"})
    assert bench.load().errors == []
    assert _text(bench) == ["[0.12345678901234567890,9007199254740993]"]
    assert _text(bench, "y") == ["[0.1]"]
    assert _text(bench, "z") == ['["a",null,""]']


def test_domains_enums_and_composites(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("""
        create domain ops.cents as numeric(12, 2); create domain ops.small_cents as ops.cents check (value < 100);
        create type ops.mood as enum ('calm', 'busy'); create type ops.pair as (a int, b text);
        create table ops.t (id bigint, x ops.small_cents, y ops.mood, z ops.pair);
        insert into ops.t values (1, 1.5, 'busy', row(1, 'a b'))
    """)
    postgres_connection({"name": "t"})
    assert bench.load().errors == []
    assert bench.query("select x::varchar, typeof(x), y, z from raw_shop.t") == [
        ("1.50", "DECIMAL(12,2)", "busy", '(1,"a b")')
    ]


def test_only_column_is_null(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("create table ops.t (id text); insert into ops.t values (null), (''), (null)")
    postgres_connection({"name": "t"})
    assert bench.load().errors == []
    assert bench.query("select id from raw_shop.t order by id nulls first") == [(None,), (None,), ("",)]


def test_settings_of_the_role_change_nothing(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("create table ops.t (id bigint, x interval, y timestamptz, z bytea, f real)")
    postgres.execute("insert into ops.t values (1, '1 day 2 hours', '2013-03-10 02:30-05', '\\xff', 0.1)")
    settings = {
        "intervalstyle": "iso_8601",
        "datestyle": "'German'",
        "timezone": "'Asia/Tokyo'",
        "bytea_output": "escape",
    }
    for name, value in settings.items():
        postgres.execute(f"alter role {postgres.user} set {name} = {value}")
    try:
        postgres_connection({"name": "t"})
        assert bench.load().errors == []
    finally:
        postgres.execute(f"alter role {postgres.user} reset all")
    assert bench.query("select x, y::varchar, z, f from raw_shop.t") == [
        ("1 day 02:00:00", "2013-03-10 07:30:00+00", "\\xff", 0.1)
    ]


def test_every_kind_of_relation(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("""
        create table ops.base (id bigint primary key); insert into ops.base values (1), (2);
        create materialized view ops.kept as select id from ops.base;
        create view ops.seen as select id from ops.base;
        create table ops.parts (id bigint, day date, primary key (id, day)) partition by range (day);
        create table ops.parts_1 partition of ops.parts for values from ('2013-01-01') to ('2013-02-01');
        create table ops.parts_2 partition of ops.parts for values from ('2013-02-01') to ('2013-03-01');
        insert into ops.parts values (1, '2013-01-05'), (2, '2013-02-05');
        grant select on ops.kept to public
    """)
    names = ["base", "kept", "seen", "parts"]
    postgres_connection(*({"name": name} for name in names))
    assert bench.load().errors == []
    assert [bench.query(f"select count(*) from raw_shop.{name}") for name in names] == [[(2,)]] * 4


def test_columns_that_duckdb_cannot_tell_apart(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres.execute("""
        create table ops.t ("Id" bigint primary key, id text, _airbyte_raw_id text, _lockgate_ordinal int, c0 int);
        insert into ops.t values (1, 'one', 'mine', 7, 8)
    """)
    postgres_connection(
        {
            "name": "t",
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
            "cursor_field": "Id",
            "primary_key": ["id"],
        }
    )
    first, second = bench.load(), bench.load()
    assert first.errors == second.errors == []
    assert first.streams[0].warnings == second.streams[0].warnings
    assert "field '_airbyte_raw_id' stands in column '_airbyte_raw_id_2'" in first.streams[0].warnings[1]
    rows = bench.query('select "Id", id_2, _airbyte_raw_id_2, _lockgate_ordinal_2, c0 from raw_shop.t')
    assert rows == [(1, "one", "mine", 7, 8)]


def test_value_that_fits_nowhere_is_named_with_its_key(bench: Any, files_connection: Callable[..., Any]) -> None:
    folder = files_connection("*.jsonl", "jsonl", destination_sync_mode="append_dedup", primary_key=["id"])
    (folder / "a.jsonl").write_text('{"id": "one", "x": {"y": 1}}\n{"id": "two", "x": {"y": NaN}}\n')
    [error] = bench.load().errors
    assert "connection 'drop', stream 'items', record 2 (id=two): field 'x': {'y': nan} is not" in error
