"""A small HTTP server for hostile clients: everything that a client may send or hold has a bound.

Not Starlette and uvicorn: they bound neither idle connections nor the time that the head of a request may take, and
importing them costs 0.15 s of a start that takes less than one second.
"""

import io
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from sources.systems.bounded_server import BoundedServer

MAX_HEAD_BYTES = 16 * 2**10
"""Request line and headers."""
HEAD_SECONDS = 10.0
"""For request line and headers, from their first byte."""
IDLE_SECONDS = 60.0
"""Between two requests of one connection, and for a client to take a part of an answer."""
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Request:
    """What a client asks."""

    path: str
    """As it was sent, percent signs and all."""
    query: str
    headers: Message
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """Status, body and headers of a response."""

    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def with_headers(self, headers: Mapping[str, str]) -> "Answer":
        """The same answer with more headers."""
        return replace(self, headers=(*self.headers, *headers.items()))


class BoundedHttpServer:
    """A server on a free port of 127.0.0.1, one thread per connection.

    Args:
        name: For threads and the header `Server`.
        respond: Answers a request, on any thread; None: the connection is closed without an answer.
        handler: What else it understands; None: GET only.
    """

    def __init__(
        self,
        name: str,
        respond: Callable[[Request], Answer | None],
        handler: "type[BoundedHandler] | None" = None,
    ) -> None:
        self._name = name
        self._respond = respond
        self._handler = handler or BoundedHandler
        self._server: BoundedServer | None = None

    @property
    def port(self) -> int:
        """Where it listens; only while started."""
        assert self._server is not None
        port: int = self._server.server_address[1]
        return port

    def start(self) -> None:
        """Listen."""
        handler = type(
            "Handler", (self._handler,), {"respond": staticmethod(self._respond), "server_version": self._name}
        )
        self._server = BoundedServer(handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self._name, daemon=True).start()

    def end_connections(self) -> None:
        """Close every connection; does nothing when it is not started."""
        if self._server is not None:
            self._server.end_connections()

    def stop(self) -> None:
        """Close the port and every connection; does nothing when that was done."""
        if self._server is not None:
            self._server.close()
            self._server = None


class BoundedHandler(BaseHTTPRequestHandler):
    """One connection: GET requests without a body, one after the other."""

    respond: Callable[[Request], Answer | None]
    protocol_version = "HTTP/1.1"
    sys_version = ""
    wbufsize = 65536  # One packet per answer: two small ones would wait 40 ms for each other.
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    _received = b""
    """What came in and does not belong to an answered request."""

    def handle_one_request(self) -> None:
        """Read the head of a request within its bounds, then answer it."""
        self.close_connection = True
        head = self._read_head()
        if head is None:
            return
        self.rfile = io.BytesIO(head)
        super().handle_one_request()

    def do_GET(self) -> None:
        """Answer one request."""
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request has no body here.")
            return
        self.answer(b"")

    def answer(self, body: bytes) -> None:
        """Answer the request whose head was read."""
        try:
            address = urlsplit(self.path)
        except ValueError:
            self.refuse(HTTPStatus.BAD_REQUEST, "This is no address.")
            return
        answer = self.respond(Request(address.path, address.query, self.headers, self.command, body))
        if answer is None:
            self.close_connection = True
        else:
            self.send(answer)

    def refuse(self, status: HTTPStatus, message: str) -> None:
        """Answer and close the connection: what else it holds would be taken for the next request."""
        self.close_connection = True
        self.send(Answer(status, f'{{"error": "{message}"}}'.encode()))

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged."""

    def _read_head(self) -> bytes | None:
        """Request line and headers; None: the client has gone, or takes too long or too much."""
        deadline = None if not self._received else time.monotonic() + HEAD_SECONDS
        while _END_OF_HEAD not in self._received:
            if len(self._received) > MAX_HEAD_BYTES:
                self.requestline, self.request_version, self.command = "", self.protocol_version, "GET"
                self.send(Answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, b'{"error": "Too many headers."}'))
                return None
            self.connection.settimeout(IDLE_SECONDS if deadline is None else max(deadline - time.monotonic(), 0.001))
            chunk = self.connection.recv(4096)
            if not chunk:
                return None
            self._received += chunk
            deadline = deadline or time.monotonic() + HEAD_SECONDS
        head, _, self._received = self._received.partition(_END_OF_HEAD)
        self.connection.settimeout(IDLE_SECONDS)
        return head + _END_OF_HEAD

    def send(self, answer: Answer) -> None:
        """Write an answer whose body is in memory."""
        self.send_response(answer.status)
        if answer.status not in _WITHOUT_BODY:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
