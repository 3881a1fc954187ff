"""What a family of processes uses of memory and disk, read from /proc and from the folders that it may write to.

The quick look (`memory_bytes`) is for every look of a watcher. The thorough one adds what only a search finds: shared
mappings, and files that were removed while a process still has them open or mapped.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

ENTRY_BYTES = 1024
"""What a file or folder counts beside its content: names and inodes take up room, too."""
MAX_DEPTH = 256
"""Folders inside one another. What lies deeper counts as too much: nothing may hide below the longest path."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ANONYMOUS = ("RssAnon:", "VmSwap:", "VmPTE:")
_REMOVED = " (deleted)"
_NO_FILE = ("/dev/zero", "/SYSV", "/memfd:")
"""Name of shared memory without a file, among the mappings of a process."""


def out_of_memory(limit_bytes: int) -> str:
    """The sentence for a job that broke its limit of memory."""
    return f"It used more memory than its limit of {limit_bytes} bytes and was stopped."


def memory_bytes(pids: Iterable[int], shared_bytes: int = 0) -> int:
    """Private memory of processes, swapped memory and page tables included, added up.

    Args:
        pids: Processes; those that are gone count nothing.
        shared_bytes: What each of them shares with the process that it was forked from.
    """
    return sum(max(0, _private_bytes(pid) - shared_bytes) for pid in pids)


def own_private_bytes() -> int:
    """Private memory of this process."""
    return _private_bytes(os.getpid())


def _private_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - hot, after fork
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(_ANONYMOUS))
    except OSError:
        return 0


def shared_bytes(pids: Iterable[int]) -> int:
    """Shared memory that has no name in a folder: each piece once, by the size that is mapped."""
    sizes: dict[str, int] = {}
    for pid in pids:
        for is_shared, where, size, name, _ in _mappings(pid):
            if is_shared and name.startswith(_NO_FILE):
                sizes[where] = max(size, sizes.get(where, 0))
    return sum(sizes.values())


def removed_bytes(pids: Iterable[int], devices: frozenset[int], unseen_bytes: int | None = None) -> int:
    """Disk that files take which were removed while a process has them open, mapped or running.

    Args:
        pids: Processes.
        devices: Of the folders in question; memory has no part in this.
        unseen_bytes: What a file counts that is only mapped, where the kernel does not show its size to this process;
            None = what is mapped of it.
    """
    sizes: dict[str, int] = {}
    for pid in pids:
        for found in _open_files(pid):
            if stat.S_ISREG(found.st_mode) and not found.st_nlink and found.st_dev in devices:
                sizes[_place(found.st_dev, found.st_ino)] = found.st_blocks * 512
        for _, where, size, name, addresses in _mappings(pid):
            if name.endswith(_REMOVED) and not name.startswith(_NO_FILE) and where not in sizes:
                device, _, _ = where.partition(" ")
                if device in {_device(number) for number in devices}:
                    seen = _mapped_file_bytes(pid, addresses)
                    sizes[where] = seen if seen is not None else size if unseen_bytes is None else unseen_bytes
    return sum(sizes.values())


def _mapped_file_bytes(pid: int, addresses: str) -> int | None:
    """Disk of a mapped file; None = the kernel does not tell, as it does a powerful process only."""
    try:
        return os.stat(f"/proc/{pid}/map_files/{addresses}").st_blocks * 512  # noqa: PTH116 - hot, after fork
    except OSError:
        return None


def _open_files(pid: int) -> Iterator[os.stat_result]:
    try:
        names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - hot, after fork
    except OSError:
        return
    for name in (*(f"fd/{name}" for name in names), "exe"):
        with suppress(OSError):
            yield os.stat(f"/proc/{pid}/{name}")  # noqa: PTH116 - hot, after fork


def _mappings(pid: int) -> Iterator[tuple[bool, str, int, str, str]]:
    """Yield mappings of files and shared memory: is it shared, device and inode, size, name, address in `map_files`."""
    with suppress(OSError, ValueError), open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        for line in file:
            fields = line.rstrip("\n").split(maxsplit=5)
            if len(fields) > 5 and fields[5].startswith("/"):
                start, end = (int(number, 16) for number in fields[0].split("-"))
                place = f"{fields[3]} {fields[4]}"
                yield fields[1].endswith("s"), place, end - start, fields[5], f"{start:x}-{end:x}"


def _device(number: int) -> str:
    return f"{os.major(number):02x}:{os.minor(number):02x}"


def _place(device: int, inode: int) -> str:
    return f"{_device(device)} {inode}"


def devices_of(folders: Iterable[str]) -> frozenset[int]:
    """The devices that folders are on."""
    return frozenset(Path(folder).stat().st_dev for folder in folders)


def folder_bytes(folder: str, enough: int) -> int:
    """Disk that a folder takes, files that are sparse by what is written; links are not followed.

    Args:
        folder: It, or any part of it, may vanish meanwhile.
        enough: Counting stops beyond this; so it does where folders are nested too deep.
    """
    total = 0
    seen: set[tuple[int, int]] = set()
    levels: list[tuple[int, Iterator[os.DirEntry[str]]]] = []
    try:
        _descend(levels, folder, None)
        while levels and total <= enough:
            descriptor, entries = levels[-1]
            entry = next(entries, None)
            if entry is None:
                os.close(levels.pop()[0])
                continue
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                is_folder = stat.S_ISDIR(found.st_mode)
                if not is_folder and found.st_nlink > 1:
                    if (found.st_dev, found.st_ino) in seen:
                        continue
                    seen.add((found.st_dev, found.st_ino))
                total += found.st_blocks * 512 + ENTRY_BYTES
                if is_folder and len(levels) > MAX_DEPTH:
                    return enough + 1
                if is_folder:
                    _descend(levels, entry.name, descriptor)
    finally:
        for descriptor, _ in levels:
            os.close(descriptor)
    return total


def _descend(levels: list[tuple[int, Iterator[os.DirEntry[str]]]], name: str, parent: int | None) -> None:
    """Open a folder by one name from its parent: a path may be too long for the kernel."""
    try:
        descriptor = _open_folder(name, parent)
    except OSError:
        return  # gone
    levels.append((descriptor, iter(list(os.scandir(descriptor)))))


def _open_folder(name: str, parent: int | None) -> int:
    """Open a folder; one that forbids its owner to look is made to allow it."""
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except PermissionError:
        handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            os.chmod(f"/proc/self/fd/{handle}", 0o700)  # noqa: PTH101 - the folder itself, whatever has its name now
        finally:
            os.close(handle)
        return os.open(name, _FOLDER, dir_fd=parent)


def folder_in_memory_bytes(folder: str) -> int:
    """Bytes that a file system in memory holds, removed files included."""
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def pids_here() -> list[int]:
    """Every process that /proc shows but this one: inside a process namespace, all of it."""
    own = os.getpid()
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != own]  # noqa: PTH208 - hot
