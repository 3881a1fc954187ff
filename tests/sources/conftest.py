"""Real servers for tests of connectors and loader: PostgreSQL, and a small HTTP API whose answers a test writes."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sources.systems.postgres import PostgresServer
from tests.helpers.shared_home import SHARED_HOME


@pytest.fixture(scope="session")
def shared_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(SHARED_HOME))
        with PostgresServer(tmp_path_factory.mktemp("postgres") / "server") as server:
            yield server


@pytest.fixture
def postgres(shared_postgres: PostgresServer) -> PostgresServer:
    """A server with an empty schema `ops`."""
    shared_postgres.execute("drop schema if exists ops cascade; create schema ops")
    return shared_postgres


@dataclass
class Reply:
    """What the API answers to one request."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Api:
    """A running API: `answer(path, parameters)` decides; `requests` has what came in, in order."""

    url: str
    answer: Callable[[str, dict[str, str]], Reply] = lambda _path, _parameters: Reply({"data": []})
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def api() -> Iterator[Api]:
    """An API that wants the header `X-API-Key: secret-key`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            parameters = dict(parse_qsl(address.query))
            running.requests.append((address.path, parameters))
            is_allowed = self.headers.get("X-API-Key") == "secret-key"
            reply = running.answer(address.path, parameters) if is_allowed else Reply({"error": "no key"}, 401)
            body = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    running = Api(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    server.shutdown()
    server.server_close()
