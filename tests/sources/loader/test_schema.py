import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmark.connection import StreamSpec
from sources.loader.arrow_values import arrow_values
from sources.loader.column_types import Column, column_names, columns_of, duckdb_type
from sources.loader.errors import LoadError, RecordError
from sources.loader.raw_ids import raw_ids
from sources.loader.warehouse import Warehouse
from sources.loader.writer import StreamWriter
from sources.systems.postgres import PostgresServer

STRING = {"type": ["null", "string"]}


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "string"}, "VARCHAR"),
        ({"type": ["string", "null"], "format": "date"}, "DATE"),
        ({"type": "string", "format": "date-time"}, "TIMESTAMP WITH TIME ZONE"),
        ({"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"}, "TIMESTAMP"),
        ({"type": "string", "airbyte_type": "decimal", "precision": 12, "scale": 2}, "DECIMAL(12,2)"),
        ({"type": ["null", "integer"]}, "BIGINT"),
        ({"type": ["null", "integer", "number"]}, "DOUBLE"),
        ({"type": "boolean"}, "BOOLEAN"),
        ({"type": ["string", "integer"]}, "VARCHAR"),
        ({"type": ["object", "string"]}, "JSON"),
        ({"type": "array", "items": {}}, "JSON"),
        ({"type": "string", "airbyte_type": "decimal"}, "DECIMAL"),
        ({"type": "string", "airbyte_type": "decimal", "precision": 50, "scale": 2}, "DECIMAL"),
        ({"type": [{"x": 1}]}, "JSON"),
        ({}, "JSON"),
        (True, "JSON"),
    ],
)
def test_json_schema_to_duckdb(schema: Any, wanted: str) -> None:
    assert duckdb_type(schema) == wanted


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("BIGINT", [1, None, 5], [1, None, 5]),
        ("BIGINT", [2**64, None, 5.0, 0.1], ["18446744073709551616", None, "5", "0.1"]),
        ("DOUBLE", [2**53 + 1, 0.5], ["9007199254740993", "0.5"]),
        ("DECIMAL(10,2)", ["1.50", Decimal("2E+1"), 3], ["1.50", "20", "3"]),
        ("DOUBLE", [1, None, 0.5], [1.0, None, 0.5]),
        ("VARCHAR", ["a", 1, True, {"x": 1}, None], ["a", "1", "true", '{"x":1}', None]),
        ("JSON", ["a", {"b": 1, "a": None}, None], ['"a"', '{"b":1,"a":null}', None]),
        ("JSON", [{"x": [Decimal("0.10000000000000000001"), 2**70]}], [f'{{"x":[0.10000000000000000001,{2**70}]}}']),
    ],
)
def test_values_that_fit(kind: str, values: list[Any], wanted: list[Any]) -> None:
    assert arrow_values(Column("c", kind), values).array.to_pylist() == wanted


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("BIGINT", "5"),
        ("BIGINT", True),
        ("DECIMAL(10,2)", "many"),
        ("DOUBLE", "NA"),
        ("BOOLEAN", 1),
        ("VARCHAR", "\ud800"),
        ("JSON", ["\ud800"]),
        ("JSON", {"x": float("nan")}),
    ],
)
def test_value_that_does_not_fit_is_named(kind: str, value: Any) -> None:
    with pytest.raises(RecordError, match=re.escape(f"field 'c': {value!r} is not ")) as caught:
        arrow_values(Column("c", kind), [None, value])
    assert caught.value.index == 1


def test_names_that_clash_get_a_number_and_keep_it() -> None:
    first = column_names(["Id", "id", "id_2", "_Airbyte_Meta", "_lockgate_row"])
    assert first == {
        "Id": "Id",
        "id": "id_3",
        "id_2": "id_2",
        "_Airbyte_Meta": "_Airbyte_Meta_2",
        "_lockgate_row": "_lockgate_row_2",
    }
    assert column_names(list(first)[::-1], first.values()) == first, "in another order, with the table there"
    assert column_names(["id", "Id"], ["Id"]) == {"Id": "Id", "id": "id_2"}


def test_schema_without_properties() -> None:
    with pytest.raises(LoadError, match=r"declares no properties.*InlineSchemaLoader"):
        columns_of({"type": "object"})


