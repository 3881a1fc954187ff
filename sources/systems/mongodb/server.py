"""The document database of a world."""

import socket

from benchmark.source_systems import MongodbSystem
from sources.contract import GeneratedDay, Incident
from sources.systems.errors import SourceSystemError
from sources.systems.interface import SourceServer, tables_of
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.documents import documents_of
from sources.systems.mongodb.store import HOST, DocumentStore

_TIMEOUT_SECONDS = 5


class MongodbServer(SourceServer):
    """One database on a free port of 127.0.0.1.

    Args:
        spec: Its collections.
    """

    def __init__(self, spec: MongodbSystem) -> None:
        self.spec = spec
        self._store = DocumentStore(spec.name)

    @property
    def environment(self) -> dict[str, str]:
        """What readers are told."""
        values = {
            "HOST": HOST,
            "PORT": str(self._store.port),
            "DATABASE": self._store.database,
            "USER": self._store.user,
            "PASSWORD": self._store.password,
        }
        return {f"{self.spec.name.upper()}_{key}": value for key, value in values.items()}

    def start(self) -> None:
        """Listen; the database is empty."""
        self._store.start()

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """The documents of the last day."""
        tables = tables_of(days[-1], self.spec.name)
        self._store.show(
            Collection(name, documents_of(name, tables[name], spec), spec.description, spec.fields)
            for name, spec in self.spec.collections.items()
        )

    def end_sessions(self) -> None:
        """Close every connection and cursor."""
        self._store.end_connections()

    def check(self) -> None:
        """See that somebody listens."""
        try:
            socket.create_connection((HOST, self._store.port), _TIMEOUT_SECONDS).close()
        except OSError as error:
            raise SourceSystemError(self.spec.name, f"the document database does not answer ({error}).") from error

    def stop(self) -> None:
        """Close the port and every connection."""
        self._store.stop()
