import contextlib
import http.client
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.systems import http_server
from sources.systems.bounded_server import MAX_CONNECTIONS
from sources.systems.faults import HttpFaults
from sources.systems.http import handler
from sources.systems.http.api import HttpApi
from sources.systems.http.rate_limit import TokenBucket
from tests.helpers.examples import n_examples
from tests.helpers.http_pages import N_ROWS, SPEC, every_page, get, key_of, tables


@pytest.fixture
def api() -> Iterator[HttpApi]:
    api = HttpApi(SPEC)
    api.start()
    api.replace(tables())
    yield api
    api.stop()


def failure(api: HttpApi, path: str, **headers: str) -> tuple[int, dict[str, Any], Message]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(api.url + path, headers=headers), timeout=5)
    return caught.value.code, json.load(caught.value), caught.value.headers


@pytest.mark.parametrize("page_size", [33, 90, 150, 200])
def test_pages_hold_every_record_once_in_order(api: HttpApi, page_size: int) -> None:
    assert every_page(api, f"page_size={page_size}") == list(range(N_ROWS))


def test_records_have_iso_times_and_nulls(api: HttpApi) -> None:
    assert get(api, "/v1/observations?page_size=2")["data"] == [
        {"number": 0, "wind_gust_mph": 20.5, "updated_at": "2013-03-01T00:00:00Z"},
        {"number": 1, "wind_gust_mph": None, "updated_at": "2013-03-01T00:00:00Z"},
    ]


def test_the_page_after_the_last_one_is_empty(api: HttpApi) -> None:
    assert get(api, "/v1/observations?page=99") == {"data": [], "page": 99, "has_more": False}


@pytest.mark.parametrize(
    "since",
    ["2013-03-01T02:00:00Z", "2013-03-01T02:00:00", "2013-03-01T02:00:00.000000Z", "2013-03-01T04:00:00+02:00"],
)
def test_updated_since_includes_the_instant_itself(api: HttpApi, since: str) -> None:
    assert every_page(api, f"page_size=200&updated_since={since}") == list(range(24, N_ROWS))


def test_updated_since_the_future_gives_nothing(api: HttpApi) -> None:
    assert get(api, "/v1/observations?updated_since=2030-01-01")["data"] == []


def test_stations_come_in_one_piece(api: HttpApi) -> None:
    assert get(api, "/v1/stations") == {"data": [{"station": "EWR"}, {"station": "JFK"}]}


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"X-API-Key": "wröng"}])
def test_without_the_key_the_answer_is_401(api: HttpApi, headers: dict[str, str]) -> None:
    code, answer, _ = failure(api, "/v1/observations", **headers)
    assert code == 401
    assert "X-API-Key" in answer["error"]


def test_documentation_needs_no_key(api: HttpApi) -> None:
    with urllib.request.urlopen(api.url + "/docs", timeout=5) as response:
        assert response.read().decode() == SPEC.documentation
        assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page=0", "page must be a whole number, 1 or more; received '0'"),
        ("page=x", "received 'x'"),
        ("page_size=201", "page_size must be a whole number, 1 to 200; received '201'"),
        ("page_size=-5", "received '-5'"),
        ("updated_since=yesterday", "updated_since must be an ISO date-time; received 'yesterday'"),
    ],
)
def test_bad_parameters_are_explained(api: HttpApi, query: str, message: str) -> None:
    code, answer, _ = failure(api, f"/v1/observations?{query}", **{"X-API-Key": key_of(api)})
    assert code == 400
    assert message in answer["error"]


def test_unknown_paths_name_the_known_ones(api: HttpApi) -> None:
    code, answer, _ = failure(api, "/v2/observations", **{"X-API-Key": key_of(api)})
    assert (code, "/v1/observations" in answer["error"]) == (404, True)


def test_too_many_requests_are_told_when_to_come_back(api: HttpApi) -> None:
    api.bucket = TokenBucket(burst=3, per_second=0.01)
    for _ in range(3):
        get(api, "/v1/stations")
    code, _, headers = failure(api, "/v1/stations", **{"X-API-Key": key_of(api)})
    assert code == 429
    assert 90 <= int(headers["Retry-After"]) <= 100, "as long as it takes until the next request is allowed"


def test_the_allowance_fills_again_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("sources.systems.http.rate_limit.time.monotonic", lambda: now[0])
    bucket = TokenBucket(burst=2, per_second=4.0)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] += 0.25
    assert [bucket.take() for _ in range(2)] == [True, False]
    now[0] += 60
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_one_connection_serves_many_requests(api: HttpApi) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    for _ in range(3):
        connection.request("GET", "/v1/stations", headers={"X-API-Key": key_of(api)})
        assert connection.getresponse().read().startswith(b'{"data"')
    assert connection.sock is not None
    connection.close()


def test_new_tables_are_seen_at_once(api: HttpApi) -> None:
    api.replace(tables(n_rows=4))
    assert every_page(api, "page_size=3") == [0, 1, 2, 3]


def test_the_port_is_closed_after_stop(api: HttpApi) -> None:
    port = int(api.url.rsplit(":", 1)[1])
    api.stop()
    api.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def raw(api: HttpApi) -> socket.socket:
    host, port = api.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def said(connection: socket.socket) -> bytes:
    """Everything until the server hangs up."""
    text = b""
    with contextlib.suppress(ConnectionError):
        while chunk := connection.recv(65536):
            text += chunk
    return text