def test_raw_ids_are_uuid5() -> None:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "https://lockgate.dev/raw")
    wanted = [str(uuid.uuid5(namespace, f"shop/orders/2/{ordinal}")) for ordinal in (1, 2, 1000)]
    assert raw_ids("shop", "orders", 2, 1, 1000).take([0, 1, 999]).to_pylist() == wanted


def test_types_arrive_in_the_warehouse(
    bench: Any, postgres: PostgresServer, postgres_connection: Callable[..., None]
) -> None:
    postgres.execute("""
        create table ops.t (id bigint, price numeric(20, 4), ratio real, is_on boolean, day date, local timestamp,
            at timestamptz, doc jsonb, name text);
        insert into ops.t values (9007199254740993, 1234567890123456.7891, 0.5, true, '2013-03-10',
            '2013-03-10 02:30', '2013-03-10 02:30-05', '{"a": [1, "ü"]}', 'O''Hare "x"')
    """)
    postgres_connection({"name": "t"})
    assert bench.load().is_ok
    rows = bench.query(
        "select column_name, data_type from duckdb_columns() where table_name = 't' order by column_index"
    )
    assert rows == [
        ("id", "BIGINT"),
        ("price", "DECIMAL(20,4)"),
        ("ratio", "DOUBLE"),
        ("is_on", "BOOLEAN"),
        ("day", "DATE"),
        ("local", "TIMESTAMP"),
        ("at", "TIMESTAMP WITH TIME ZONE"),
        ("doc", "JSON"),
        ("name", "VARCHAR"),
        ("_airbyte_raw_id", "VARCHAR"),
        ("_airbyte_extracted_at", "TIMESTAMP WITH TIME ZONE"),
        ("_airbyte_meta", "JSON"),
    ]
    [row] = bench.query(
        'select id, price::varchar, ratio, is_on, day::varchar, local::varchar, "at"::varchar, doc, name, '
        "_airbyte_raw_id, _airbyte_extracted_at::varchar, _airbyte_meta from raw_shop.t"
    )
    assert row == (
        9007199254740993,
        "1234567890123456.7891",
        0.5,
        True,
        "2013-03-10",
        "2013-03-10 02:30:00",
        "2013-03-10 07:30:00+00",
        '{"a": [1, "ü"]}',
        'O\'Hare "x"',
        raw_ids("shop", "t", 1, 1, 1)[0].as_py(),
        "2013-03-14 23:30:00+00",
        '{"sync_id": 1, "changes": []}',
    )


INCREMENTAL = {
    "name": "t",
    "sync_mode": "incremental",
    "destination_sync_mode": "append_dedup",
    "cursor_field": "id",
    "primary_key": ["id"],
}


def test_new_column_is_added_and_a_lost_one_stays(
    bench: Any, postgres: PostgresServer, postgres_connection: Callable[..., None]
) -> None:
    postgres.execute("create table ops.t (id bigint, old text); insert into ops.t values (1, 'a')")
    postgres_connection(INCREMENTAL)
    assert bench.load().is_ok
    postgres.execute("""
        alter table ops.t drop column old; alter table ops.t add column "New col" boolean;
        insert into ops.t values (2, true)
    """)
    assert bench.load().is_ok
    rows = bench.query('select id, old, "New col" from raw_shop.t order by id')
    assert rows == [(1, "a", None), (2, None, True)]


def test_text_that_is_no_date_names_the_record(tmp_path: Path) -> None:
    stream = StreamSpec(name="t", destination_sync_mode="append")
    columns = [Column("id", "BIGINT"), Column("day", "DATE")]
    with Warehouse(tmp_path / "warehouse.duckdb", datetime(2013, 3, 14, tzinfo=UTC)) as warehouse:
        writer = StreamWriter(warehouse, "shop", "raw_shop", stream, columns, batch_size=4)
        for number in range(6):
            writer.add({"id": number, "day": "2013-03-01"})
        writer.add({"id": 6, "day": "yesterday"})
        with pytest.raises(RecordError, match=r"field 'day': 'yesterday' is not a date \(YYYY-MM-DD\)") as caught:
            writer.finish()
        assert caught.value.index == 6
        writer.abandon()
        assert warehouse.columns("raw_shop", "t") == {}
