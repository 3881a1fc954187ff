"""A TCP server for hostile clients: so many connections at once and no more, each of which can be ended."""

import contextlib
import socket
import socketserver
import sys
import threading
import time
import traceback
from typing import Any

MAX_CONNECTIONS = 64
"""At once; one more is closed without an answer."""
_END_SECONDS = 5.0
"""For requests under way to notice that their connection is closed."""


class BoundedServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1, one thread per connection.

    Args:
        handler: What a connection is served by.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.socket.setblocking(False)  # `end_connections` may have taken the one that `serve_forever` is woken for
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; from then on `end_connections` ends it."""
        with self._lock:
            request, client_address = super().get_request()
            self._connections.add(request)
        return request, client_address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is room for this connection."""
        return len(self._connections) <= MAX_CONNECTIONS

    def close_request(self, request: Any) -> None:
        """Close a connection that was accepted."""
        with self._lock:
            self._connections.discard(request)
        super().close_request(request)

    def close(self) -> None:
        """Close the port and every connection; `serve_forever` runs on another thread."""
        self.shutdown()
        self.server_close()
        self.end_connections()

    def end_connections(self) -> None:
        """Close every connection, also those that wait to be accepted, and wait until nobody serves them."""
        with self._lock:
            self._refuse_waiting()
            for connection in self._connections:
                with contextlib.suppress(OSError):  # It was closed by the client.
                    connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _END_SECONDS
        while self._connections and time.monotonic() < deadline:
            time.sleep(0.002)

    def _refuse_waiting(self) -> None:
        for _ in range(2 * self.request_queue_size):  # of a client that connects without end some stay
            try:
                connection, _address = self.socket.accept()
            except OSError:  # None waits, or the port is closed.
                return
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect; all else is a fault of ours, for the log."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()
