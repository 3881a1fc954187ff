"""The HTTP server: four wire formats, one script."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from agents.model_server.script import FaultKind, Script, ScriptedTurn
from agents.wires import Wire, find_wire

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
        self.requests: list[dict[str, Any]] = []
        """What came in, in order: `path`, `headers`, `body`."""
        self._faults_given: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        """Base address, without `/v1`."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> ModelServer:
        """Start to answer."""
        threading.Thread(target=self._http.serve_forever, name="model-server", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def serve(self) -> None:
        """Answer in this thread until it is interrupted."""
        try:
            self._http.serve_forever()
        finally:
            self._http.server_close()

    def record(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        """Keep a request, for whoever looks."""
        with self._lock:
            self.requests.append({"path": path, "headers": headers, "body": body})

    def next_fault(self, turn: ScriptedTurn, key: str) -> FaultKind | None:
        """The fault that is due for a turn, if any; each is given once in the life of the server."""
        with self._lock:
            given = self._faults_given[key]
            if given >= len(turn.faults):
                return None
            self._faults_given[key] += 1
        return turn.faults[given]

    def wait_silently(self) -> None:
        """Say nothing for as long as the script's timeout."""
        self._closing.wait(self.script.timeout_seconds)


class _Handler(BaseHTTPRequestHandler):
    owner: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """Some clients list the models first."""
        self._send(200, {"object": "list", "data": [{"id": "scripted", "object": "model"}], "models": []})

    def do_HEAD(self) -> None:
        """Some clients ask whether anybody is there."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        """A call of the model."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wire = find_wire(self.path)
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            self._send(400, {"error": {"message": "The body is not JSON."}})
            return
        self.owner.record(self.path, dict(self.headers.items()), body)
        if self.path.partition("?")[0].endswith(("/count_tokens", ":countTokens")):
            self._send(200, {"input_tokens": len(raw) // 4, "totalTokens": len(raw) // 4})
        elif wire is None:
            self._send(404, {"error": {"message": f"No wire format of this server has the path {self.path}."}})
        else:
            self._answer(wire, body)

    def _answer(self, wire: Wire, body: dict[str, Any]) -> None:
        seen = wire.read(self.path, body)
        conversation = self.owner.script.find(seen.opening)
        if conversation is None:
            self._send(400, wire.error(400, "No conversation of the script fits this request's opening.", "script"))
            return
        if seen.n_turns >= len(conversation.turns):
            message = f"The script has {len(conversation.turns)} turns here; turn {seen.n_turns + 1} was asked for."
            self._send(400, wire.error(400, message, "script"))
            return
        turn = conversation.turns[seen.n_turns]
        fault = self.owner.next_fault(turn, f"{conversation.when}/{seen.n_turns}")
        if fault in ("timeout", "disconnect"):
            if fault == "timeout":
                self.owner.wait_silently()
            self.close_connection = True
        elif fault is not None:
            status, message, code = _FAULTS[fault]
            self._send(status, wire.error(status, message, code))
        elif seen.is_stream:
            self._stream(wire, turn.turn(seen.n_turns), seen.model)
        else:
            self._send(200, wire.answer(turn.turn(seen.n_turns), seen.model))

    def _stream(self, wire: Wire, turn: Any, model: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for name, data in wire.stream(turn, model):
            head = f"event: {name}\n" if name else ""
            text = data if isinstance(data, str) else json.dumps(data)
            self.wfile.write(f"{head}data: {text}\n\n".encode())
            self.wfile.flush()

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(content)
