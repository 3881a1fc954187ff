"""Each operator on connection files changes what it says, and nothing in a file that offers nothing to change."""

import copy
from typing import Any

import pytest

from evaluators.proof.mutants.connection_files import CONNECTION_MUTATIONS, CONNECTION_REWRITES, StreamCase
from tests.helpers.stream_cases import COLUMNS, HTTP, ORDERS, SHOPS, STOCK

EXPECTED = {
    "stream_missing": (ORDERS, {""}),
    "sync_mode_wrong": (ORDERS, {"full_refresh overwrite", "full_refresh append", "incremental append"}),
    "cursor_wrong": (ORDERS, {"created_at"}),
    "primary_key_wrong": (ORDERS, {"shop_id", "order_id", "line_id"}),
    "pattern_wrong": (STOCK, {"stock_1.csv", "*.csv"}),
    "format_wrong": (STOCK, {"jsonl"}),
    "pagination_lost": (ORDERS, {"", "page + 2"}),
    "increments_wrong": (ORDERS, {"2013-03-08T00:00:00Z"}),
    "field_lost": (ORDERS, {""}),
    "field_type_wrong": (ORDERS, {"text"}),
    "endpoint_wrong": (ORDERS, {"/lines", ""}),
}
"""Operator -> a stream, and what stands in place of what it changes."""
REWRITTEN = {
    "streams_reordered": ORDERS,
    "keys_reordered": ORDERS,
    "key_declared": ORDERS,
    "page_smaller": ORDERS,
    "start_earlier": ORDERS,
    "read_in_full": ORDERS,
}


def test_every_operator_has_a_case():
    assert EXPECTED.keys() == CONNECTION_MUTATIONS.keys()
    assert REWRITTEN.keys() == CONNECTION_REWRITES.keys()


@pytest.mark.parametrize("operator", EXPECTED)
def test_an_operator_changes_what_it_says(operator):
    case, after = EXPECTED[operator]
    before = copy.deepcopy(case.content)
    made = list(CONNECTION_MUTATIONS[operator](case))
    assert {edited.after for edited in made} == after
    assert all(edited.content != before for edited in made)
    assert case.content == before, "the original must stay as it is"
    assert all(a.content != b.content for i, a in enumerate(made) for b in made[:i])


@pytest.mark.parametrize("operator", [name for name in EXPECTED if name not in ("stream_missing", "sync_mode_wrong")])
def test_an_operator_leaves_a_bare_stream_alone(operator):
    assert list(CONNECTION_MUTATIONS[operator](SHOPS)) == []


@pytest.mark.parametrize("operator", REWRITTEN)
def test_a_rewrite_keeps_streams_and_settings(operator):
    case = REWRITTEN[operator]
    before = copy.deepcopy(case.content)
    made = list(CONNECTION_REWRITES[operator](case))
    assert len(made) == 1
    assert case.content == before
    streams = {stream["name"] for stream in made[0].content["streams"]}
    assert streams == {"orders", "lines"}
    assert sorted(made[0].content) == sorted(before)


def test_rewrites_change_what_they_say():
    def made(operator):
        return next(iter(CONNECTION_REWRITES[operator](ORDERS))).content

    assert [stream["name"] for stream in made("streams_reordered")["streams"]] == ["lines", "orders"]
    assert list(made("keys_reordered")) == ["streams", "manifest", "source"]
    assert made("key_declared")["streams"][0]["primary_key"] == ["shop_id", "order_id"]
    strategy = made("page_smaller")["manifest"]["streams"][0]["retriever"]["paginator"]["pagination_strategy"]
    assert strategy["page_size"] == 50
    sync = made("start_earlier")["manifest"]["streams"][0]["incremental_sync"]
    assert sync["start_datetime"] == "2012-01-01T00:00:00Z"
    assert made("read_in_full")["streams"][0]["sync_mode"] == "full_refresh"


