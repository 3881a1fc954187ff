"""The object store of a world: its deliveries as the objects of one bucket."""

import itertools
import socket
from pathlib import Path

from benchmark.source_systems import ObjectStoreSystem
from sources.contract import GeneratedDay, Incident
from sources.systems.errors import SourceSystemError
from sources.systems.file_writing.deliveries import written_files
from sources.systems.interface import SourceServer
from sources.systems.object_store.reader import REGION
from sources.systems.object_store.store import NewObject, ObjectStore

_FAILURES = 2
"""Requests of each kind that are answered 503 where an incident lets HTTP requests fail."""
_TIMEOUT_SECONDS = 5


class ObjectStoreServer(SourceServer):
    """One bucket on a free port of 127.0.0.1.

    Args:
        spec: Bucket, files, documentation.
        folder: For the contents of objects.
    """

    def __init__(self, spec: ObjectStoreSystem, folder: Path) -> None:
        self.spec = spec
        self._store = ObjectStore(spec.name, spec.bucket_name, folder)

    @property
    def environment(self) -> dict[str, str]:
        """What readers are told."""
        values = {
            "ENDPOINT": self._store.endpoint_url,
            "BUCKET": self._store.bucket,
            "REGION": REGION,
            "ACCESS_KEY_ID": self._store.keys.access_key_id,
            "SECRET_ACCESS_KEY": self._store.keys.secret_access_key,
        }
        return {f"{self.spec.name.upper()}_{key}": value for key, value in values.items()}

    def start(self) -> None:
        """Listen; the bucket is empty."""
        self._store.start()

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Every object that was delivered until the last day, with the time of its delivery."""
        day = days[-1]
        faults = incident.file_faults(day.dials.seed) if incident.file_faults else None
        delivered = [file for file in day.deliveries if file.system == self.spec.name]
        objects = (NewObject(*file) for file in written_files(delivered, self.spec.files, faults))
        self._store.show(
            itertools.chain(self._documentation(days[0]), objects), _FAILURES if incident.http_faults else 0
        )

    def _documentation(self, first: GeneratedDay) -> list[NewObject]:
        text = self.spec.documentation
        return [NewObject("README.txt", text.encode(), first.now)] if text else []

    def end_sessions(self) -> None:
        """Close every connection."""
        self._store.end_connections()

    def check(self) -> None:
        """See that somebody listens."""
        address = ("127.0.0.1", int(self._store.endpoint_url.rsplit(":", 1)[1]))
        try:
            socket.create_connection(address, _TIMEOUT_SECONDS).close()
        except OSError as error:
            raise SourceSystemError(self.spec.name, f"the object store does not answer ({error}).") from error

    def stop(self) -> None:
        """Close the port and every connection."""
        self._store.stop()
