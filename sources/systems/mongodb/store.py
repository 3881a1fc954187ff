"""A document database on a free port of 127.0.0.1 that speaks MongoDB's wire protocol; its readers can only read.

No server of it can be installed from the package indices. This one has what a load needs: docs/sources.md lists it.
"""

import contextlib
import itertools
import secrets
import socketserver
import threading
from collections.abc import Iterable

from sources.systems.bounded_server import BoundedServer
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.commands import answer
from sources.systems.mongodb.scram import Credentials
from sources.systems.mongodb.served import Database, Session
from sources.systems.mongodb.wire import ProtocolError, answer_bytes, read_message

HOST = "127.0.0.1"


class DocumentStore:
    """One database, served from threads of this process.

    Args:
        database: Its name.
        user: Who may read it.
    """

    def __init__(self, database: str, user: str = "reader") -> None:
        self.database = database
        self.user = user
        self.password = secrets.token_urlsafe(18)
        self._credentials = Credentials.of(user, self.password)
        self._server: BoundedServer | None = None
        self._served = Database(database, self._credentials, {})
        self._numbers = itertools.count(1)

    @property
    def port(self) -> int:
        """Where it listens; only while started."""
        assert self._server is not None
        port: int = self._server.server_address[1]
        return port

    def start(self) -> None:
        """Listen; the database is empty."""
        self._server = BoundedServer(type("Handler", (_Handler,), {"store": self}))
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=f"{self.database} (mongodb)", daemon=True
        ).start()

    def show(self, collections: Iterable[Collection]) -> None:
        """Start over with other documents; connections and cursors are closed, address and password stay."""
        served = Database(self.database, self._credentials, {found.name: found for found in collections})
        before, self._served = self._served, served
        before.cursors.close_all()
        self.end_connections()

    def end_connections(self) -> None:
        """Close every connection and cursor; does nothing when it is not started."""
        self._served.cursors.close_all()
        if self._server is not None:
            self._server.end_connections()

    def stop(self) -> None:
        """Close the port and every connection; does nothing when that was done."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def serve(self, handler: socketserver.BaseRequestHandler) -> None:
        """Answer the commands of one connection until it ends."""
        session = Session(next(self._numbers))
        with contextlib.suppress(ProtocolError):
            while (message := read_message(handler.request)) is not None:
                document = answer(self._served, session, message.database, message.command)
                if message.wants_answer:
                    handler.request.sendall(answer_bytes(message, document))


class _Handler(socketserver.BaseRequestHandler):
    store: DocumentStore

    def handle(self) -> None:
        self.store.serve(self)