START = "2013-01-01T00:00:00Z"
ELSEWHERE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a requester that is referred to": (
        {"retriever": {"requester": "#/definitions/requester"}},
        {"increments_wrong", "field_lost", "field_type_wrong", "start_earlier"},
    ),
    "a path that is referred to": (
        {"retriever": {"requester": {"$ref": "#/definitions/requester"}}},
        {"increments_wrong", "field_lost", "field_type_wrong", "start_earlier", "endpoint_wrong"},
    ),
    "a job that is asked for and polled": (
        {"retriever": {"type": "AsyncRetriever", "creation_requester": {"path": "/a"}, "polling_requester": {}}},
        {"increments_wrong", "field_lost", "field_type_wrong", "start_earlier"},
    ),
    "a paginator that is referred to": (
        {"retriever": {"requester": {"path": "/orders"}, "paginator": "#/definitions/paginator"}},
        {"increments_wrong", "field_lost", "field_type_wrong", "start_earlier", "endpoint_wrong", "pagination_lost"},
    ),
    "pages that the answer and the settings name": (
        {
            "retriever": {
                "paginator": {
                    "pagination_strategy": {"cursor_value": "{{ response.next }}", "page_size": "{{ config.size }}"}
                }
            },
        },
        {"increments_wrong", "field_lost", "field_type_wrong", "start_earlier", "pagination_lost"},
    ),
    "parts that are referred to": (
        dict.fromkeys(("retriever", "incremental_sync", "schema_loader"), "#/definitions/part"),
        set(),
    ),
    "an instant that is computed": (
        {"incremental_sync": {"start_datetime": "{{ config['start'] }}"}, "schema_loader": {}},
        {"endpoint_wrong", "pagination_lost", "page_smaller"},
    ),
    "an instant with a format": (
        {"incremental_sync": {"start_datetime": {"type": "MinMaxDatetime", "datetime": START}}, "schema_loader": {}},
        {"endpoint_wrong", "pagination_lost", "page_smaller"},
    ),
}
"""Manifests that load as well; what they refer to is not written out in the stream, and so it is not changed."""
OF_A_MANIFEST = {
    "pagination_lost", "increments_wrong", "field_lost", "field_type_wrong", "endpoint_wrong", "page_smaller",
    "start_earlier",
}  # fmt: skip


def operators_at_work(content: dict[str, Any]) -> set[str]:
    case = StreamCase(content, 0, COLUMNS, ())
    every = CONNECTION_MUTATIONS | CONNECTION_REWRITES
    made = {name: [edited.content for edited in operator(case)] for name, operator in every.items()}
    assert all(changed != content for name in OF_A_MANIFEST for changed in made[name]), "no mutant is the solution"
    return {name for name in OF_A_MANIFEST if made[name]}


@pytest.mark.parametrize(("parts", "expected"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_manifest_that_is_written_otherwise_is_changed_as_far_as_it_is_written_out(
    parts: dict[str, Any], expected: set[str]
) -> None:
    content: dict[str, Any] = copy.deepcopy(HTTP)
    content["manifest"]["definitions"]["requester"] = "#/definitions/the_only_requester"
    content["manifest"]["streams"][0] |= copy.deepcopy(parts)
    assert operators_at_work(content) == expected


def test_streams_that_are_referred_to_are_left_alone_and_others_are_not() -> None:
    content: dict[str, Any] = copy.deepcopy(HTTP)
    orders, lines = content["manifest"]["streams"]
    content["manifest"]["streams"] = ["#/definitions/lines", {"$ref": "#/definitions/shops"}, orders]
    assert operators_at_work(content) == OF_A_MANIFEST, "the requester's credentials are dropped"
    content["manifest"]["streams"] = ["#/definitions/orders", lines]
    assert operators_at_work(content) == set()


@pytest.mark.parametrize(
    ("start", "later"),
    [
        ("2013-01-01T00:00:00Z", "2013-03-08T00:00:00Z"),
        ("2013-03-07", "2013-03-08T00:00:00Z"),
        ("2013-03-08T00:00:00Z", "2014-03-08T00:00:00Z"),
        ("2019-12-31T23:00:00Z", "2020-03-08T00:00:00Z"),
    ],
)
def test_an_instant_that_is_too_late_is_later(start: str, later: str) -> None:
    content: dict[str, Any] = copy.deepcopy(HTTP)
    content["manifest"]["streams"][0]["incremental_sync"]["start_datetime"] = start
    made = list(CONNECTION_MUTATIONS["increments_wrong"](StreamCase(content, 0, COLUMNS, ())))
    assert [edited.after for edited in made] == [later]
    sync = made[0].content["manifest"]["streams"][0]["incremental_sync"]
    assert sync == {"start_datetime": later, "cursor_field": "changed_at"}


def test_a_path_that_is_referred_to_is_replaced_by_that_of_another_stream() -> None:
    content: dict[str, Any] = copy.deepcopy(HTTP)
    content["manifest"]["streams"][0]["retriever"]["requester"] = {"$ref": "#/definitions/requester"}
    other, _ = CONNECTION_MUTATIONS["endpoint_wrong"](StreamCase(content, 0, COLUMNS, ()))
    assert (other.before, other.after) == ("", "/lines")
    requester = other.content["manifest"]["streams"][0]["retriever"]["requester"]
    assert requester == {"$ref": "#/definitions/requester", "path": "/lines"}
