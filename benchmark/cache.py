"""What can be made again at any time, kept in files and folders `cache/KIND/NAME`: entries.

Each appears whole. All of them together stay under one limit, `LOCKGATE_CACHE_GB`; what was used longest ago goes first
(`benchmark/cache_limit.py`). Whoever needs an entry for longer than it takes to read it says so by `in_use`. A reader
finds no entry, or loses one of a single file, and makes it again.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmark.cache_limit import disk_bytes, limit_bytes, make_room_if_needed, note_added
from benchmark.cache_users import registered, settled
from benchmark.files import write_atomic
from benchmark.held_folders import HeldFolder
from benchmark.paths import cache_dir

_N_LOCKS = 64


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
    """Return whether an entry is there, and mark it as used just now."""
    try:
        with settled(alone=False):
            os.utime(entry)
    except OSError:
        return entry.exists()  # where nothing can be written, nothing is removed
    return True


def read_entry(entry: Path) -> str | None:
    """Return the text of an entry that is a file, None where there is none, and mark it as used just now."""
    try:
        text = entry.read_text(encoding="utf-8")
    except OSError:
        return None
    with suppress(OSError):
        os.utime(entry)
    return text


def write_entry(entry: Path, text: str) -> None:
    """Add an entry that is a file, or replace it.

    Raises:
        OSError: It cannot be written.
        LockgateError: `LOCKGATE_CACHE_GB` is no number above 0.
    """
    write_atomic(entry, text)
    note_added(disk_bytes(entry))


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
        n_bytes = disk_bytes(held.path)
        os.utime(held.path)
        entry.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            held.path.rename(entry)
            note_added(n_bytes)
    finally:
        held.close()


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
