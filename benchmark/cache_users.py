"""Who uses the cache at the moment: what was used since the oldest of these began is not removed.

A user is a locked file. The kernel frees the lock when its process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from benchmark.held_folders import locked_file
from benchmark.paths import cache_dir


class CacheUser(NamedTuple):
    """A block of a running process that needs its entries to stay."""

    since_ns: int
    """When it began, as the file system tells the time."""
    note: str
    """Which process, and what it does."""


@contextmanager
def registered(what_for: str) -> Iterator[None]:
    """Be a user of the cache inside the block.

    Args:
        what_for: For people who wonder what uses the cache.
    """
    path, lock = _users_dir() / f"{uuid4().hex[:16]}.lock", -1
    with suppress(OSError):  # what cannot be written has no entries either
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = locked_file(path)
        os.write(lock, f"process {os.getpid()}: {what_for}".encode())
        os.utime(lock)
    try:
        yield
    finally:
        if lock >= 0:
            path.unlink(missing_ok=True)
            os.close(lock)


def cache_users() -> list[CacheUser]:
    """Return who uses the cache, the oldest first; what killed processes left is removed."""
    users = []
    for path in _users_dir().glob("*.lock"):
        with suppress(OSError):  # it ended just now
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                users.append(CacheUser(os.fstat(lock).st_mtime_ns, os.pread(lock, 200, 0).decode(errors="replace")))
            finally:
                os.close(lock)
    return sorted(users)


@contextmanager
def settled(*, alone: bool) -> Iterator[None]:
    """A moment in which either entries are found or one is removed: nobody is told of an entry that goes just then.

    Args:
        alone: Whether to remove, which needs that nobody else is inside.

    Raises:
        OSError: The cache cannot be written.
    """
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def _users_dir() -> Path:
    return cache_dir() / ".users"
