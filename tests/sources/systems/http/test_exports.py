"""Asynchronous exports: create, poll, download, delete."""

import csv
import gzip
import io
from collections.abc import Iterator
from typing import Any

import pytest

from sources.systems.http import exports
from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import Reply, ask, http_spec, orders, running_api, show

TABLES = {"orders": orders()}
EXPORTS: dict[str, Any] = {
    "/exports/plain": {"table": "orders", "polls": 1},
    "/exports/parts": {"table": "orders", "polls": 0, "gzip": True, "rows_per_file": 3, "filters": "customer_id"},
    "/exports/weak": {"table": "orders", "polls": 0, "failures": 1, "format": "jsonl"},
    "/exports/new": {
        "table": "orders",
        "polls": 0,
        "since": {"column": "updated_at", "until_parameter": "until"},
    },
}


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with running_api(http_spec(exports=EXPORTS), TABLES) as running:
        yield running


def make(api: HttpApi, path: str, **parameters: Any) -> str:
    reply = ask(api, path, method="POST", json_body=parameters)
    assert (reply.status, reply.json["status"]) == (202, "running")
    return f"{path}/{reply.json['id']}"


def numbers(reply: Reply) -> list[int]:
    content = gzip.decompress(reply.body) if reply.body[:2] == b"\x1f\x8b" else reply.body
    return [int(row["order_id"]) for row in csv.DictReader(io.StringIO(content.decode()))]


def test_a_job_runs_and_then_has_a_file(api: HttpApi) -> None:
    job = make(api, "/exports/plain")
    assert ask(api, f"{job}/files/1").status == 404
    assert [ask(api, job).json["status"] for _ in range(3)] == ["running", "completed", "completed"]
    [url] = ask(api, job).json["urls"]
    assert numbers(ask(api, url)) == list(range(1, 8))
    assert ask(api, f"{job}/files/2").status == ask(api, f"{job}/files/x").status == 404


def test_large_exports_have_several_compressed_files(api: HttpApi) -> None:
    urls = ask(api, make(api, "/exports/parts")).json["urls"]
    assert [numbers(ask(api, url)) for url in urls] == [[1, 2, 3], [4, 5, 6], [7]]
    [url] = ask(api, make(api, "/exports/parts", customer_id=0)).json["urls"]
    assert numbers(ask(api, url)) == [2, 4, 6]
    [empty] = ask(api, make(api, "/exports/parts", customer_id=9)).json["urls"]
    assert gzip.decompress(ask(api, empty).body) == b"order_id,customer_id,updated_at\n"


def test_a_job_may_fail_and_the_next_one_does_not(api: HttpApi) -> None:
    failed, made = make(api, "/exports/weak"), make(api, "/exports/weak")
    assert [ask(api, job).json["status"] for job in (failed, made)] == ["failed", "completed"]
    assert ask(api, f"{failed}/files/1").status == 404


def test_jobs_export_what_is_new(api: HttpApi) -> None:
    job = make(api, "/exports/new", updated_since="2013-03-01T02:00:00Z", until="2013-03-01T04:00:00Z")
    [url] = ask(api, job).json["urls"]
    assert numbers(ask(api, url)) == [3, 4]
    assert ask(api, "/exports/new", method="POST", json_body={"until": "soon"}).status == 400


def test_a_job_can_be_forgotten(api: HttpApi) -> None:
    job = make(api, "/exports/plain")
    assert ask(api, job, method="DELETE").status == 204
    assert ask(api, job).status == ask(api, job, method="DELETE").status == 404
    job = make(api, "/exports/plain")
    assert ask(api, f"{job}/delete", method="POST", body=b"").status == 204
    assert ask(api, job).status == 404


def test_jobs_are_limited_and_gone_on_the_next_day(api: HttpApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MAX_JOBS", 3)
    jobs = [make(api, "/exports/plain") for _ in range(3)]
    refused = ask(api, "/exports/plain", method="POST", json_body={})
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    ask(api, jobs[0], method="DELETE")
    make(api, "/exports/plain")
    show(api, [TABLES, TABLES])
    assert ask(api, jobs[1]).status == 404
    assert make(api, "/exports/plain") == "/exports/plain/1", "as if nobody had asked before"
