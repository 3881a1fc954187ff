"""Open cursors: the rest of an answer that is longer than one batch."""

import itertools
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bson import Int64
from bson.raw_bson import RawBSONDocument

from sources.systems.mongodb.bson_order import Document
from sources.systems.mongodb.errors import CommandError
from sources.systems.mongodb.time_limit import TimeLimit

MAX_CURSORS = 64
"""Open at once; the one that was not used for longest is closed for a new one."""
BATCH_BYTES = 4 * 1024 * 1024
"""Of the documents of one answer, which ends with the one that reaches this."""
FIRST_BATCH = 101
"""Documents of a first batch whose size is not asked for."""
_MOST_DOCUMENTS = 1_000_000


@dataclass
class _Cursor:
    namespace: str
    documents: Iterator[bytes]
    limit: TimeLimit


class Cursors:
    """The open cursors of a server; any connection may go on with any."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, _Cursor] = OrderedDict()
        self._lock = threading.Lock()

    def first_batch(
        self, namespace: str, documents: Iterator[bytes], limit: TimeLimit, size: Any = None, *, is_only: bool = False
    ) -> Document:
        """The answer to a command that gives documents.

        Args:
            namespace: `database.collection`.
            documents: Encoded.
            limit: Which they check.
            size: Documents of the batch; None = `FIRST_BATCH`.
            is_only: The rest is not wanted.
        """
        cursor = _Cursor(namespace, documents, limit)
        batch, is_finished = _batch(cursor, FIRST_BATCH if size is None else _size(size))
        number = 0 if is_finished or is_only else self._keep(cursor, secrets.randbits(62) | 1)
        return {"cursor": {"firstBatch": batch, "id": Int64(number), "ns": namespace}, "ok": 1.0}

    def next_batch(self, number: Any, namespace: str, size: Any, max_time_ms: Any) -> Document:
        """The answer to `getMore`.

        Raises:
            CommandError: There is no such cursor (any more).
        """
        with self._lock:
            cursor = self._open.pop(number, None) if isinstance(number, int) else None
        if cursor is None or cursor.namespace != namespace:
            raise CommandError("CursorNotFound", f"cursor id {number} not found")
        cursor.limit.restart(max_time_ms)
        batch, is_finished = _batch(cursor, _size(size) or _MOST_DOCUMENTS)
        number = 0 if is_finished else self._keep(cursor, number)
        return {"cursor": {"nextBatch": batch, "id": Int64(number), "ns": namespace}, "ok": 1.0}

    def kill(self, numbers: Any) -> Document:
        """The answer to `killCursors`."""
        killed: list[Any] = []
        unknown: list[Any] = []
        for number in numbers if isinstance(numbers, list) else []:
            with self._lock:
                found = self._open.pop(number, None) if isinstance(number, int) else None
            (killed if found else unknown).append(number)
        return {
            "cursorsKilled": killed,
            "cursorsNotFound": unknown,
            "cursorsAlive": [],
            "cursorsUnknown": [],
            "ok": 1.0,
        }

    def close_all(self) -> None:
        """Close every cursor."""
        with self._lock:
            self._open.clear()

    def _keep(self, cursor: _Cursor, number: int) -> int:
        with self._lock:
            self._open[number] = cursor
            while len(self._open) > MAX_CURSORS:
                self._open.popitem(last=False)
        return number


def _batch(cursor: _Cursor, size: int) -> tuple[list[RawBSONDocument], bool]:
    """Documents, and whether they are the last."""
    batch: list[RawBSONDocument] = []
    n_bytes = 0
    while len(batch) < size and n_bytes < BATCH_BYTES:
        encoded = next(cursor.documents, None)
        if encoded is None:
            return batch, True
        batch.append(RawBSONDocument(encoded))
        n_bytes += len(encoded)
    following = next(cursor.documents, None)
    if following is None:
        return batch, True
    cursor.documents = itertools.chain((following,), cursor.documents)
    return batch, False


def _size(size: Any) -> int:
    if size is None:
        return 0
    if not isinstance(size, int | float) or isinstance(size, bool) or not 0 <= size < 2**31:
        raise CommandError("BadValue", "batchSize must be a whole number, 0 or more")
    return int(size)
