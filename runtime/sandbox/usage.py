"""What a family of processes uses, read from /proc, and how much a folder holds."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def out_of_memory(limit_bytes: int) -> str:
    """The sentence for a job that broke its limit of memory."""
    return f"It used more memory than its limit of {limit_bytes} bytes and was stopped."


def memory_bytes(pids: Iterable[int], shared_bytes: int = 0) -> int:
    """Memory that is not a file's, added up.

    Args:
        pids: Processes; those that are gone count nothing.
        shared_bytes: What each of them shares with the process that it was forked from.
    """
    total = 0
    for pid in pids:
        total += max(0, _private_bytes(pid) - shared_bytes)
    return total


def _private_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123 - hot, after fork
            fields = file.read().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * _PAGE


def own_private_bytes() -> int:
    """The same of this process."""
    return _private_bytes(os.getpid())


def folder_bytes(folder: str, enough: int) -> int:
    """Disk that a folder takes, files that are sparse by what is written; links are not followed.

    Args:
        folder: It, or any part of it, may vanish meanwhile.
        enough: Counting stops beyond this.
    """
    total = 0
    todo = [folder]
    while todo and total <= enough:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    try:
                        found = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                    total += found.st_blocks * 512
                    if stat.S_ISDIR(found.st_mode):
                        todo.append(entry.path)
        except OSError:
            continue
    return total


def pids_here() -> list[int]:
    """Every process that /proc shows but this one: inside a process namespace, all of it."""
    own = os.getpid()
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != own]  # noqa: PTH208 - hot


def is_on_disk(path: Path) -> bool:
    """Whether there is a plain file with this very name."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
