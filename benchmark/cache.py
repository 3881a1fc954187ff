"""What can be made again at any time, kept in files and folders `cache/KIND/NAME`: entries.

Each appears whole, and one that is damaged is none: a file begins with a checksum, a folder has a list of its files and
their sizes (a machine that loses its power can leave empty files). All of them together stay under one limit,
`LOCKGATE_CACHE_GB`; what was used longest ago goes first (`benchmark/cache_limit.py`). Whoever needs an entry for
longer than it takes to read it says so by `in_use`. A reader finds no entry, or loses one of a single file, and makes
it again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmark.cache_limit import discard, disk_bytes, limit_bytes, make_room_if_needed, note_added
from benchmark.cache_users import registered, settled
from benchmark.files import write_atomic
from benchmark.held_folders import HeldFolder
from benchmark.paths import cache_dir

_N_LOCKS = 64
_SIZES = ".sizes.json"
"""In the folder of an entry: path of each file below it -> bytes."""


@contextmanager
def in_use(what_for: str) -> Iterator[None]:
    """Keep every entry that is used or added inside the block, by whichever process, until the block ends.

    Args:
        what_for: For people who wonder what uses the cache.
    """
    with registered(what_for):
        yield
    make_room_if_needed(limit_bytes())


def find_entry(entry: Path) -> bool:
    """Return whether an entry is there, and mark it as used just now. One that is damaged is removed."""
    if entry.is_dir() and not _is_whole(entry):
        discard(entry)
        return False
    try:
        with settled(alone=False):
            os.utime(entry)
    except OSError:
        return entry.exists()  # where nothing can be written, nothing is removed
    return True


def read_entry(entry: Path) -> str | None:
    """Return the text of an entry that is a file, None where none is whole, and mark it as used just now."""
    try:
        checksum, _, content = entry.read_bytes().partition(b"\n")
    except OSError:
        return None
    if checksum != _checksum(entry, content):
        return None
    with suppress(OSError):
        os.utime(entry)
    return content.decode()


def write_entry(entry: Path, text: str) -> None:
    """Add an entry that is a file, or replace it.

    Raises:
        OSError: It cannot be written.
        LockgateError: `LOCKGATE_CACHE_GB` is no number above 0.
    """
    content = text.encode("utf-8", "backslashreplace")
    if entry.is_dir():
        discard(entry)
    write_atomic(entry, f"{_checksum(entry, content).decode()}\n{content.decode()}")
    note_added(disk_bytes(entry))


def _checksum(entry: Path, content: bytes) -> bytes:
    """Of a content under this name: another entry's in its place is damage, too."""
    return hashlib.sha256(f"{entry.parent.name}/{entry.name}\n".encode() + content).hexdigest().encode()


@contextmanager
def new_entry(entry: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `entry` when the block ends well, unless another process was faster.

    Raises:
        OSError: It cannot be made.
        LockgateError: `LOCKGATE_CACHE_GB` is no number above 0.
    """
    held = HeldFolder(cache_dir() / ".building", f"{entry.parent.name}/{entry.name}")
    try:
        yield held.path
        (held.path / _SIZES).write_text(json.dumps(_sizes(held.path), sort_keys=True), encoding="utf-8")
        n_bytes = disk_bytes(held.path)
        os.utime(held.path)
        entry.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            held.path.rename(entry)
            note_added(n_bytes)
    finally:
        held.close()


def _is_whole(entry: Path) -> bool:
    """Whether all files that a folder was made with are there in their sizes. Users may add others."""
    try:
        made = json.loads((entry / _SIZES).read_text(encoding="utf-8"))
        return bool(made.items() <= _sizes(entry).items())
    except (OSError, ValueError, AttributeError):
        return False


def _sizes(folder: Path) -> dict[str, int]:
    found, todo = {}, [("", str(folder))]
    while todo:
        above, parent = todo.pop()
        with os.scandir(parent) as items:
            for item in items:
                if item.is_dir(follow_symlinks=False):
                    todo.append((f"{above}{item.name}/", item.path))
                elif item.name != _SIZES:
                    found[f"{above}{item.name}"] = item.stat(follow_symlinks=False).st_size
    return found


@contextmanager
def one_at_a_time(kind: str, name: str) -> Iterator[None]:
    """Let one process at a time, of all that use this cache, be inside a block by this name; the others wait.

    Where the cache cannot be written, nobody waits.

    Args:
        kind: Of the entry; a block may be inside one of another kind.
        name: Of the entry.
    """
    folder, lock = cache_dir() / ".locks", None
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        # A few files for all names, which nobody has to remove: two names may share one.
        path = folder / f"{kind}-{zlib.crc32(name.encode()) % _N_LOCKS:02}.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)
