"""Whatever a client asks for, the answer is a document, and the collection stays as it is."""

from typing import Any

import bson
import pytest
from bson import Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex
from bson.datetime_ms import DatetimeMS
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.systems.mongodb.bson_order import OPTIONS, order_key
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.commands import answer
from sources.systems.mongodb.scram import Credentials
from sources.systems.mongodb.served import Database, Session
from tests.helpers.examples import n_examples

ITEMS = [
    bson.encode({"_id": number, "a": number % 3, "b": [number, "x"], "c": {"d": None}, "e": Decimal128("1.5")})
    for number in range(5)
]
OPERATORS = (
    "$eq $ne $gt $lte $in $nin $exists $type $regex $options $size $all $elemMatch $mod $not $and $or $nor $match "
    "$project $addFields $sort $skip $limit $unwind $group $count $sum $avg $push $addToSet $literal $natural $out"
)
NAMES = st.sampled_from([*OPERATORS.split(), "_id", "a", "b.0", "c.d", "$a", "$$ROOT", "path", "", ".", "b..x"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.floats(),
    NAMES,
    st.sampled_from(
        [
            Int64(2**62),
            ObjectId("5130a2f0a1b2c3d4e5f60718"),
            Decimal128("NaN"),
            Regex("(a+)+$"),
            MinKey(),
            MaxKey(),
            b"x",
        ]
    ),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
FIRST = st.sampled_from(
    ["find", "aggregate", "count", "distinct", "getMore", "killCursors", "listCollections", "insert"]
)
OTHERS = st.dictionaries(
    st.sampled_from(
        [
            "filter",
            "query",
            "sort",
            "projection",
            "limit",
            "skip",
            "batchSize",
            "pipeline",
            "key",
            "cursor",
            "cursors",
            "collection",
            "maxTimeMS",
        ]
    ),
    VALUES,
    max_size=4,
)


@settings(deadline=None, max_examples=n_examples(400))
@given(name=FIRST, target=st.just("items") | VALUES, others=OTHERS)
def test_every_command_has_an_answer(name: str, target: Any, others: dict[str, Any]) -> None:
    database = Database("shop", Credentials("reader", b"", b"", b""), {"items": Collection("items", ITEMS)})
    command = bson.decode(bson.encode({name: target, **others}), OPTIONS)
    reply = answer(database, Session(1, is_authenticated=True), "shop", command)
    assert reply["ok"] in (0.0, 1.0)
    assert reply["ok"] == 1.0 or reply["errmsg"]
    assert bson.encode(reply)
    found = answer(database, Session(1, is_authenticated=True), "shop", {"count": "items"})
    assert found["n"] == len(ITEMS)


@given(st.lists(SCALARS | st.lists(SCALARS, max_size=2), max_size=6))
def test_values_of_every_type_sort(values: list[Any]) -> None:
    document = bson.decode(bson.encode({"values": values}), OPTIONS)
    assert len(sorted(document["values"], key=order_key)) == len(values)


def test_values_sort_as_in_mongodb() -> None:
    ordered = [
        MinKey(), None, float("nan"), float("-inf"), -1, Decimal128("-0.5"), 0, Int64(1), 1.5, Decimal128("2"), "", "a",
        "b", {}, {"a": 1}, {"a": 2}, [], [1], b"", b"a", ObjectId("5130a2f0a1b2c3d4e5f60718"), False, True,
        DatetimeMS(-1), DatetimeMS(0), MaxKey(),
    ]  # fmt: skip
    keys = [order_key(value) for value in ordered]
    assert keys == sorted(keys)


@pytest.mark.parametrize("command", ["find", "listCollections", "aggregate", "count"])
def test_nothing_is_told_before_the_login(command: str) -> None:
    database = Database("shop", Credentials("reader", b"", b"", b""), {"items": Collection("items", ITEMS)})
    reply = answer(database, Session(1), "shop", {command: "items", "pipeline": []})
    assert (reply["ok"], reply["codeName"]) == (0.0, "Unauthorized")
