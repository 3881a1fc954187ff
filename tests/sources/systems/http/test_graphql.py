"""GraphQL as its readers use it, and what hostile ones send."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import ask, http_spec, orders, running_api

NESTED = pa.table({"id": [1], "o": [{"x": 1, "l": [{"y": 2, "z": 3}]}]})
SPEC = {
    "fields": {
        "orders": {
            "table": "orders",
            "since": {"column": "updated_at", "parameter": "updatedSince"},
            "filters": "customer_id",
            "hidden_columns": "customer_id",
        },
        "things": {"table": "things"},
    },
    "max_size": 5,
    "default_size": 3,
}
QUERY = """query Orders($after: String, $first: Int! = 2) {  # a comment
  mine: orders(first: $first, after: $after, updatedSince: "2013-03-01T01:00:00Z") {
    totalCount pageInfo { hasNextPage endCursor } nodes { order_id, at: updated_at }
  }
}"""


@pytest.fixture(scope="module")
def api() -> Iterator[HttpApi]:
    with running_api(http_spec(graphql=SPEC), {"orders": orders(), "things": NESTED}) as running:
        yield running


def query(api: HttpApi, text: Any, **variables: Any) -> Any:
    reply = ask(api, "/graphql", method="POST", json_body={"query": text, "variables": variables})
    assert reply.status == 200
    return reply.json


def test_a_connection_is_read_page_by_page(api: HttpApi) -> None:
    pages, after = [], None
    while after is None or pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(query(api, QUERY, after=after)["data"]["mine"])
        after = pages[-1]["pageInfo"]["endCursor"]
    assert [[node["order_id"] for node in page["nodes"]] for page in pages] == [[2, 3], [4, 5], [6, 7]]
    assert pages[0]["nodes"][0] == {"order_id": 2, "at": "2013-03-01T01:00:00Z"}
    assert {page["totalCount"] for page in pages} == {6}


def test_edges_have_cursors_of_their_own(api: HttpApi) -> None:
    text = "{ orders(first: 3) { edges { cursor node { order_id } } } }"
    edges = query(api, text)["data"]["orders"]["edges"]
    after = query(api, f'{{ orders(after: "{edges[1]["cursor"]}") {{ nodes {{ order_id }} }} }}')
    assert [node["order_id"] for node in after["data"]["orders"]["nodes"]] == [3, 4, 5]


def test_arguments_choose_rows(api: HttpApi) -> None:
    found = query(api, "{ orders(customer_id: 0) { nodes { order_id } } things { totalCount } }")["data"]
    assert [node["order_id"] for node in found["orders"]["nodes"]] == [2, 4, 6]
    assert found["things"] == {"totalCount": 1}


def test_fields_inside_of_objects_can_be_chosen(api: HttpApi) -> None:
    found = query(api, "{ things { nodes { id o { x l { y } } } } }")["data"]["things"]["nodes"]
    assert found == [{"id": 1, "o": {"x": 1, "l": [{"y": 2}]}}]
    assert query(api, "{ things { nodes { o } } }")["data"]["things"]["nodes"] == [{"o": NESTED["o"][0].as_py()}]


def test_an_empty_page_has_no_cursor(api: HttpApi) -> None:
    text = '{ orders(updatedSince: "2030-01-01") { nodes { order_id } pageInfo { hasNextPage endCursor } } }'
    assert query(api, text)["data"]["orders"] == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ planes { nodes { id } } }", "There is no field planes. There are: orders, things"),
        ("{ orders(last: 3) { nodes { order_id } } }", "has no argument last. There are: first, after, updatedSince"),
        ("{ orders { nodes { customer_id } } }", "orders has no field customer_id"),
        ("{ orders { rows } }", "has nodes, edges, pageInfo and totalCount, no rows"),
        ("{ orders { nodes } }", "Say which fields of nodes you want"),
        ("{ orders }", "Say which fields of orders you want"),
        ("{ orders(first: 6) { totalCount } }", "first must be a whole number, 1 to 5; received '6'"),
        ('{ orders(after: "x") { totalCount } }', "after is no cursor of orders"),
        ('{ orders(updatedSince: "x") { totalCount } }', "updatedSince must be an ISO date-time"),
        ("{ orders(first: $n) { totalCount } }", "Variable $n has no value"),
        ("query($n: Int!) { orders(first: $n) { totalCount } }", "Variable $n has no value"),
        ("mutation { x }", "Only queries are answered, no mutation"),
        ("{ ...f }", "Expected a name, found ..."),
        ("fragment f on Order { id }", "Only queries are answered, no fragment"),
        ("{ orders @skip(if: true) { totalCount } }", "Expected a name, found @"),
        ("{ orders(first: {a: 1}) { totalCount } }", "Arguments are numbers, texts"),
        ("{ orders { totalCount }", "Expected a name, found the end"),
        ("", "Expected '{', found the end"),
        ("{ orders { nodes { ` } } }", "Unexpected character"),
        ("{" * 1_500, "Expected a name"),
        ("{a" * 20_000, "A query has at most 2000 words"),
        ("{a" * 500, "A query has at most 12 levels"),
        ("{" + "".join(f"a{n}: orders {{ totalCount }}" for n in range(11)) + "}", "at most 10 fields at its root"),
        (5.5, "Expected '{', found 5.5"),
    ],
)
def test_what_cannot_be_answered_is_explained(api: HttpApi, text: Any, message: str) -> None:
    answer = query(api, text)
    assert answer["data"] is None
    assert message in answer["errors"][0]["message"]


def test_a_body_without_a_query_is_explained(api: HttpApi) -> None:
    for body in ({}, {"query": ["x"]}, {"query": "{ orders { totalCount } }", "variables": [1]}):
        assert ask(api, "/graphql", method="POST", json_body=body).json["errors"]
