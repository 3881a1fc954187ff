"""Folders that belong to a running process: whoever is killed leaves one behind, and the next one removes it.

A folder is held by a lock on a file beside it, which the kernel frees when its process ends, however it ends. So it
does not matter in which container or process namespace that process was. Names say nothing: sandboxes see them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from benchmark.hostile_tree import remove_tree
from benchmark.spread_folders import spread_new_folders

_SUFFIX = ".lock"


class HeldFolder:
    """A new empty folder, held until `close`.

    Args:
        root: Where it is made; what killed processes left there is removed first.
        note: For people who look at the lock's file.
    """

    def __init__(self, root: Path, note: str = "") -> None:
        root.mkdir(parents=True, exist_ok=True)
        spread_new_folders(root)
        remove_leftovers(root)
        self.path = root / uuid4().hex[:16]
        self._lock_path = _lock_of(self.path)
        self._lock = locked_file(self._lock_path)
        os.write(self._lock, f"process {os.getpid()}: {note}\n".encode())
        self.path.mkdir(mode=0o700)

    def close(self) -> None:
        """Remove the folder. Safe to call twice."""
        if self._lock >= 0:
            remove_folder(self.path)
            self._lock_path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def locked_file(path: Path) -> int:
    """The descriptor of a locked file that has this name; who looks for leftovers may remove it before it is locked."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        os.close(lock)


def remove_leftovers(root: Path) -> None:
    """Remove folders whose process has ended. Where the root is a link, somebody else's may lie beside them."""
    if root.is_symlink():
        return
    for lock_path in filter(_is_lock, root.glob(f"*{_SUFFIX}")):
        with suppress(OSError):  # somebody holds it, or was quicker
            lock = os.open(lock_path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_folder(lock_path.with_suffix(""))
                lock_path.unlink()
            finally:
                os.close(lock)


def _is_lock(path: Path) -> bool:
    return re.fullmatch("[0-9a-f]{16}", path.stem) is not None and not path.is_symlink()


def remove_folder(path: Path) -> None:
    """Remove a folder that hostile code may have filled. What cannot be removed stays, for the next one to try."""
    with suppress(OSError):
        remove_tree(path)


def neutral_name(label: str) -> str:
    """A name for a folder that tells code in a sandbox nothing; the same for a label as long as this process lives."""
    return hashlib.sha256(f"{_SALT} {label}".encode()).hexdigest()[:16]


_SALT = uuid4().hex


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_SUFFIX}")
