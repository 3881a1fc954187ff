"""Each operator on connection files changes what it says, and nothing in a file that offers nothing to change."""

import copy

import pytest

from evaluators.proof.mutants.connection_files import CONNECTION_MUTATIONS, CONNECTION_REWRITES
from tests.helpers.stream_cases import ORDERS, SHOPS, STOCK

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
