"""The HTTP server: four wire formats, one script."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from agents.loopback_server import BodyError, LoopbackServer, hang_up, read_body
from agents.model_server.script import FaultKind, Script, ScriptedTurn
from agents.wires import RequestError, Turn, Wire, find_wire, parse_body

MAX_REQUESTS_KEPT = 1000
"""The latest ones. A server that serves until it is interrupted keeps none: nobody looks."""

_FAULTS: dict[str, tuple[int, str, str]] = {
    "rate_limit": (429, "Rate limit reached for requests.", "rate_limit_exceeded"),
    "server_error": (500, "The server had an error while processing your request.", "server_error"),
    "overloaded": (529, "Overloaded.", "overloaded"),
    "context_overflow": (
        400,
        "prompt is too long: This model's maximum context length is 8192 tokens; your messages have more.",
        "context_length_exceeded",
    ),
    "bad_key": (401, "Incorrect API key provided.", "invalid_api_key"),
}


class ModelServer:
    """Serves a script on loopback, in a thread, while the block runs.

    Args:
        script: What it answers.
        port: 0 = any that is free.
    """

    def __init__(self, script: Script, port: int = 0) -> None:
        self.script = script
        self._kept: deque[dict[str, Any]] = deque(maxlen=MAX_REQUESTS_KEPT)
        self._faults_given: Counter[tuple[int, int]] = Counter()
        self._lock = threading.Lock()
        paths = [Route("/{path:path}", self._respond, methods=["GET", "HEAD", "POST"])]
        self._http = LoopbackServer(Starlette(routes=paths), socket.create_server(("127.0.0.1", port)))

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The latest calls that came in, in order: `path`, `headers` (case does not matter), `body`."""
        with self._lock:
            return list(self._kept)

    @property
    def url(self) -> str:
        """Base address, without `/v1`."""
        return f"http://127.0.0.1:{self._http.port}"

    def __enter__(self) -> ModelServer:
        """Start to answer, in a thread."""
        self._http.start("model-server")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and its thread."""
        self._http.stop()

    def serve(self) -> None:
        """Answer in this thread until it is interrupted."""
        self._kept = deque(maxlen=0)
        self._http.run()

    async def _respond(self, request: Request) -> Response:
        path = request.url.path
        if request.method != "POST":  # some clients list the models first, or ask whether anybody is there
            return _json({"object": "list", "data": [{"id": "scripted", "object": "model"}], "models": []})
        try:
            content = await read_body(request)
            body = parse_body(content or b"{}")
            self._keep(path, request.headers, body)
            if path.endswith(("/count_tokens", ":countTokens")):
                return _json({"input_tokens": len(content) // 4, "totalTokens": len(content) // 4})
            wire = find_wire(path)
            if wire is None:
                return _error(404, f"No wire format of this server has the path {path}.")
            return await self._answer(request, wire, body)
        except BodyError as error:
            return _error(error.status, error.message)
        except RequestError as error:
            return _error(400, str(error))

    def _keep(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        with self._lock:
            self._kept.append({"path": path, "headers": headers, "body": body})

    async def _answer(self, request: Request, wire: Wire, body: dict[str, Any]) -> Response:
        seen = wire.read(request.url.path, body)
        conversation = self.script.find(seen.opening)
        if conversation is None:
            return _error(400, "No conversation of the script fits this request's opening.", wire)
        if seen.n_turns >= len(conversation.turns):
            told = f"The script has {len(conversation.turns)} turns here; turn {seen.n_turns + 1} was asked for."
            return _error(400, told, wire)
        scripted = conversation.turns[seen.n_turns]
        fault = self._next_fault(scripted, (self.script.conversations.index(conversation), seen.n_turns))
        if fault is not None:
            return await self._fail(request, wire, fault)
        turn = scripted.turn(seen.n_turns)
        if seen.is_stream:
            return StreamingResponse(_events(wire, turn, seen.model), media_type="text/event-stream")
        return _json(wire.answer(turn, seen.model))

    def _next_fault(self, turn: ScriptedTurn, place: tuple[int, int]) -> FaultKind | None:
        """The fault that is due for a turn, if any; each is given once in the life of the server."""
        given = self._faults_given[place]
        if given >= len(turn.faults):
            return None
        self._faults_given[place] += 1
        return turn.faults[given]

    async def _fail(self, request: Request, wire: Wire, fault: FaultKind) -> Response:
        if fault in _FAULTS:
            status, message, code = _FAULTS[fault]
            headers = {"Retry-After": "0"} if status == 429 else {}
            return _json(wire.error(status, message, code), status, headers)
        if fault == "timeout":
            await asyncio.sleep(self.script.timeout_seconds)
        hang_up(request)
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response(status_code=500)  # nobody is there to read it


async def _events(wire: Wire, turn: Turn, model: str) -> AsyncIterator[bytes]:
    for name, data in wire.stream(turn, model):
        head = f"event: {name}\n" if name else ""
        text = data if isinstance(data, str) else json.dumps(data)
        yield f"{head}data: {text}\n\n".encode()


def _json(body: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in ASCII: a script may hold half a letter, which UTF-8 cannot."""
    return Response(json.dumps(body), status, headers, "application/json")


def _error(status: int, message: str, wire: Wire | None = None) -> Response:
    return _json(wire.error(status, message, "script") if wire else {"error": {"message": message}}, status)
