"""Folders of a cache: each appears whole, is removed only while nobody uses it, and what a killed process left goes.

Who builds or reads a folder holds a lock on it (`flock`). The kernel lets go of the lock when the process ends, however
it ends, so a folder that can be locked is nobody's.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

_BUILDING = ".building-"
_N_LOCKS = 64


@contextlib.contextmanager
def new_entry(entry: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `entry` when the block ends well, unless another process was faster.

    Raises:
        OSError: It cannot be made.
    """
    entry.parent.mkdir(parents=True, exist_ok=True)
    with _locked(entry.parent):  # Nobody removes it between the making and the locking.
        _remove_unlocked(path for path in entry.parent.iterdir() if path.name.startswith(_BUILDING))
        building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=entry.parent))
        lock = _lock(building, fcntl.LOCK_EX)
    try:
        yield building
        with contextlib.suppress(OSError):
            building.rename(entry)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        os.close(lock)


@contextlib.contextmanager
def used_entry(entry: Path) -> Iterator[bool]:
    """Keep an entry from being removed inside the block; False: there is none."""
    try:
        lock = _lock(entry, fcntl.LOCK_SH)
    except OSError:
        yield False
        return
    try:
        with contextlib.suppress(OSError):
            os.utime(entry)
        yield entry.is_dir()
    finally:
        os.close(lock)


@contextlib.contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """Let one process at a time, of all that use this folder, be inside a block by this name; the others wait.

    Where the folder cannot be written, nobody waits.
    """
    lock = None
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        # A few files for all names, which nobody has to remove: two names may share one.
        path = folder / f"{zlib.crc32(name.encode()) % _N_LOCKS:02}.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def prune(folder: Path, max_entries: int) -> None:
    """Remove the entries that were used longest ago, beyond a number, but for those in use."""
    entries = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    entries.sort(key=lambda path: path.stat().st_mtime)
    _remove_unlocked(iter(entries[: max(0, len(entries) - max_entries)]))


def _remove_unlocked(paths: Iterator[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # In use, or removed by another process.
            lock = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = _lock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def _lock(folder: Path, how: int) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
