"""The objects of one bucket, and how they are listed."""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class StoredObject:
    """One object; its content is a file of the server's folder."""

    key: str
    etag: str
    """MD5 of the content."""
    size_bytes: int
    last_modified: datetime
    content_path: Path


@dataclass(frozen=True)
class Listing:
    """One page of a listing."""

    objects: list[StoredObject]
    common_prefixes: list[str]
    """Parts of keys up to a delimiter that several keys share, as folders are shown."""
    next_marker: str | None
    """The last key or common prefix where there is more; None at the end."""


class Bucket:
    """Objects by key; never changed.

    Args:
        objects: Of several with the same key, the last counts.
    """

    def __init__(self, objects: Iterable[StoredObject] = ()) -> None:
        self._objects = {entry.key: entry for entry in objects}
        self._sorted = sorted((key.encode(), key) for key in self._objects)

    def get(self, key: str) -> StoredObject | None:
        """The object of this key."""
        return self._objects.get(key)

    def listing(self, prefix: str, delimiter: str, marker: str, max_keys: int) -> Listing:
        """One page of keys, in the order of their bytes.

        Args:
            prefix: What keys begin with.
            delimiter: Keys that have it behind the prefix are shown once for all, up to it; empty: every key is shown.
            marker: The page begins behind it.
            max_keys: Keys and common prefixes of the page.
        """
        objects: list[StoredObject] = []
        prefixes: list[str] = []
        last = ""
        place = max(self._place(prefix, is_after=False), self._place(marker, is_after=True) if marker else 0)
        while place < len(self._sorted):
            key = self._sorted[place][1]
            if not key.startswith(prefix):
                break
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            common = key[: end + len(delimiter)] if end >= 0 else ""
            is_shown = not common or common.encode() > marker.encode()
            if is_shown and len(objects) + len(prefixes) >= max_keys:
                return Listing(objects, prefixes, last or None)
            place = self._end_of(common) if common else place + 1
            if common and is_shown:
                prefixes.append(common)
                last = common
            elif not common:
                objects.append(self._objects[key])
                last = key
        return Listing(objects, prefixes, None)

    def _place(self, key: str, *, is_after: bool) -> int:
        find = bisect.bisect_right if is_after else bisect.bisect_left
        return find(self._sorted, key.encode(), key=lambda entry: entry[0])

    def _end_of(self, prefix: str) -> int:
        """Place behind the last key that begins so; 0xff is in no UTF-8 text."""
        return bisect.bisect_left(self._sorted, prefix.encode() + b"\xff", key=lambda entry: entry[0])
