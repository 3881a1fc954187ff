"""How much the cache may hold, and removing what was used longest ago.

The size is kept in a file and only counted where that is absent, or says that there is too much.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from benchmark.cache_users import cache_users, settled
from benchmark.errors import LockgateError
from benchmark.held_folders import remove_folder, remove_leftovers
from benchmark.paths import cache_dir

VARIABLE = "LOCKGATE_CACHE_GB"
DEFAULT_GB = 10.0
GB = 1_000_000_000
KINDS = frozenset(
    {"base", "brief_scorecards", "builds", "clusters", "components", "cuts", "expectations", "generated", "gold",
     "lint", "loads", "mysql", "mysql-databases", "parses", "postgres", "proof", "repeated", "rescored", "results",
     "rewritings", "start_graphs"}
)  # fmt: skip
"""Folders of the cache that hold entries. Any other is not ours: it is not counted, and never removed."""
OWN_FILES = (".lock", ".size", ".users", ".locks", ".building", ".making-room")
"""Beside the kinds; a folder that has none of them has never been our cache."""
_FILLED = 0.9
"""To which fraction of the limit the cache is emptied, so that not every new entry removes another one."""
_PAUSE = 20
"""While what is in use is too much, the next count waits so many times as long as the last one took."""


class CacheEntry(NamedTuple):
    """A file or folder `KIND/NAME` of the cache."""

    path: Path
    n_bytes: int
    """Room on the disk."""
    used_ns: int
    """When it was used last, or made."""

    @property
    def kind(self) -> str:
        """What it holds, for example `gold`."""
        return self.path.parent.name


def limit_bytes() -> int:
    """Return how much the cache may hold.

    Raises:
        LockgateError: `LOCKGATE_CACHE_GB` is no number above 0.
    """
    text = os.environ.get(VARIABLE, "").strip()
    try:
        gigabytes = float(text) if text else DEFAULT_GB
    except ValueError:
        gigabytes = math.nan
    if not (math.isfinite(gigabytes) and gigabytes > 0):
        raise LockgateError(
            f"{VARIABLE} is '{text}', which is no size of the cache. Give a number of gigabytes above 0, for example "
            f"0.5 or 20, or leave it out for {DEFAULT_GB:g}."
        )
    return int(gigabytes * GB)


def cache_entries() -> list[CacheEntry]:
    """Find every entry and its size; a hundred thousand take about a second."""
    entries = []
    for kind in _children(cache_dir()):
        if kind.name in KINDS and kind.is_dir(follow_symlinks=False):
            for item in _children(Path(kind.path)):
                with suppress(OSError):  # removed just now
                    used_ns = item.stat(follow_symlinks=False).st_mtime_ns
                    entries.append(CacheEntry(Path(item.path), disk_bytes(item.path), used_ns))
    return entries


def _children(folder: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as found:
        yield from (item for item in found if not item.name.startswith("."))


def disk_bytes(path: str | Path) -> int:
    """Return the room that a file or folder takes on the disk; 0 where there is none."""
    n_bytes, todo = 0, [str(path)]
    while todo:
        with suppress(OSError):  # removed just now, or somebody else's
            name = todo.pop()
            status = os.lstat(name)
            n_bytes += status.st_blocks * 512
            if stat.S_ISDIR(status.st_mode):
                todo += (item.path for item in os.scandir(name))
    return n_bytes


def remove_entry(entry: Path) -> bool:
    """Remove an entry, unless somebody uses it.

    Returns:
        Whether it is gone.
    """
    try:
        with settled(alone=True):
            users = cache_users()
            if users and entry.lstat().st_mtime_ns >= users[0].since_ns:
                return False
            trash = _move_to_trash(entry)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    remove_folder(trash)
    return True


def discard(entry: Path) -> None:
    """Take a damaged entry away, whoever uses it."""
    with suppress(OSError):
        remove_folder(_move_to_trash(entry))


def _move_to_trash(entry: Path) -> Path:
    trash = cache_dir() / ".trash" / uuid4().hex
    trash.parent.mkdir(parents=True, exist_ok=True)
    entry.rename(trash)
    return trash


def remove_remains() -> None:
    """Remove what killed processes left: half-built entries, and entries half removed."""
    remove_leftovers(cache_dir() / ".building")
    empty_trash(cache_dir())


def empty_trash(folder: Path) -> None:
    """Remove what was moved into the `.trash` of a folder and is still there."""
    trash = folder / ".trash"
    if not trash.is_symlink():
        for path in trash.glob("*"):
            remove_folder(path)


def note_added(n_bytes: int) -> None:
    """Count an entry that was added, and make room where there is too much now.

    Raises:
        LockgateError: `LOCKGATE_CACHE_GB` is no number above 0.
    """
    limit = limit_bytes()
    with suppress(OSError), settled(alone=True):
        known = _read_size()
        if known is not None:
            _write_size(known["bytes"] + n_bytes, known["not_before"])
    make_room_if_needed(limit)


def make_room_if_needed(limit: int) -> None:
    """Remove what was used longest ago, where the cache is over its limit or nobody has counted it yet.

    Args:
        limit: In bytes.
    """
    known = _read_size()
    if known is None or (known["bytes"] > limit and time.time() >= known["not_before"]):
        with suppress(OSError):  # a cache that cannot be written does not grow
            _make_room(limit)


def _make_room(limit: int) -> None:
    with _the_only_one() as is_ours:
        if not is_ours:
            return
        began = time.time()
        remove_remains()
        entries = cache_entries()
        pause = _PAUSE * (time.time() - began)
        size = sum(entry.n_bytes for entry in entries)
        if size > limit:
            for entry in sorted(entries, key=lambda entry: entry.used_ns):
                if size <= _FILLED * limit:
                    break
                if remove_entry(entry.path):
                    size -= entry.n_bytes
        with settled(alone=True):
            _write_size(size, time.time() + pause if size > limit else 0)


def count_again() -> None:
    """Let the next entry that is added count everything again."""
    with suppress(OSError):
        _size_path().unlink(missing_ok=True)


@contextmanager
def _the_only_one() -> Iterator[bool]:
    """Whether no other process is inside."""
    lock = os.open(cache_dir() / ".making-room", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        yield False
        return
    try:
        yield True
    finally:
        os.close(lock)


def _size_path() -> Path:
    return cache_dir() / ".size"


def _read_size() -> dict[str, float] | None:
    """`bytes`, and `not_before`: when a count is worth its time again; None = nobody has counted."""
    try:
        content = json.loads(_size_path().read_text())
        return {name: float(content[name]) for name in ("bytes", "not_before")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_size(n_bytes: float, not_before: float) -> None:
    _size_path().write_text(json.dumps({"bytes": int(n_bytes), "not_before": not_before}))