HEAD = b"GET /docs HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (HEAD + b"".join(b"H%d: x\r\n" % i for i in range(2_000)) + b"\r\n", b"431"),
        (HEAD + b"X: " + b"x" * 100_000, b"431"),
        (HEAD + b"Content-Length: 5\r\n\r\nGET /", b"413"),
        (HEAD + b"Content-Length: 99999999999\r\n\r\n", b"413"),
        (HEAD + b"Content-Length: -1\r\n\r\n", b"413"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"413"),
        (b"POST /v1/stations HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST /v1/stations HTTP/1.1\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537, b"413"),
        (b"POST /v1/stations HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /v1/stations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"PUT /v1/stations HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"501"),
        (b"\x16\x03\x01\x02\x00" * 20 + b"\r\n\r\n", b"400"),
        (b"GET /docs HTTP/9.9\r\n\r\n", b"505"),
        (b"GET http://[x HTTP/1.1\r\n\r\n", b"400"),
    ],
)
def test_what_no_reader_sends_is_refused_and_the_connection_closed(
    api: HttpApi, request_: bytes, answer: bytes
) -> None:
    with raw(api) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request_)
        assert answer in said(connection).split(b"\r\n")[0]
    assert get(api, "/v1/stations")["data"]


def test_requests_may_come_in_pieces_and_one_behind_the_other(api: HttpApi) -> None:
    with raw(api) as connection:
        for piece in (
            b"GET /do",
            b"cs HTTP/1.1\r\nHost:",
            b" a\r\n\r\n" + HEAD + b"\r\n" + HEAD,
            b"Connection: close\r\n\r\n",
        ):
            connection.sendall(piece)
            time.sleep(0.02)
        assert said(connection).count(SPEC.documentation.encode()) == 3


def test_a_head_that_trickles_in_is_given_up(api: HttpApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 0.5)
    began = time.monotonic()
    with raw(api) as connection:
        with contextlib.suppress(ConnectionError):
            for _ in range(30):
                connection.sendall(b"G")
                time.sleep(0.1)
        assert said(connection) == b""
    assert time.monotonic() - began < 30


def test_a_body_that_trickles_in_is_given_up(api: HttpApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "BODY_SECONDS", 0.3)
    with raw(api) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"POST /v1/stations HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
            for _ in range(10):
                connection.sendall(b"x")
                time.sleep(0.1)
        assert said(connection) == b""


def test_a_client_may_ask_before_it_sends_its_body(api: HttpApi) -> None:
    head = b"POST /v1/stations HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with raw(api) as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        assert b" 405 " in said(connection).split(b"\r\n")[0]


def test_an_idle_connection_is_closed(api: HttpApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "IDLE_SECONDS", 0.3)
    with raw(api) as connection:
        assert said(connection) == b""


def test_connections_have_a_limit_and_give_way_when_they_end(api: HttpApi) -> None:
    held = [raw(api) for _ in range(MAX_CONNECTIONS)]
    for connection in held:
        connection.sendall(b"GET")
    with raw(api) as one_more:
        one_more.sendall(HEAD + b"\r\n")
        assert said(one_more) == b""
    for connection in held:
        connection.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            assert get(api, "/v1/stations")["data"]
            return
    pytest.fail("no connection became free")


@pytest.mark.parametrize("way", ["stop", "show", "end_connections"])
def test_open_connections_end(api: HttpApi, way: str) -> None:
    with raw(api) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        if way == "show":
            api.replace(tables())
        else:
            getattr(api, way)()
        assert said(connection) == b""


def test_a_new_start_remembers_no_earlier_request(api: HttpApi) -> None:
    def outcomes() -> list[int]:
        found = []
        for _ in range(6):
            request = urllib.request.Request(api.url + "/v1/observations", headers={"X-API-Key": key_of(api)})
            with contextlib.suppress(http.client.RemoteDisconnected):
                try:
                    found.append(urllib.request.urlopen(request, timeout=5).status)
                except urllib.error.HTTPError as error:
                    found.append(error.code)
        return found

    api.replace(tables(), HttpFaults(seed=1))
    first = outcomes()
    api.bucket = TokenBucket(burst=1, per_second=1e-6)
    outcomes()
    url, key = api.url, key_of(api)
    api.replace(tables(), HttpFaults(seed=1))
    assert outcomes() == first
    assert 500 in first
    assert (api.url, key_of(api)) == (url, key)


TARGETS = st.one_of(
    st.binary(max_size=60).map(lambda text: text.translate(None, b"\r\n ")),
    st.text(max_size=30).map(lambda text: f"/v1/observations?{text}".encode().translate(None, b"\r\n ")),
    st.lists(
        st.tuples(
            st.sampled_from(["page", "page_size", "cursor", "limit", "updated_since", "from", "x"]),
            st.one_of(
                st.integers().map(str), st.text(max_size=8), st.just("9" * 5000), st.just("2013-03-01T00:00:00+99:99")
            ),
        ),
        max_size=3,
    ).map(lambda pairs: b"/v1/observations?" + urllib.parse.urlencode(pairs, errors="replace").encode()),
)


@settings(max_examples=n_examples(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=TARGETS)
def test_any_target_has_an_answer(api: HttpApi, capfd: pytest.CaptureFixture[str], target: bytes) -> None:
    api.bucket = TokenBucket(burst=1000, per_second=1000)
    head = f" HTTP/1.1\r\nConnection: close\r\nX-API-Key: {key_of(api)}\r\n\r\n"
    with raw(api) as connection:
        connection.sendall(b"GET " + target + head.encode())
        answer = said(connection)
    assert answer
    assert "Traceback" not in capfd.readouterr().err


def test_a_fault_of_ours_is_not_hidden(
    api: HttpApi, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "bucket", None)
    with pytest.raises(http.client.RemoteDisconnected):
        get(api, "/v1/stations")
    assert "AttributeError: 'NoneType'" in capfd.readouterr().err
