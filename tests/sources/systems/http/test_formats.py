"""Values as they are written: JSON, JSON lines, CSV, XML; every type; quickly."""

import csv
import io
import json
import time
import xml.etree.ElementTree
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as day_time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import ask, http_spec, running_api

AT = datetime(2013, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
TABLE = pa.table(
    {
        "id": [1, 2],
        "price": pa.array([Decimal("12345678901234567.89"), None], pa.decimal128(20, 2)),
        "ratio": [0.1, float("nan")],
        "is_new": [True, None],
        "name": ['a "b", ü\n%s', None],
        "day": pa.array([date(2013, 3, 1), None]),
        "at": pa.array([AT, None], pa.timestamp("us", "UTC")),
        "local": pa.array([AT.replace(tzinfo=None), None], pa.timestamp("ns")),
        "from": pa.array([day_time(9, 5), None]),
        "raw": [b"\x00\xff", None],
        "o": [{"x": 1, "l": [{"y": Decimal("1.10")}]}, None],
        "tags": [["a", "b"], []],
        "100%": ["%", None],
    }
)
FIRST = {
    "id": 1,
    "price": 12345678901234567.89,
    "ratio": 0.1,
    "is_new": True,
    "name": 'a "b", ü\n%s',
    "day": "2013-03-01",
    "at": "2013-03-01T12:30:15Z",
    "local": "2013-03-01T12:30:15",
    "from": "09:05:00",
    "raw": "AP8=",
    "o": {"x": 1, "l": [{"y": 1.1}]},
    "tags": ["a", "b"],
    "100%": "%",
}


@pytest.fixture(scope="module")
def api() -> Iterator[HttpApi]:
    formats = {f"/{kind}": {"table": "things", "format": kind} for kind in ("json", "jsonl", "csv", "xml")}
    with running_api(http_spec(endpoints=formats), {"things": TABLE}) as running:
        yield running


def test_json_has_every_type_and_every_digit(api: HttpApi) -> None:
    reply = ask(api, "/json")
    first, second = reply.json["data"]
    assert first == FIRST
    assert b'"price": 12345678901234567.89,' in reply.body
    assert b'"y": 1.10' in reply.body
    assert second == dict.fromkeys(FIRST) | {"id": 2, "tags": []}


def test_lines(api: HttpApi) -> None:
    reply = ask(api, "/jsonl")
    assert [json.loads(line) for line in reply.body.splitlines()] == ask(api, "/json").json["data"]
    assert reply.headers["Content-Type"] == "application/x-ndjson"


def test_csv(api: HttpApi) -> None:
    first, second = csv.DictReader(io.StringIO(ask(api, "/csv").body.decode()))
    assert first["price"] == "12345678901234567.89"
    assert first["name"] == FIRST["name"]
    assert (first["is_new"], first["at"], json.loads(first["o"])) == ("true", FIRST["at"], FIRST["o"])
    assert second["name"] == second["day"] == ""


def test_xml(api: HttpApi) -> None:
    with running_api(
        http_spec(endpoints={"/xml": {"table": "t", "format": "xml"}}),
        {"t": pa.table({"name": ["<a> & b", "x\x00", None]})},
    ) as running:
        rows = xml.etree.ElementTree.fromstring(ask(running, "/xml").body)
    assert [row.findtext("name") for row in rows] == ["<a> & b", "x\ufffd", ""]


@pytest.mark.parametrize(
    ("time_format", "shown", "since"),
    [
        ("seconds", "2013-03-01T12:30:15Z", "2013-03-01T12:30:15Z"),
        ("microseconds", "2013-03-01T12:30:15.250000Z", "2013-03-01T12:30:15.250000Z"),
        ("epoch_seconds", 1362141015, "1362141015"),
        ("epoch_milliseconds", 1362141015250, "1362141015250"),
    ],
)
def test_instants_have_one_format_and_readers_ask_in_it(time_format: str, shown: Any, since: str) -> None:
    endpoints = {"/things": {"table": "things", "since": "at"}}
    with running_api(http_spec(endpoints=endpoints, time_format=time_format), {"things": TABLE}) as api:
        assert [row["at"] for row in ask(api, f"/things?updated_since={since}").json["data"]] == [shown]
        assert [row["at"] for row in ask(api, "/things").json["data"]] == [None, shown], "sorted"
        assert "must be" in ask(api, "/things?updated_since=yesterday").json["error"]


def test_the_first_answer_costs_little_more_than_to_write_and_read_its_rows() -> None:
    n_rows = 1_000
    columns = {f"c{number}": [f"text {row}" for row in range(n_rows)] for number in range(8)}
    at = pa.array([AT] * n_rows, pa.timestamp("us", "UTC"))
    table = pa.table({"id": list(range(n_rows)), "ratio": [row / 7 for row in range(n_rows)], **columns, "at": at})
    with running_api(http_spec(endpoints={"/things": {"table": "t", "since": "at"}}), {"t": table}) as api:
        ask(api, "/docs")
        answers, plain = [], []
        for _ in range(5):
            api.replace({"t": table})
            began = time.process_time()
            assert len(ask(api, "/things").json["data"]) == n_rows
            answered = time.process_time()
            json.loads(json.dumps(table.to_pylist(), default=str))
            answers.append(answered - began)
            plain.append(time.process_time() - answered)
    assert min(answers) < 5 * min(plain)
