"""Providers for tests: real HTTP servers that misbehave, and a client that sends bytes as they stand."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from agents.budget import Spending
from agents.loopback_server import LoopbackServer
from agents.proxy import RecordingProxy
from benchmark.budget import Budget

KEY = "sk-planted/key+of=the_harness-0123456789"
BODY = {"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 50}
ANSWER = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "hello"}],
    "usage": {"input_tokens": 100, "output_tokens": 20},
}

Handler = Callable[[Request], Awaitable[Response]]


class Provider:
    """Answers every request by a function, and keeps what came in."""

    def __init__(self, handler: Handler) -> None:
        self.seen: list[dict[str, Any]] = []
        self._handler = handler
        self._lock = threading.Lock()
        self._http = LoopbackServer(self._serve, socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.port}"

    def __enter__(self) -> Provider:
        self._http.start("provider")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.stop()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        target = scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
        with self._lock:
            self.seen.append({"target": target, "headers": request.headers, "body": json.loads(body or b"null")})
        await (await self._handler(request))(scope, receive, send)


async def answer(_request: Request) -> Response:
    return Response(json.dumps(ANSWER), media_type="application/json")


def events(*pieces: bytes, seconds: float = 0.0) -> Response:
    """A stream of these pieces, each sent by itself."""

    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
            await asyncio.sleep(seconds)

    return StreamingResponse(stream(), media_type="text/event-stream")


def proxy_to(provider: Provider, budget: Budget | None = None, key: str = KEY) -> tuple[RecordingProxy, Spending]:
    spending = Spending(budget or Budget())
    return RecordingProxy(provider.url, key, "scripted", spending), spending


def raw(
    port: int,
    target: str,
    headers: dict[str, str],
    body: bytes = b"",
    method: str = "POST",
    *,
    has_length: bool = True,
) -> tuple[int, bytes]:
    """Send a request as it stands; status and everything that came back."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if has_length else []
    with socket.create_connection(("127.0.0.1", port), timeout=90) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return receive(connection)


def receive(connection: socket.socket) -> tuple[int, bytes]:
    content = b""
    try:
        while piece := connection.recv(65536):
            content += piece
    except ConnectionResetError:
        pass
    status = content.split(b" ", 2)[1] if content.startswith(b"HTTP/") else b"0"
    return int(status), content


def port_of(proxy: RecordingProxy) -> int:
    return int(proxy.url.rpartition(":")[2])
