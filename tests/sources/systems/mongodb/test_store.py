"""The document database as pymongo sees it, and against hostile readers."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import bson
import pytest
from bson import Binary, Decimal128, Int64, ObjectId
from pymongo import MongoClient
from pymongo.errors import CursorNotFound, OperationFailure, PyMongoError

from sources.systems.bounded_server import MAX_CONNECTIONS
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.store import DocumentStore
from sources.systems.mongodb.wire import MAX_MESSAGE_BYTES
from tests.helpers.document_stores import client, new_store, put

ITEMS: list[dict[str, Any]] = [
    {"_id": 1, "name": "tea", "price": Decimal128("2.50"), "tags": ["hot", "green"], "at": {"row": 1, "shelf": "a"}},
    {"_id": 2, "name": "cake", "price": 3, "tags": [], "at": {"row": 2, "shelf": "a"}},
    {"_id": 3, "name": "Tea pot", "price": 20.5, "at": {"row": 10, "shelf": None}},
    {
        "_id": 4,
        "name": "salt",
        "price": Int64(1),
        "tags": ["white"],
        "lots": [{"n": 1, "ok": True}, {"n": 5, "ok": False}],
    },
    {"_id": 5, "name": None, "price": float("nan"), "tags": "hot"},
    {"_id": 6, "since": datetime(2013, 3, 1, tzinfo=UTC), "price": "free"},
]


@pytest.fixture(scope="module")
def store() -> Iterator[DocumentStore]:
    store = new_store()
    yield store
    store.stop()


@pytest.fixture
def shop(store: DocumentStore) -> Iterator[Any]:
    put(store, {"items": ITEMS})
    with client(store) as connection:
        yield connection["shop"]


def ids(found: Any) -> list[Any]:
    return [document["_id"] for document in found]


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 2, 3, 4, 5, 6]),
    ({"_id": 2}, [2]),
    ({"name": "tea"}, [1]),
    ({"name": None}, [5, 6]),
    ({"name": {"$exists": False}}, [6]),
    ({"name": {"$ne": "tea"}}, [2, 3, 4, 5, 6]),
    ({"price": 3.0}, [2]),
    ({"price": Decimal128("1")}, [4]),
    ({"price": {"$gt": 2}}, [1, 2, 3]),
    ({"price": {"$gte": Decimal128("2.5"), "$lt": 20}}, [1, 2]),
    ({"price": {"$lte": float("nan")}}, [5]),
    ({"price": {"$gt": "a"}}, [6]),
    ({"tags": "hot"}, [1, 5]),
    ({"tags": ["hot", "green"]}, [1]),
    ({"tags": {"$size": 0}}, [2]),
    ({"tags": {"$all": ["green", "hot"]}}, [1]),
    ({"tags": {"$in": ["white", "green"]}}, [1, 4]),
    ({"tags": {"$nin": ["hot"]}}, [2, 3, 4, 6]),
    ({"tags.0": "hot"}, [1]),
    ({"at.shelf": "a"}, [1, 2]),
    ({"at.row": {"$gt": 1}}, [2, 3]),
    ({"at": {"row": 1, "shelf": "a"}}, [1]),
    ({"at": {"shelf": "a", "row": 1}}, []),
    ({"lots.n": 5}, [4]),
    ({"lots": {"$elemMatch": {"n": 1, "ok": True}}}, [4]),
    ({"lots": {"$elemMatch": {"n": 5, "ok": True}}}, []),
    ({"$or": [{"_id": 1}, {"name": "cake"}]}, [1, 2]),
    ({"$and": [{"_id": {"$gt": 1}}, {"_id": {"$lt": 4}}]}, [2, 3]),
    ({"$nor": [{"_id": {"$lt": 5}}]}, [5, 6]),
    ({"name": {"$regex": "^tea", "$options": "i"}}, [1, 3]),
    ({"name": {"$not": {"$regex": "t"}}}, [2, 5, 6]),
    ({"since": {"$gte": datetime(2013, 1, 1, tzinfo=UTC)}}, [6]),
    ({"price": {"$type": "string"}}, [6]),
    ({"price": {"$type": "number"}}, [1, 2, 3, 4, 5]),
    ({"_id": {"$mod": [3, 1]}}, [1, 4]),
]


@pytest.mark.parametrize(("query", "wanted"), FILTERS, ids=[str(query) for query, _ in FILTERS])
def test_filters(shop: Any, query: dict[str, Any], wanted: list[int]) -> None:
    assert sorted(ids(shop.items.find(query))) == wanted
    assert shop.items.count_documents(query) == len(wanted)


def test_values_come_as_they_are(store: DocumentStore) -> None:
    document: dict[str, Any] = {
        "_id": ObjectId("5130a2f0a1b2c3d4e5f60718"),
        "long": Int64(2**63 - 1),
        "int": 7,
        "decimal": Decimal128(Decimal("12345678901234567890.123456789012")),
        "at": datetime(2013, 3, 1, 1, 2, 3, 456000, tzinfo=UTC),
        "binary": Binary(b"\x00\xff", 5),
        "nested": {"list": [1, {"a": None}], "empty": {}},
        "text": "ü\0\n",
    }
    put(store, {"values": [document]})
    with client(store, tz_aware=True) as connection:
        [found] = connection["shop"]["values"].find()
    assert found == document
    assert isinstance(found["long"], Int64)


def test_sort_skip_limit_and_projection(shop: Any) -> None:
    assert ids(shop.items.find({}, sort=[("price", 1)])) == [5, 4, 1, 2, 3, 6], "NaN, numbers, texts"
    assert ids(shop.items.find({"at.shelf": "a"}, sort=[("at.shelf", 1), ("_id", -1)])) == [2, 1]
    assert ids(shop.items.find({}, sort=[("_id", -1)], skip=1, limit=2)) == [5, 4]
    assert list(shop.items.find({"_id": 1}, {"at.row": 1, "_id": 0})) == [{"at": {"row": 1}}]
    assert list(shop.items.find({"_id": 2}, {"at.row": 0, "price": 0})) == [
        {"_id": 2, "name": "cake", "tags": [], "at": {"shelf": "a"}}
    ]


def test_many_documents_come_in_batches(store: DocumentStore) -> None:
    put(store, {"many": ({"_id": number, "text": "x" * 1000} for number in range(12_000))})
    with client(store) as connection:
        many = connection["shop"]["many"]
        assert ids(many.find()) == list(range(12_000))
        assert ids(many.find(batch_size=7).limit(50)) == list(range(50))
        assert ids(many.find({"_id": {"$gte": 11_000}}, sort=[("_id", -1)])) == list(range(11_999, 10_999, -1))
        assert many.estimated_document_count() == 12_000


def test_pipelines(shop: Any) -> None:
    found = shop.items.aggregate(
        [
            {"$match": {"tags": {"$type": "array"}}},
            {"$unwind": "$tags"},
            {"$group": {"_id": "$tags", "n": {"$sum": 1}, "names": {"$push": "$name"}}},
            {"$sort": {"_id": 1}},
        ]
    )
    assert list(found) == [
        {"_id": "green", "n": 1, "names": ["tea"]},
        {"_id": "hot", "n": 1, "names": ["tea"]},
        {"_id": "white", "n": 1, "names": ["salt"]},
    ]
    sums = list(
        shop.items.aggregate([{"$group": {"_id": None, "total": {"$sum": "$at.row"}, "most": {"$max": "$_id"}}}])
    )
    assert sums == [{"_id": None, "total": 13, "most": 6}]
    shown = shop.items.aggregate(
        [{"$limit": 1}, {"$project": {"shelf": "$at.shelf", "_id": 0}}, {"$addFields": {"n": 1}}]
    )
    assert list(shown) == [{"shelf": "a", "n": 1}]
    assert list(shop.items.aggregate([{"$skip": 2}, {"$count": "n"}])) == [{"n": 4}]
    assert shop.items.distinct("tags") == ["green", "hot", "white"]


def test_what_there_is_can_be_listed_with_its_descriptions(store: DocumentStore) -> None:
    encoded = [bson.encode({"_id": 1})]
    store.show([Collection("items", encoded, "One item on sale.", {"price": "In euros."}), Collection("empty")])
    with client(store) as connection:
        assert connection.list_database_names() == ["shop"]
        shop = connection["shop"]
        assert sorted(shop.list_collection_names()) == ["empty", "items"]
        [found] = shop.list_collections(filter={"name": "items"})
        schema = found["options"]["validator"]["$jsonSchema"]
        assert (schema["description"], schema["properties"]["price"]["description"]) == (
            "One item on sale.",
            "In euros.",
        )
        assert list(shop.items.index_information()) == ["_id_"]
        assert list(connection["other"]["items"].find()) == []


def test_a_wrong_password_is_refused_and_so_is_none(store: DocumentStore) -> None:
    for changes in ({"password": "wrong"}, {"username": "root"}):
        with client(store, **changes) as connection, pytest.raises(OperationFailure, match="Authentication failed"):
            connection["shop"].list_collection_names()
    stranger: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", store.port)
    with (
        stranger as connection,
        pytest.raises(OperationFailure, match="requires authentication"),
    ):
        connection["shop"]["items"].find_one()


WRITES: dict[str, Any] = {
    "insert": lambda shop: shop.items.insert_one({"_id": 9}),
    "update": lambda shop: shop.items.update_many({}, {"$set": {"price": 0}}),
    "replace": lambda shop: shop.items.replace_one({"_id": 1}, {}),
    "delete": lambda shop: shop.items.delete_many({}),
    "find and modify": lambda shop: shop.items.find_one_and_delete({"_id": 1}),
    "drop": lambda shop: shop.items.drop(),
    "drop database": lambda shop: shop.client.drop_database("shop"),
    "create": lambda shop: shop.command("create", "left"),
    "index": lambda shop: shop.items.create_index("name"),
    "rename": lambda shop: shop.items.rename("other"),
    "out": lambda shop: list(shop.items.aggregate([{"$out": "left"}])),
    "merge": lambda shop: list(shop.items.aggregate([{"$match": {}}, {"$merge": {"into": "left"}}])),
    "user": lambda shop: shop.command("createUser", "me", pwd="x", roles=[]),
    "shut down": lambda shop: shop.client.admin.command("shutdown"),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_reader_can_write_nothing(shop: Any, write: str) -> None:
    with pytest.raises(PyMongoError, match="not authorized"):
        WRITES[write](shop)
    assert ids(shop.items.find()) == [1, 2, 3, 4, 5, 6]
    assert shop.list_collection_names() == ["items"]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda items: items.find_one({"$where": "sleep(1000)"}), r"operator \$where is not supported"),
        (lambda items: items.find_one({"name": {"$regex": "(a"}}), "regular expression"),
        (lambda items: items.find_one({"$or": []}), "not empty"),
        (lambda items: list(items.aggregate([{"$lookup": {}}])), r"stage \$lookup is not supported"),
        (lambda items: list(items.aggregate([{"$project": {"a": {"$add": [1, 2]}}}])), r"expression \$add is not"),
        (lambda items: items.database.command("nonsense"), "no such command"),
        (lambda items: items.find_one({}, {"a": 1, "b": 0}), "either"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Any, ask: Any, words: str) -> None:
    with pytest.raises(OperationFailure, match=words):
        ask(shop.items)


def test_a_pattern_that_would_take_forever_takes_no_time(store: DocumentStore) -> None:
    put(store, {"texts": [{"_id": 1, "text": "a" * 5_000 + "!"}]})
    began = time.monotonic()
    with client(store) as connection:
        assert connection["shop"]["texts"].count_documents({"text": {"$regex": "^(a+)+$"}}) == 0
    assert time.monotonic() - began < 5


def test_a_pipeline_cannot_blow_up_a_document(shop: Any) -> None:
    doubling = [{"$limit": 1}] + [{"$project": {f"a{number}": "$$ROOT" for number in range(8)}}] * 12
    with pytest.raises(OperationFailure, match="holds more than"):
        list(shop.items.aggregate(doubling))
    with pytest.raises(OperationFailure, match="holds more than"):
        list(shop.items.aggregate([{"$limit": 1}] + [{"$group": {"_id": {str(n): "$_id" for n in range(9)}}}] * 12))


def test_messages_that_are_none_end_their_connection_alone(store: DocumentStore, shop: Any) -> None:
    deep = b"\x05\0\0\0\0"
    for _ in range(20_000):
        deep = struct.pack("<i", len(deep) + 8) + b"\x03a\0" + deep + b"\0"
    garbage = [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("<iiii", MAX_MESSAGE_BYTES + 1, 1, 0, 2013),
        struct.pack("<iiii", 5, 1, 0, 2013),
        struct.pack("<iiiiIB", 25, 1, 0, 2013, 0, 0) + struct.pack("<i", 2**31 - 1),
        struct.pack("<iiiiIB", 21 + 8, 1, 0, 2013, 0, 0) + b"\x08\0\0\0\xff\xff\xff\xff",
        struct.pack("<iiii", 20, 1, 0, 2012) + b"1234",
        struct.pack("<iiiiIB", 21 + len(deep), 1, 0, 2013, 0, 0) + deep,
    ]
    for content in garbage:
        with socket.create_connection(("127.0.0.1", store.port), timeout=15) as connection:
            connection.sendall(content)
            with contextlib.suppress(OSError):  # It is closed already.
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(1) == b"", content[:16]
    assert ids(shop.items.find()) == [1, 2, 3, 4, 5, 6]


def test_connections_and_cursors_are_bounded_and_can_be_ended(store: DocumentStore, shop: Any) -> None:
    put(store, {"many": ({"_id": number} for number in range(1_000))})
    first = shop.many.find(batch_size=2)
    assert next(first)["_id"] == 0
    others = [shop.many.find(batch_size=2) for _ in range(64)]
    assert [next(cursor)["_id"] for cursor in others] == [0] * 64
    with pytest.raises(CursorNotFound):
        list(first)
    assert ids(others[-1]) == list(range(1, 1_000))
    idle = [socket.create_connection(("127.0.0.1", store.port), timeout=5) for _ in range(MAX_CONNECTIONS)]
    with socket.create_connection(("127.0.0.1", store.port), timeout=5) as one_more:
        assert one_more.recv(1) == b""  # so all before it were accepted
    store.end_connections()
    for connection in idle:
        assert connection.recv(1) == b""
        connection.close()
    with pytest.raises(PyMongoError):
        list(others[0])
    assert shop.many.find_one() == {"_id": 0}
