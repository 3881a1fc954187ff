"""Requests with a body, within bounds."""

import time
from http import HTTPStatus

from sources.systems.http_server import IDLE_SECONDS, BoundedHandler

MAX_BODY_BYTES = 64 * 2**10
BODY_SECONDS = 10.0
"""For the body of a request."""


class BodyHandler(BoundedHandler):
    """One connection: GET requests without a body, POST and DELETE with a small one."""

    def do_POST(self) -> None:
        """Read the body, then answer."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.refuse(HTTPStatus.LENGTH_REQUIRED, "A body needs Content-Length.")
        elif not (length.isascii() and length.isdigit()):
            self.refuse(HTTPStatus.BAD_REQUEST, "Content-Length is no number.")
        elif len(length) > 9 or int(length) > MAX_BODY_BYTES:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {MAX_BODY_BYTES} bytes.")
        elif (body := self._read_body(int(length))) is not None:
            self.answer(body)

    do_DELETE = do_POST

    def handle_expect_100(self) -> bool:
        """Tell the client to send its body; the answer is not written to a buffer."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _read_body(self, length: int) -> bytes | None:
        """So many bytes; None: the client has gone, or takes too long."""
        deadline = time.monotonic() + BODY_SECONDS
        while len(self._received) < length:
            self.connection.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = self.connection.recv(4096)
            if not chunk:
                self.close_connection = True
                return None
            self._received += chunk
        body, self._received = self._received[:length], self._received[length:]
        self.connection.settimeout(IDLE_SECONDS)
        return body
