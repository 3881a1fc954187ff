"""What readers are told, and what a reader may do with it."""

import pytest

from benchmark.errors import LockgateError
from sources.contract import Incident
from sources.systems.faults import HttpFaults
from sources.systems.http import api as http_api
from tests.helpers.http_apis import ask, http_spec, orders, running_api, show

TABLES = {"orders": orders()}
EVERYTHING = {
    "auth": {"type": "oauth2", "grant": "refresh_token"},
    "rate_limit": {"burst": 5, "per_second": 0.5, "headers": True},
    "endpoints": {
        "/v1/orders": {
            "table": "orders",
            "key": "order_id",
            "description": "One order each.",
            "columns": {"order_id": "its number", "customer_id": ""},
            "paging": "cursor",
            "since": {"column": "updated_at", "until_parameter": "updated_until"},
            "filters": "customer_id",
            "deleted": {"show": "marked"},
            "etag": True,
        },
        "/v1/orders/{order_id}": {"table": "orders", "single": True},
    },
    "exports": {"/v1/exports/orders": {"table": "orders", "gzip": True}},
    "graphql": {"fields": {"orders": {"table": "orders"}}},
}


def test_the_page_that_is_made_names_everything_a_reader_needs() -> None:
    with running_api(http_spec(**EVERYTHING), TABLES) as api:
        text = ask(api, "/docs").body.decode()
    for told in (
        *(
            "POST /oauth/token",
            "grant_type=refresh_token",
            "300 seconds",
            "GET /v1/orders",
            "GET /v1/orders/{order_id}",
        ),
        *("cursor: next_cursor", "updated_since: only records", "updated_until: only", "customer_id: only records"),
        *("order_id: its number", "One order each.", "deleted_at tells them", "ETag", "in the path", "404"),
        *(
            "POST /v1/exports/orders",
            "CSV, compressed with gzip",
            "POST /graphql",
            "5 requests at once",
            "0.5 a second",
        ),
        *("X-RateLimit-Remaining", "Times are UTC"),
    ):
        assert told in text, told


@pytest.mark.parametrize("auth", ["none", "api_key", "bearer", "basic", "session", "jwt"])
@pytest.mark.parametrize("paging", ["none", "page", "offset", "link", "next_url"])
def test_every_kind_has_a_page(auth: str, paging: str) -> None:
    spec = http_spec(auth=auth, endpoints={"/x": {"table": "orders", "paging": paging}})
    with running_api(spec, TABLES) as api:
        text = ask(api, "/docs").body.decode()
    assert "GET /x" in text
    assert "None" not in text


def test_the_limit_tells_what_is_left_and_when_to_come_back() -> None:
    limit = {"burst": 2, "per_second": 0.1, "headers": True}
    with running_api(http_spec(rate_limit=limit, endpoints={"/x": {"table": "orders"}}), TABLES) as api:
        replies = [ask(api, "/x") for _ in range(3)]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["1", "0", "0"]
    assert {reply.headers["X-RateLimit-Limit"] for reply in replies} == {"2"}
    assert replies[2].status == 429
    assert 8 <= int(replies[2].headers["Retry-After"]) <= 10
    assert int(replies[2].headers["X-RateLimit-Reset"]) > 1_700_000_000


def test_every_endpoint_meets_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "TIMEOUT_SECONDS", 0.01)
    spec = http_spec(
        auth="none",
        endpoints={"/orders/{order_id}": {"table": "orders", "single": True}},
        exports={"/exports": {"table": "orders"}},
        graphql={"fields": {"orders": {"table": "orders"}}},
    )
    with running_api(spec, TABLES) as api:
        show(api, [TABLES], Incident(http_faults=HttpFaults))
        failed = {}
        for path, method in (("/orders/1", "GET"), ("/exports", "POST"), ("/exports/1", "GET"), ("/graphql", "POST")):
            seen = []
            for _ in range(8):
                try:
                    seen.append(ask(api, path, method=method, body=b"{}" if method == "POST" else None).status)
                except OSError:
                    seen.append(0)
            failed[path] = {0, 429, 500, 503} & set(seen)
        assert failed.pop("/orders/1") == {0, 429, 500, 503}, "the first endpoint fails in every way"
        assert all(len(kinds) == 1 for kinds in failed.values()), failed
        assert ask(api, "/orders/2").status == 200, "faults are counted by endpoint, not by address"


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ({"table": "planes"}, r"endpoint '/x': there is no table 'planes'. Tables: orders"),
        ({"table": "orders", "since": "written_at"}, r"table 'orders' has no column written_at. Columns: order_id"),
        ({"table": "orders", "filters": ["a", "b"]}, r"table 'orders' has no column a, b"),
    ],
)
def test_a_spec_that_does_not_fit_the_data_is_explained(endpoint: dict[str, str], message: str) -> None:
    with pytest.raises(LockgateError, match=message), running_api(http_spec(endpoints={"/x": endpoint}), TABLES):
        pass
