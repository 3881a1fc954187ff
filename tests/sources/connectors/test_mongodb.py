"""The MongoDB connector against a real server of the wire protocol."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from bson import Binary, Decimal128, Int64, ObjectId
from bson.datetime_ms import DatetimeMS

from sources.connectors.errors import ConnectorError
from sources.connectors.messages import stream_state
from sources.connectors.mongodb import MongodbSource
from sources.systems.mongodb.store import DocumentStore
from tests.helpers.document_stores import config, new_store, put


@pytest.fixture(scope="module")
def store() -> Iterator[DocumentStore]:
    store = new_store()
    yield store
    store.stop()


def at(day: int) -> datetime:
    return datetime(2013, 3, day, 1, 2, 3, 4000, tzinfo=UTC)


def of(nested: str = "json", cursor_field: str | None = None) -> list[dict[str, Any]]:
    return [{"name": "s", "nested": nested, "cursor_field": cursor_field}]


def test_columns_have_the_narrowest_type_of_all_documents(store: DocumentStore, now: datetime, reader: Any) -> None:
    put(
        store,
        {
            "s": [
                {"_id": ObjectId("5130a2f0a1b2c3d4e5f60718"), "n": 1, "price": Decimal128("1.50"), "at": at(1)},
                {"_id": 2, "n": Int64(2**62), "price": 7, "ok": True, "mixed": "x", "half": 0.5, "tags": [1, "a"]},
                {
                    "_id": "c",
                    "price": None,
                    "mixed": at(2),
                    "half": 3,
                    "address": {"city": "Ulm"},
                    "far": Decimal128("NaN"),
                },
            ]
        },
    )
    source = MongodbSource(now)
    properties = reader.discover(source, config(store, streams=of()))["s"].json_schema["properties"]
    kinds = {name: prop.get("airbyte_type", prop["type"][1]) for name, prop in properties.items()}
    assert kinds == {
        "_id": "string",
        "n": "integer",
        "price": "decimal",
        "at": "timestamp_with_timezone",
        "ok": "boolean",
        "mixed": "string",
        "half": "number",
        "tags": "array",
        "address": "object",
        "far": "string",
    }
    first, second, third = reader.records(source, config(store, streams=of()), "s")
    assert (first["_id"], second["_id"], third["_id"]) == ("5130a2f0a1b2c3d4e5f60718", "2", "c")
    assert (first["price"], second["price"], third["price"]) == ("1.50", "7", None)
    assert datetime.fromisoformat(first["at"]) == at(1)
    assert (second["n"], second["tags"]) == (2**62, [1, "a"])
    assert (third["mixed"], third["address"], third["far"]) == ("2013-03-02T01:02:03.004Z", {"city": "Ulm"}, "NaN")


def test_nested_values_are_json_with_every_digit(store: DocumentStore, now: datetime, reader: Any) -> None:
    exact = Decimal("1234567890123456789.0123456789")
    lines = [{"price": Decimal128(exact), "n": Int64(2**62), "at": at(1), "id": ObjectId("5130a2f0a1b2c3d4e5f60718")}]
    put(store, {"s": [{"_id": 1, "lines": lines, "key": Binary(bytes(range(16)), 4), "raw": b"\xff"}]})
    [record] = reader.records(MongodbSource(now), config(store, streams=of()), "s")
    assert record["lines"] == [
        {"price": exact, "n": 2**62, "at": "2013-03-01T01:02:03.004Z", "id": "5130a2f0a1b2c3d4e5f60718"}
    ]
    assert (record["key"], record["raw"]) == ("00010203-0405-0607-0809-0a0b0c0d0e0f", "ff")


def test_flatten_makes_columns_of_one_level(store: DocumentStore, now: datetime, reader: Any) -> None:
    put(store, {"s": [{"_id": 1, "at": {"city": "Ulm", "geo": {"lat": 1.5}}}, {"_id": 2, "at": "unknown"}]})
    records = reader.records(MongodbSource(now), config(store, streams=of("flatten")), "s")
    assert records == [
        {"_id": 1, "at_city": "Ulm", "at_geo": {"lat": 1.5}, "at": None},
        {"_id": 2, "at_city": None, "at_geo": None, "at": "unknown"},
    ]
    put(store, {"s": [{"_id": 1, "a": {"b": 1}, "a_b": 2}]})
    with pytest.raises(ConnectorError, match=r"two columns 'a_b' of document _id 1\. Use nested: json"):
        reader.discover(MongodbSource(now), config(store, streams=of("flatten")))


def test_incremental_reads_what_is_new_and_what_has_no_cursor(store: DocumentStore, now: datetime, reader: Any) -> None:
    documents: list[dict[str, Any]] = [
        {"_id": 3, "at": at(3)},
        {"_id": 1, "at": at(1), "price": Decimal128("1.5")},
        {"_id": 2, "at": at(3)},
        {"_id": 4},
    ]
    put(store, {"s": documents})
    settings = config(store, streams=of(cursor_field="at"))
    options: dict[str, Any] = {"sync_mode": "incremental", "cursor_field": "at"}
    first = reader.records(MongodbSource(now), settings, "s", **options)
    assert [record["_id"] for record in first] == [4, 1, 2, 3]
    [state] = reader.states(MongodbSource(now), settings, "s", **options)
    assert state["cursor"] == {"$date": {"$numberLong": "1362272523004"}}
    put(store, {"s": [*documents, {"_id": 5, "at": at(9), "note": "x"}, {"_id": 6, "at": at(2)}]})
    source = MongodbSource(now, {"s": state})
    assert list(reader.discover(source, settings)["s"].json_schema["properties"]) == ["_id", "at", "price", "note"]
    known = [stream_state("s", state)]
    later = reader.records(source, settings, "s", states=known, **options)
    assert [record["_id"] for record in later] == [4, 2, 3, 5], "at or after the last value, and those without one"
    [newer] = reader.states(source, settings, "s", states=known, **options)
    assert list(newer["properties"]) == ["_id", "at", "price", "note"]


@pytest.mark.parametrize(
    "values",
    [
        [1, 2.5, Decimal128("2.75"), Int64(2**60)],
        ["a", "b", "ü"],
        [ObjectId("5130a2f0a1b2c3d4e5f60718"), ObjectId("6130a2f0a1b2c3d4e5f60718")],
        [at(1), at(2)],
        [datetime(1960, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=UTC)],
    ],
)
def test_every_type_that_sorts_can_be_a_cursor(
    store: DocumentStore, now: datetime, reader: Any, values: list[Any]
) -> None:
    options: dict[str, Any] = {"sync_mode": "incremental", "cursor_field": "c"}
    settings = config(store, streams=of(cursor_field="c"))
    put(store, {"s": ({"_id": number, "c": value} for number, value in enumerate(values[:-1]))})
    state = reader.states(MongodbSource(now), settings, "s", **options)[-1]
    put(store, {"s": ({"_id": number, "c": value} for number, value in enumerate(values))})
    records = reader.records(
        MongodbSource(now, {"s": state}), settings, "s", states=[stream_state("s", state)], **options
    )
    assert [record["_id"] for record in records] == [len(values) - 2, len(values) - 1]


def test_without_a_cursor_field_the_cursor_is_the_id(store: DocumentStore, now: datetime, reader: Any) -> None:
    put(store, {"s": ({"_id": number} for number in (2, 1, 3))})
    settings = config(store, streams=of())
    state = reader.states(MongodbSource(now), settings, "s", "incremental")[-1]
    assert (state["cursor_field"], state["cursor"]) == ("_id", {"$numberInt": "3"})


@pytest.mark.parametrize("values", [[1, "a"], [[1], [2]], [{"a": 1}]])
def test_a_cursor_that_does_not_sort_is_refused(
    store: DocumentStore, now: datetime, reader: Any, values: list[Any]
) -> None:
    put(store, {"s": ({"_id": number, "c": value} for number, value in enumerate(values))})
    with pytest.raises(AirbyteTracedException, match=r"cursor_field 'c' holds values of type .*which do not sort"):
        reader.records(
            MongodbSource(now), config(store, streams=of(cursor_field="c")), "s", "incremental", cursor_field="c"
        )


def test_checkpoints_come_on_the_way(store: DocumentStore, now: datetime, reader: Any) -> None:
    put(store, {"s": ({"_id": number, "text": "x" * 50} for number in range(25_000))})
    states = reader.states(MongodbSource(now), config(store, streams=of()), "s", "incremental")
    assert [state["cursor"] for state in states][-1] == {"$numberInt": "24999"}
    assert len(states) >= 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "wrong"}, "user or password is wrong; check config.user"),
        ({"port": "x"}, "must be a number from 1 to 65535; received 'x'"),
        ({"host": ""}, "key 'config.host' is missing"),
    ],
)
def test_what_is_wrong_is_said(
    store: DocumentStore, now: datetime, reader: Any, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConnectorError, match=words):
        reader.discover(MongodbSource(now), config(store, **changes))


def test_dates_of_any_year_arrive(store: DocumentStore, now: datetime, reader: Any) -> None:
    put(store, {"s": [{"_id": 1, "at": DatetimeMS(2**62)}, {"_id": 2, "at": at(1)}]})
    first, second = reader.records(MongodbSource(now), config(store, streams=of()), "s")
    assert first["at"].startswith("+146") or first["at"].startswith("146")
    assert second["at"] == "2013-03-01T01:02:03.004Z"
