"""Input of strangers: no token, no end, no sense. Every answer is one sentence; nothing grows, nothing breaks."""

import contextlib
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.loopback_server import MAX_BODY_BYTES, MAX_CONNECTIONS
from agents.model_server import ModelServer, Script
from agents.proxy import RecordingProxy
from tests.agents.proxy.provider import BODY, Provider, answer, port_of, proxy_to, raw, receive
from tests.helpers.examples import n_examples

PATHS = [
    "/v1/messages",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1beta/models/scripted:generateContent",
    "/v1beta/models/scripted:streamGenerateContent",
]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(answer) as started:
        yield started


@pytest.fixture(scope="module")
def proxy(provider: Provider) -> Iterator[RecordingProxy]:
    started, _ = proxy_to(provider)
    with started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer(Script.model_validate({"conversations": [{"turns": [{"text": "hello"}]}]})) as started:
        yield started


@pytest.fixture(autouse=True)
def errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the server would have logged as an error; there must be nothing."""
    said: list[str] = []

    def note(_self: logging.Logger, message: str, *_args: object, **facts: Any) -> None:
        said.append(f"{message} {facts.get('exc_info')!r}")

    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "error", note.__get__(logging.getLogger("uvicorn.error")))
    yield said
    assert said == []


def memory_bytes() -> int:
    return int(Path(f"/proc/{os.getpid()}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def send_zeros(connection: socket.socket, n_bytes: int) -> None:
    piece = b"0" * 2**20
    with contextlib.suppress(OSError):  # the server closes it
        for _ in range(n_bytes // len(piece)):
            connection.sendall(piece)


@pytest.mark.parametrize(("has_token", "status"), [(False, 401), (True, 413)])
def test_a_large_body_is_refused_before_it_is_read(proxy: RecordingProxy, has_token: bool, status: int) -> None:
    before = memory_bytes()
    token = proxy.token if has_token else "none"
    head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: {token}\r\nContent-Length: 734003200\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=20) as connection:
        connection.sendall(head.encode())
        sender = threading.Thread(target=send_zeros, args=(connection, 64 * 2**20), daemon=True)
        sender.start()
        assert connection.recv(100).split(b" ")[1] == str(status).encode()
    assert memory_bytes() - before < 64 * 2**20


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


def test_chunked_bodies_are_read_and_bounded(proxy: RecordingProxy) -> None:
    headers = {"x-api-key": proxy.token, "Transfer-Encoding": "chunked"}
    whole = json.dumps(BODY).encode()
    assert raw(port_of(proxy), "/v1/messages", headers, chunked(whole, 7), has_length=False)[0] == 200
    large = b'{"a": "' + b"x" * (MAX_BODY_BYTES + 10) + b'"}'
    head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: {proxy.token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=30) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(OSError):
            connection.sendall(chunked(large, 2**20))
        assert receive(connection)[0] in (413, 0)


def test_half_open_connections_are_closed_and_bounded(proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.loopback_server.HEADER_SECONDS", 1.0)
    n_threads = threading.active_count()
    connections = [socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=20) for _ in range(300)]
    try:
        for connection in connections[: MAX_CONNECTIONS // 2]:
            connection.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: x\r\n")
        assert threading.active_count() == n_threads
        time.sleep(0.5)
        for connection in connections[: MAX_CONNECTIONS // 2]:
            with contextlib.suppress(OSError):
                connection.sendall(b"X-Slow: y\r\n")  # a byte now and then buys no time
        assert all(receive(connection)[0] in (0, 400) for connection in connections)
    finally:
        for connection in connections:
            connection.close()
    assert (
        httpx.post(f"{proxy.url}/v1/messages", json=BODY, headers={"x-api-key": proxy.token}, timeout=60).status_code
        == 200
    )


BAD_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"hello",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "NaN": b'{"model": NaN}',
    "infinite": b'{"model": "scripted", "messages": [], "temperature": 1e999}',
    "a huge number": b'{"model": ' + b"1" * 10_000 + b"}",
    "no UTF-8": b'{"model": "\xff\xfe"}',
    "half a letter": b'{"model": "\\ud800", "messages": []}',
    "deep": b'{"model": "scripted", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "rather deep": b'{"messages": ' + b"[" * 500 + b"]" * 500 + b"}",
    "many values": b'{"messages": [' + b"{}," * 1_000_000 + b"{}]}",
    "messages null": b'{"model": "scripted", "messages": null, "input": null, "contents": null}',
    "messages a number": b'{"model": "scripted", "messages": 5, "input": 5, "contents": 5}',
    "messages of null": b'{"model": "scripted", "messages": [null], "input": [null], "contents": [null]}',
    "messages of lists": b'{"model": "scripted", "messages": [[]], "input": [[]], "contents": [[]]}',
    "role a list": b'{"model": "x", "messages": [{"role": []}], "input": [{"role": {}}], "contents": [{"role": 1}]}',
    "limit a text": b'{"model": "scripted", "messages": [], "input": "x", "contents": [], "max_tokens": "9", '
    b'"max_output_tokens": -4, "generationConfig": {"maxOutputTokens": "x"}}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_of_another_shape_is_one_sentence(
    proxy: RecordingProxy, server: ModelServer, provider: Provider, path: str, name: str
) -> None:
    n_before = len(provider.seen)
    for port, headers in ((port_of(proxy), {"x-api-key": proxy.token}), (int(server.url.rpartition(":")[2]), {})):
        status, said = raw(port, path, headers, BAD_BODIES[name])
        if headers or not (b'"temperature": 1e999' in BAD_BODIES[name] or name == "limit a text"):
            assert status == 400, said
        message = json.loads(said.partition(b"\r\n\r\n")[2])["error"]["message"]
        assert message.endswith(".")
        assert len(message) < 400
    assert len(provider.seen) == n_before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "type",
                    "text",
                    "parts",
                    "source",
                    "url",
                    "file",
                    "tools",
                    "usage",
                    "name",
                    "functionDeclarations",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = [
    "messages",
    "input",
    "contents",
    "system",
    "instructions",
    "tools",
    "stream",
    "max_tokens",
    "max_output_tokens",
    "generationConfig",
    "generation_config",
    "stream_options",
    "systemInstruction",
    "tool_choice",
    "thinking",
]
REQUESTS = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)


@settings(max_examples=n_examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=REQUESTS, path=st.sampled_from(PATHS))
def test_any_json_is_answered(proxy: RecordingProxy, server: ModelServer, body: dict[str, Any], path: str) -> None:
    content = json.dumps({"model": "scripted", **body}).encode()
    for url, headers in ((proxy.url, {"x-api-key": proxy.token}), (server.url, {})):
        answered = httpx.post(url + path, content=content, headers=headers, timeout=60)
        assert answered.status_code in (200, 400), answered.text


@settings(max_examples=n_examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.binary(max_size=200), body=st.binary(max_size=200), with_token=st.booleans())
def test_any_bytes_are_answered(proxy: RecordingProxy, head: bytes, body: bytes, with_token: bool) -> None:
    token = f"x-api-key: {proxy.token}\r\n" if with_token else ""
    start = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\n{token}".encode()
    with socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=30) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(start + head + b"\r\n\r\n" + body)
            connection.shutdown(socket.SHUT_WR)
        assert receive(connection)[0] in (0, 400, 401, 408, 413, 415, 200, 404)


def test_compressed_bodies_are_not_taken(proxy: RecordingProxy) -> None:
    headers = {"x-api-key": proxy.token, "Content-Encoding": "gzip"}
    assert raw(port_of(proxy), "/v1/messages", headers, b"x")[0] == 415


def test_a_server_that_serves_until_it_is_interrupted_keeps_no_request(tmp_path: Path) -> None:
    server = ModelServer(Script.model_validate({"conversations": [{"turns": [{"text": "hello"}]}]}))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    for _ in range(3):
        assert httpx.post(f"{server.url}/v1/messages", json=BODY, timeout=60).status_code == 200
    assert server.requests == []
    server.__exit__(None, None, None)
    thread.join(10)
    assert not thread.is_alive()
