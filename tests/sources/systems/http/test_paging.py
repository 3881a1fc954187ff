"""Pages, filters and shapes of answers, as a client sees them."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from sources.contract import Incident
from sources.systems.faults import HttpFaults
from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import Reply, ask, http_spec, orders, running_api, show

SEVEN = list(range(1, 8))
SIZE = {"default_size": 3, "max_size": 5}
ENDPOINTS: dict[str, Any] = {
    "/page": {"paging": {"type": "page", "total_field": "meta.total", "pages_field": "meta.pages", **SIZE}},
    "/zero": {"paging": {"type": "page", "first_page": 0, "parameter": "p", "page_field": None, **SIZE}},
    "/offset": {"paging": {"type": "offset", **SIZE}, "records": "result.items"},
    "/cursor": {"paging": {"type": "cursor", "cursor_field": "meta.next", **SIZE}, "filters": "customer_id"},
    "/link": {"paging": {"type": "link", **SIZE}, "records": ""},
    "/url": {"paging": {"type": "next_url", "url_field": "links.next", **SIZE}},
    "/relative": {"paging": {"type": "next_url", "relative": True, **SIZE}},
    "/search": {"method": "POST", "paging": {"type": "cursor", "parameter": "paging.after", **SIZE}},
    "/bank": {"records": "1", "paging": {"type": "page", "page_field": "0.page", "has_more_field": "0.more", **SIZE}},
    "/constant": {"constant_fields": {"status": "ok", "meta.version": 2}},
    "/customers/{customer_id}/orders": {"paging": {"type": "page", **SIZE}},
    "/orders/{order_id}": {"single": True, "hidden_columns": "customer_id"},
    "/etag": {"etag": True},
    "/filtered": {"filters": ["customer_id", "order_id"]},
    "/bounded": {"since": {"column": "updated_at", "until_parameter": "updated_before"}},
    "/counted": {"since": {"column": "order_id", "parameter": "after_id", "exclusive": True}},
}


@pytest.fixture(scope="module")
def api() -> Iterator[HttpApi]:
    endpoints = {path: {"table": "orders", "since": "updated_at", **parts} for path, parts in ENDPOINTS.items()}
    del endpoints["/orders/{order_id}"]["since"]
    with running_api(http_spec(endpoints=endpoints), {"orders": orders()}) as running:
        yield running


def numbers(records: Any) -> list[int]:
    return [record["order_id"] for record in records]


def _follow(api: HttpApi, path: str, following: Callable[[Reply], str | None]) -> list[Reply]:
    replies = [ask(api, path)]
    while (address := following(replies[-1])) is not None:
        replies.append(ask(api, address))
    return replies


def _next_link(reply: Reply) -> str | None:
    found = re.search(r'<([^>]+)>; rel="next"', reply.headers["Link"])
    return found.group(1) if found else None


def test_numbered_pages_tell_how_many_there_are(api: HttpApi) -> None:
    assert ask(api, "/page").json["meta"] == {"total": 7, "pages": 3}
    found = [ask(api, f"/page?page={page}").json for page in (1, 2, 3, 4)]
    assert [numbers(page["data"]) for page in found] == [[1, 2, 3], [4, 5, 6], [7], []]
    assert [page["has_more"] for page in found] == [True, True, False, False]


def test_pages_may_begin_at_zero(api: HttpApi) -> None:
    assert numbers(ask(api, "/zero?p=0").json["data"]) == [1, 2, 3]
    assert set(ask(api, "/zero?p=2").json) == {"data", "has_more"}


def test_offset(api: HttpApi) -> None:
    answer = ask(api, "/offset?offset=5&limit=5").json
    assert numbers(answer["result"]["items"]) == [6, 7]
    assert answer["total"] == 7
    assert ask(api, "/offset?offset=0&limit=6").status == 400


def test_cursor_keeps_to_its_list(api: HttpApi) -> None:
    replies = _follow(
        api,
        "/cursor?limit=2&customer_id=1",
        lambda reply: reply.json["meta"]["next"] and f"/cursor?cursor={quote(reply.json['meta']['next'])}",
    )
    assert [numbers(reply.json["data"]) for reply in replies] == [[1, 3], [5, 7]]
    assert [reply.json["has_more"] for reply in replies] == [True, False]


@pytest.mark.parametrize(
    "change", [lambda text: text[:-2], lambda text: "A" + text, lambda text: "ü", lambda _: "9" * 5000]
)
def test_a_cursor_that_nobody_gave_out_is_refused(api: HttpApi, change: Callable[[str], str]) -> None:
    cursor = ask(api, "/cursor").json["meta"]["next"]
    reply = ask(api, f"/cursor?cursor={quote(change(cursor))}")
    assert reply.status == 400
    assert "cursor is not valid here, or no longer" in reply.json["error"]
    assert ask(api, f"/relative?cursor={cursor}").status == 400, "it is a cursor of another list"


def test_links_lead_through_the_list(api: HttpApi) -> None:
    replies = _follow(api, "/link?per_page=3&updated_since=2013-03-01T00:00:00%2B00:00", _next_link)
    assert [numbers(reply.json) for reply in replies] == [[1, 2, 3], [4, 5, 6], [7]]
    relations = [re.findall(r'rel="(\w+)"', reply.headers["Link"]) for reply in replies]
    assert relations == [["first", "last", "next"], ["first", "last", "prev", "next"], ["first", "last", "prev"]]


def test_the_next_address_is_in_the_body(api: HttpApi) -> None:
    replies = _follow(api, "/url?updated_since=2013-03-01T02:00:00Z", lambda reply: reply.json["links"]["next"])
    assert [numbers(reply.json["data"]) for reply in replies] == [[3, 4, 5], [6, 7]]
    assert ask(api, "/relative").json["next"].startswith("/relative?cursor=")


def test_post_takes_parameters_from_the_body(api: HttpApi) -> None:
    first = ask(api, "/search", method="POST", json_body={"limit": 4, "updated_since": "2013-03-01T01:00:00Z"}).json
    assert numbers(first["data"]) == [2, 3, 4, 5]
    second = ask(api, "/search", method="POST", json_body={"paging": {"after": first["next_cursor"]}}).json
    assert numbers(second["data"]) == [6, 7]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert numbers(ask(api, "/search", method="POST", body=b"limit=1", headers=form).json["data"]) == [1]
    assert numbers(ask(api, "/search", method="POST", body=b"").json["data"]) == [1, 2, 3]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"[" * 60_000, b'{"limit": {}}', b'{"limit": 99}', b"\xff", b'"x"'])
def test_a_body_that_is_no_object_is_explained(api: HttpApi, body: bytes) -> None:
    reply = ask(api, "/search", method="POST", body=body, headers={"Content-Type": "application/json"})
    assert reply.status == 400
    assert "must be" in reply.json["error"]


def test_the_wrong_method_names_the_right_one(api: HttpApi) -> None:
    reply = ask(api, "/search")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert ask(api, "/page", method="POST", body=b"x").headers["Allow"] == "GET"


def test_a_list_of_meta_and_rows(api: HttpApi) -> None:
    answer = ask(api, "/bank?page=2").json
    assert (answer[0], numbers(answer[1])) == ({"page": 2, "more": True}, [4, 5, 6])


def test_constant_fields_stand_beside_the_records(api: HttpApi) -> None:
    answer = ask(api, "/constant").json
    assert (numbers(answer.pop("data")), answer) == (SEVEN, {"status": "ok", "meta": {"version": 2}})


def test_parameters_of_a_path_choose_rows(api: HttpApi) -> None:
    answer = ask(api, "/customers/1/orders").json
    assert (numbers(answer["data"]), answer["has_more"]) == ([1, 3, 5], True)
    assert ask(api, "/customers/8/orders").json["data"] == []
    assert ask(api, "/orders/3").json == {"order_id": 3, "updated_at": "2013-03-01T02:00:00Z"}
    assert ask(api, "/orders/8").status == ask(api, "/orders/%2e%2e%2fx").status == 404


def test_an_etag_saves_the_answer_that_is_known(api: HttpApi) -> None:
    first = ask(api, "/etag")
    again = ask(api, "/etag", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    newer = ask(api, "/etag?updated_since=2013-03-01T02:00:00Z", headers={"If-None-Match": first.headers["ETag"]})
    assert newer.status == 200


def test_filters_are_equal_values(api: HttpApi) -> None:
    assert numbers(ask(api, "/filtered?customer_id=0").json["data"]) == [2, 4, 6]
    assert numbers(ask(api, "/filtered?customer_id=0&order_id=4").json["data"]) == [4]
    assert numbers(ask(api, "/filtered?customer_id=0&order_id=5").json["data"]) == []


def test_bounds_include_the_first_value_and_not_the_last(api: HttpApi) -> None:
    query = "updated_since=2013-03-01T01:00:00Z&updated_before=2013-03-01T03:00:00Z"
    assert numbers(ask(api, f"/bounded?{query}").json["data"]) == [2, 3]
    assert ask(api, "/bounded?updated_before=2013-03-01&updated_since=2014-01-01").json["data"] == []
    assert numbers(ask(api, "/counted?after_id=5").json["data"]) == [6, 7]
    assert "must be a whole number" in ask(api, "/counted?after_id=x").json["error"]


@pytest.mark.parametrize("path", ["/page", "/offset", "/cursor", "/link", "/url"])
def test_the_first_page_comes_twice_in_every_kind_of_paging(path: str) -> None:
    with running_api(http_spec(endpoints={path: {"table": "orders", **ENDPOINTS[path]}}), {"orders": orders()}) as api:
        faults = HttpFaults(0, is_first_page_twice=True)
        faults.schedule = lambda place: ()  # type: ignore[method-assign]
        show(api, [{"orders": orders()}], Incident(http_faults=lambda _: faults))
        pages = {
            "/page": lambda: [ask(api, f"/page?page={page}").json["data"] for page in range(1, 5)],
            "/offset": lambda: [ask(api, f"/offset?offset={n}").json["result"]["items"] for n in range(0, 12, 3)],
            "/cursor": lambda: [
                reply.json["data"]
                for reply in _follow(
                    api,
                    "/cursor",
                    lambda reply: reply.json["meta"]["next"] and f"/cursor?cursor={reply.json['meta']['next']}",
                )
            ],
            "/link": lambda: [reply.json for reply in _follow(api, "/link", _next_link)],
            "/url": lambda: [r.json["data"] for r in _follow(api, "/url", lambda reply: reply.json["links"]["next"])],
        }[path]()
    assert [numbers(page) for page in pages] == [[1, 2, 3], [1, 2, 3], [4, 5, 6], [7]]
