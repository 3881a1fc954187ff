"""An object store on a free port of 127.0.0.1: one bucket, which its readers can list and read and nothing else.

Not moto: its server checks no signature, keeps whole objects in memory for every request, bounds nothing that a client
may send, and takes 0.8 s to import. The tests hold this server's answers against those of moto.
"""

import hashlib
import secrets
import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sources.systems.http_server import Answer, BoundedHttpServer, Request
from sources.systems.object_store import answers
from sources.systems.object_store.bucket import Bucket, StoredObject
from sources.systems.object_store.http_handler import ObjectStoreHandler
from sources.systems.object_store.reader import answer
from sources.systems.object_store.signature import Keys


@dataclass(frozen=True)
class NewObject:
    """An object that is to be shown."""

    key: str
    content: bytes
    last_modified: datetime
    """With time zone; whole seconds count."""


class ObjectStore:
    """One bucket, served from threads of this process.

    Args:
        name: Of the source system.
        bucket: Name of the bucket.
        folder: For the contents of objects; made by `show`, removed by `stop`.
    """

    def __init__(self, name: str, bucket: str, folder: Path) -> None:
        self.bucket = bucket
        self.keys = Keys(secrets.token_hex(10).upper(), secrets.token_urlsafe(30))
        self._folder = folder
        self._objects = Bucket()
        self._failures = {"list": 0, "object": 0}
        self._lock = threading.Lock()
        self._generation = 0
        self._server = BoundedHttpServer(name, self._respond, ObjectStoreHandler)

    @property
    def endpoint_url(self) -> str:
        """Address without a slash at the end; only while started."""
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Listen; the bucket is empty."""
        self._server.start()

    def show(self, objects: Iterable[NewObject], n_failures: int = 0) -> None:
        """Start over with other objects; address and keys stay.

        Args:
            objects: Of several with the same key, the last counts.
            n_failures: So many requests for lists, and so many for objects, are answered 503 before the first is not.
        """
        before = self._folder / str(self._generation)
        self._generation += 1
        folder = self._folder / str(self._generation)
        folder.mkdir(parents=True)
        stored = Bucket([_written(entry, folder / str(number)) for number, entry in enumerate(objects)])
        with self._lock:
            self._objects = stored
            self._failures = dict.fromkeys(self._failures, n_failures)
        self.end_connections()
        shutil.rmtree(before, ignore_errors=True)

    def end_connections(self) -> None:
        """Close every connection."""
        self._server.end_connections()

    def stop(self) -> None:
        """Close the port and every connection, and remove the contents; does nothing when that was done."""
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _respond(self, request: Request) -> Answer:
        if self._fails("object" if request.path.count("/") > 1 and not request.path.endswith("/") else "list"):
            return answers.error("SlowDown", request.path)
        return answer(request, self.bucket, self._objects, self.keys)

    def _fails(self, kind: str) -> bool:
        with self._lock:
            is_failure = self._failures[kind] > 0
            self._failures[kind] -= is_failure
        return is_failure


def _written(entry: NewObject, path: Path) -> StoredObject:
    path.write_bytes(entry.content)
    etag = hashlib.md5(entry.content, usedforsecurity=False).hexdigest()
    return StoredObject(entry.key, etag, len(entry.content), entry.last_modified.replace(microsecond=0), path)
