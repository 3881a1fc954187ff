"""One connection to the object store: any method, bodies that are thrown away, objects sent from their files."""

import contextlib
import socket
import time
from urllib.parse import urlsplit

from sources.systems.http_server import Answer, BoundedHandler, Request
from sources.systems.object_store import answers
from sources.systems.object_store.answers import FileRange, ObjectAnswer

_BLOCK_BYTES = 256 * 1024
_MOST_BODY_BYTES = 1024 * 1024
"""Of a refused request, so much is read before the answer, or the client would not see it."""
_BODY_SECONDS = 2.0


class ObjectStoreHandler(BoundedHandler):
    """Answers GET and HEAD as `respond` says; every other method is refused by it."""

    def do_GET(self) -> None:
        """Answer one request."""
        has_body = self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers
        if has_body:
            self.close_connection = True  # Its body would be taken for the next request.
            self._skip_body()
        try:
            address = urlsplit(self.path)
        except ValueError:
            self.close_connection = True
            self.send(answers.error("InvalidURI"))
            return
        answer = self.respond(Request(address.path, address.query, self.headers, self.command))
        if answer is None:
            self.close_connection = True
        else:
            self.send(answer)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_OPTIONS = do_GET

    def handle_expect_100(self) -> bool:
        """No body is wanted, so the client is not told to go on; the answer follows."""
        return True

    def send(self, answer: Answer) -> None:
        """Write an answer; to HEAD without its body."""
        part = answer.content if isinstance(answer, ObjectAnswer) else None
        has_body = self.command != "HEAD" and answer.status != 304
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if answer.status != 304:
            self.send_header("Content-Length", str(part.n_bytes if part else len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if has_body:
            self.wfile.write(answer.body)
            if part is not None:
                self._send_file(part)
        self.wfile.flush()

    def _send_file(self, part: FileRange) -> None:
        with part.path.open("rb") as file:
            file.seek(part.first_byte)
            left = part.n_bytes
            while left:
                block = file.read(min(left, _BLOCK_BYTES))
                if not block:  # Another day is shown now, and the content is gone.
                    self.close_connection = True
                    return
                self.wfile.write(block)
                left -= len(block)

    def _skip_body(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            return
        deadline = time.monotonic() + _BODY_SECONDS
        length = self.headers.get("Content-Length", "")
        wanted = int(length) if length.isascii() and length.isdigit() and len(length) < 12 else _MOST_BODY_BYTES
        n_read = len(self._received)
        with contextlib.suppress(TimeoutError, socket.timeout):
            while n_read < min(wanted, _MOST_BODY_BYTES):
                self.connection.settimeout(max(deadline - time.monotonic(), 0.001))
                block = self.connection.recv(65536)
                if not block:
                    return
                n_read += len(block)
