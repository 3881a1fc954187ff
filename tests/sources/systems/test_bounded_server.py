"""A server's connections, accepted or not, end when it says so."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from sources.systems.bounded_server import MAX_CONNECTIONS, BoundedServer


class Echo(socketserver.BaseRequestHandler):
    """Sends back what comes."""

    def handle(self) -> None:
        while part := self.request.recv(100):
            self.request.sendall(part)


@pytest.fixture
def server() -> Iterator[BoundedServer]:
    with BoundedServer(Echo) as found:
        yield found


def connect(server: BoundedServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=5)


def test_connections_that_nobody_accepted_yet_end_too(server: BoundedServer) -> None:
    waiting = [connect(server) for _ in range(MAX_CONNECTIONS)]
    server.end_connections()
    assert [connection.recv(1) for connection in waiting] == [b""] * MAX_CONNECTIONS
    for connection in waiting:
        connection.close()


def test_whenever_connections_are_ended_those_before_end_and_those_after_are_served(server: BoundedServer) -> None:
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    for _ in range(50):
        with contextlib.ExitStack() as stack:
            before = [stack.enter_context(connect(server)) for _ in range(8)]
            server.end_connections()
            after = stack.enter_context(connect(server))
            assert [connection.recv(1) for connection in before] == [b""] * 8
            after.sendall(b"x")
            assert after.recv(1) == b"x"
    server.close()
