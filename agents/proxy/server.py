"""An HTTP server on loopback that passes calls on to one provider, puts the key in, and counts tokens."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from agents.wires import Wire, find_wire
from benchmark.usage import TokenUsage
from runtime.sandbox.network import listen_on_loopback

OnCall = Callable[[str, TokenUsage], None]
"""Receives the model and the tokens of each call that was answered."""
Check = Callable[[], str | None]
"""Says why no further call may be made; None = it may."""

_HOP = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "keep-alive"})
_KEY_HEADERS = frozenset({"authorization", "x-api-key", "x-goog-api-key", "api-key"})
_SECONDS = 600.0


class RecordingProxy:
    """Passes calls on while the block runs.

    Args:
        upstream: Address of the provider; nothing else is ever reached.
        key: Put into every call; the agent has `token` in its place.
        on_call: Told of each call, in the thread that made it.
        check: Asked before each call; where it gives a reason, the agent gets a 403 with it.
        network_pid: A process in whose network it listens; None = on this machine's loopback. Calls go out from here.
    """

    def __init__(
        self,
        upstream: str,
        key: str,
        on_call: OnCall,
        check: Check = lambda: None,
        *,
        network_pid: int | None = None,
    ) -> None:
        self.token = f"lockgate-{secrets.token_hex(16)}"
        self.failures: list[str] = []
        """Calls that the provider did not answer: status or error, in order."""
        self.n_answered = 0
        self._upstream = upstream.rstrip("/")
        self._key = key
        self._on_call = on_call
        self._check = check
        self._lock = threading.Lock()
        self._client = httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False)
        handler = type("Handler", (_Handler,), {"owner": self})
        listener = listen_on_loopback(network_pid)
        self._http = ThreadingHTTPServer(listener.getsockname(), handler, bind_and_activate=False)
        self._http.socket.close()
        self._http.socket = listener
        self._http.server_port = listener.getsockname()[1]
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        """What the agent takes for its provider."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> RecordingProxy:
        """Start."""
        threading.Thread(target=self._http.serve_forever, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()
        self._client.close()

    def refusal(self, headers: dict[str, str], path: str) -> tuple[int, str] | None:
        """Why a call is not passed on."""
        given = " ".join(value for name, value in headers.items() if name.lower() in _KEY_HEADERS)
        if self.token not in given and self.token not in path:
            return 401, "This proxy serves the agent of one trial; the token is missing."
        if not path.startswith("/") or "//" in urlsplit(path).path:
            return 400, "The path is not one of the provider's."
        reason = self._check()
        return (403, f"The budget of this trial is used up: {reason}.") if reason else None

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        """Pass a call on; the answer is not read yet."""
        sent = {name: value for name, value in headers.items() if name.lower() not in _HOP}
        sent = {name: value.replace(self.token, self._key) for name, value in sent.items()}
        request = self._client.build_request(
            method, self._upstream + path.replace(self.token, self._key), headers=sent, content=body
        )
        return self._client.send(request, stream=True)

    def count(self, wire: Wire, model: str, body: bytes, is_stream: bool) -> None:
        """Count the tokens of an answer."""
        usage = wire.stream_usage(_events(body)) if is_stream else wire.usage(_parsed(body))
        with self._lock:
            self.n_answered += 1
            self._on_call(model, usage or TokenUsage())

    def note_failure(self, problem: str) -> None:
        """Keep why a call was not answered."""
        with self._lock:
            self.failures.append(problem)


class _Handler(BaseHTTPRequestHandler):
    owner: RecordingProxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a path may hold a key."""

    def do_GET(self) -> None:
        """Pass on."""
        self._pass("GET")

    def do_POST(self) -> None:
        """Pass on."""
        self._pass("POST")

    def _pass(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = dict(self.headers.items())
        refusal = self.owner.refusal(headers, self.path)
        if refusal is not None:
            self._say(*refusal)
            return
        wire = find_wire(self.path) if method == "POST" else None
        model = wire.read(self.path, _parsed(body)).model if wire else ""
        try:
            response = self.owner.forward(method, self.path, headers, body)
        except httpx.HTTPError as error:
            self.owner.note_failure(f"{type(error).__name__}: {error}")
            self._say(502, "The provider cannot be reached.")
            return
        try:
            content = self._relay(response)
        except httpx.HTTPError as error:
            self.owner.note_failure(f"{type(error).__name__}: {error}")
            self.close_connection = True
            return
        finally:
            response.close()
        if wire and response.status_code < 300:
            is_stream = "event-stream" in response.headers.get("content-type", "")
            self.owner.count(wire, model, content, is_stream)
        elif response.status_code == 401 or response.status_code >= 429:
            self.owner.note_failure(f"status {response.status_code}: {content[:300].decode(errors='replace')}")

    def _relay(self, response: httpx.Response) -> bytes:
        """Send an answer on as it comes; returns all of it."""
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            if name.lower() not in _HOP | {"content-encoding"}:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        kept = bytearray()
        for chunk in response.iter_bytes():
            kept += chunk
            self.wfile.write(chunk)
            self.wfile.flush()
        return bytes(kept)

    def _say(self, status: int, message: str) -> None:
        content = json.dumps({"type": "error", "error": {"type": "proxy", "message": message}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _events(body: bytes) -> Iterator[dict[str, Any]]:
    for line in body.decode(errors="replace").split("\n"):  # `splitlines` would end one at U+2028, inside the JSON
        if line.startswith("data:"):
            yield _parsed(line.removeprefix("data:").strip().encode())
