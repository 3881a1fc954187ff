"""From generated tables to documents."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import bson
import pyarrow as pa
import pytest
from bson import Decimal128, Int64
from bson.datetime_ms import DatetimeMS

from benchmark.errors import LockgateError
from benchmark.source_systems import MongodbCollection
from sources.systems.mongodb.bson_order import OPTIONS
from sources.systems.mongodb.documents import documents_of


def documents(table: pa.Table, **spec: Any) -> list[dict[str, Any]]:
    collection = MongodbCollection(**{"key": "id", "description": "", **spec})
    return [bson.decode(encoded, OPTIONS) for encoded in documents_of("things", table, collection)]


def test_every_type_has_its_place() -> None:
    at = datetime(2013, 3, 1, 1, 2, 3, 456789, tzinfo=UTC)
    table = pa.table(
        {
            "id": pa.array([1], pa.int64()),
            "small": pa.array([7], pa.int32()),
            "huge": pa.array([2**64 - 1], pa.uint64()),
            "price": pa.array([Decimal("1.50")], pa.decimal128(30, 2)),
            "at": pa.array([at], pa.timestamp("us", "UTC")),
            "day": pa.array([date(2013, 3, 1)]),
            "clock": pa.array([time(1, 2, 3)], pa.time64("us")),
            "raw": [b"\xff"],
            "code": pa.array(["a"]).dictionary_encode(),
            "lots": [[{"n": 1, "note": None}, None]],
            "half": [0.5],
        }
    )
    [found] = documents(table)
    assert found == {
        "_id": 1,
        "small": 7,
        "huge": Decimal128("18446744073709551615"),
        "price": Decimal128("1.50"),
        "at": DatetimeMS(1_362_099_723_456),
        "day": DatetimeMS(1_362_096_000_000),
        "clock": "01:02:03.000000",
        "raw": b"\xff",
        "code": "a",
        "lots": [{"n": 1}, None],
        "half": 0.5,
    }
    assert isinstance(found["_id"], Int64)


def test_missing_values_are_left_out_or_null() -> None:
    table = pa.table({"id": ["a", "b"], "name": [None, "x"], "at": [{"city": None}, None]})
    assert documents(table) == [{"_id": "a", "at": {}}, {"_id": "b", "name": "x"}]
    assert documents(table, missing="null") == [
        {"_id": "a", "name": None, "at": {"city": None}},
        {"_id": "b", "name": "x", "at": None},
    ]


def test_object_ids_follow_from_key_and_time() -> None:
    instants = pa.array([datetime(2013, 3, day, tzinfo=UTC) for day in (2, 1)], pa.timestamp("us", "UTC"))
    table = pa.table({"id": ["a", "b"], "made_at": instants})
    first, second = documents(table, id="object_id", created_at="made_at")
    assert first["_id"].generation_time == datetime(2013, 3, 2, tzinfo=UTC)
    assert first["_id"] > second["_id"]
    assert documents(table, id="object_id", created_at="made_at") == [first, second]
    assert (first["id"], documents(table, id="object_id")[0]["_id"].generation_time.year) == ("a", 2000)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pa.table({"name": ["a"]}), "there is no column id"),
        (pa.table({"id": [1], "n": pa.array([Decimal(10**35 + 1)], pa.decimal128(38, 0))}), "34 digits"),
    ],
)
def test_what_has_no_place_is_said(table: pa.Table, words: str) -> None:
    with pytest.raises(LockgateError, match=rf"collection things: .*{words}"):
        documents(table)


def test_an_empty_table_is_an_empty_collection() -> None:
    assert (
        documents(pa.table({"id": pa.array([], pa.int64()), "at": pa.array([], pa.struct([("a", pa.int64())]))})) == []
    )
