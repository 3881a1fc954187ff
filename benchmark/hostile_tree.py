"""Folders that hostile code wrote: walked, copied and removed without ever building a long path.

A tree may be nested deeper than the longest path that the kernel takes, hold pipes, devices, links and files with
holes, and forbid its owner to look. So every step starts from an open folder and one name in it, and everything is
counted.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from benchmark.border import plain_text
from benchmark.errors import SubmissionError

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TO_READ, _TO_EMPTY = 0o500, 0o700
"""What a folder's mode must allow its owner."""
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class TreeLimits:
    """What a tree may hold. One over a limit is refused as a whole."""

    files: int
    """Plain files."""
    total_bytes: int
    """Size of all files together, holes of sparse ones included."""
    depth: int = 64
    """Folders inside one another."""
    path_bytes: int = 1_024
    """Length of a path below the tree's root."""
    entries: int = 1_000_000
    """Names of any kind, what is left out included."""


class Entry(NamedTuple):
    """Something in a tree; usable until the next one is asked for."""

    path: str
    """Relative to the root; bytes that are not UTF-8 are surrogates, as `os.fsdecode` makes them."""
    kind: Literal["file", "folder", "link", "other"]
    size: int
    parent: int
    """Descriptor of the folder that holds it."""
    name: str

    def open(self) -> int:
        """Open a file for reading, whatever its mode forbids to its owner; the caller closes the descriptor."""
        try:
            return os.open(self.name, _FILE_FLAGS, dir_fd=self.parent)
        except PermissionError:
            os.chmod(self.name, 0o600, dir_fd=self.parent)
            return os.open(self.name, _FILE_FLAGS, dir_fd=self.parent)

    def target(self) -> str:
        """Where a link points."""
        return os.readlink(self.name, dir_fd=self.parent)


def walk(folder: Path, limits: TreeLimits, is_left_out: Callable[[str], bool] = lambda _: False) -> Iterator[Entry]:
    """Everything in a tree, a folder before what it holds, names in order.

    Args:
        folder: The root; nothing runs in it any more.
        limits: What it may hold.
        is_left_out: Says of a path that it is passed over, with everything in it.

    Raises:
        SubmissionError: It holds more than the limits allow.
    """
    counts = _Counts(limits)
    stack = [_OpenFolder(_open_root(folder, _TO_READ), "")]
    try:
        stack[0].names = counts.names(stack[0].descriptor)
        while stack:
            current = stack[-1]
            if not current.names:
                os.close(stack.pop().descriptor)
                continue
            name = current.names.pop()
            path = f"{current.prefix}{name}"
            if is_left_out(path):
                continue
            found = os.stat(name, dir_fd=current.descriptor, follow_symlinks=False)
            entry = Entry(path, _kind(found.st_mode), found.st_size, current.descriptor, name)
            counts.add(entry)
            yield entry
            if entry.kind == "folder":
                counts.check_depth(path, len(stack))
                stack.append(_OpenFolder(_open_folder(current.descriptor, name, found.st_mode, _TO_READ), f"{path}/"))
                stack[-1].names = counts.names(stack[-1].descriptor)
    finally:
        for opened in stack:
            os.close(opened.descriptor)


@dataclass
class _OpenFolder:
    descriptor: int
    prefix: str
    names: list[str] = field(default_factory=list)
    """Those still to come, the next one last."""


class _Counts:
    """What was met so far."""

    def __init__(self, limits: TreeLimits) -> None:
        self._limits = limits
        self._n_files = self._n_bytes = self._n_entries = 0

    def names(self, descriptor: int) -> list[str]:
        names = []
        with os.scandir(descriptor) as entries:
            for entry in entries:
                self._n_entries += 1
                if self._n_entries > self._limits.entries:
                    raise SubmissionError(f"It holds more than {self._limits.entries:,} files and folders.")
                names.append(entry.name)
        return sorted(names, reverse=True)

    def add(self, entry: Entry) -> None:
        if len(os.fsencode(entry.path)) > self._limits.path_bytes:
            raise SubmissionError(
                f"It has a path longer than {self._limits.path_bytes:,} bytes: {plain_text(entry.path, 80)}."
            )
        if entry.kind == "file":
            self._n_files += 1
            self._n_bytes += entry.size
        if self._n_files > self._limits.files:
            raise SubmissionError(f"It holds more than {self._limits.files:,} files.")
        if self._n_bytes > self._limits.total_bytes:
            largest = f"; the last one counted is {plain_text(entry.path, 80)} with {entry.size:,} bytes"
            raise SubmissionError(f"It holds more than {self._limits.total_bytes:,} bytes{largest}.")

    def check_depth(self, path: str, depth: int) -> None:
        if depth > self._limits.depth:
            raise SubmissionError(
                f"Its folders are nested more than {self._limits.depth} levels deep: {plain_text(path, 80)}."
            )


def copy_tree(source: Path, target: Path, limits: TreeLimits) -> int:
    """Copy the plain files and folders of a tree; links, pipes and devices are left out, holes stay holes.

    Args:
        source: Nothing runs in it any more.
        target: Must not exist yet.
        limits: What it may hold.

    Returns:
        Bytes of its files, holes of sparse ones included.

    Raises:
        SubmissionError: It holds more than the limits allow; what was copied until then stays.
    """
    target.mkdir(parents=True)
    n_bytes = 0
    for entry in walk(source, limits):
        path = target / entry.path
        if entry.kind == "folder":
            path.mkdir()
        elif entry.kind == "file":
            reader = entry.open()
            try:
                _copy_file(reader, path)
            finally:
                os.close(reader)
            n_bytes += entry.size
    return n_bytes


def _copy_file(reader: int, path: Path) -> None:
    size = os.fstat(reader).st_size
    with path.open("wb") as file:
        os.truncate(file.fileno(), size)
        start = 0
        while start < size:
            start, end = _next_data(reader, start, size)
            os.lseek(file.fileno(), start, os.SEEK_SET)
            while start < end:
                n_copied = os.sendfile(file.fileno(), reader, start, end - start)
                if not n_copied:
                    return
                start += n_copied


def _next_data(reader: int, start: int, size: int) -> tuple[int, int]:
    """Begin and end of the next bytes that were written; both are the file's size where only a hole follows."""
    try:
        start = os.lseek(reader, start, os.SEEK_DATA)
        return start, min(size, os.lseek(reader, start, os.SEEK_HOLE))
    except OSError as error:
        return (size, size) if error.errno == errno.ENXIO else (start, size)  # else: it knows no holes


def remove_tree(folder: Path) -> None:
    """Remove a folder and all that is in it, however deep and whatever its modes; one that is absent is fine.

    A folder inside a folder is first moved up to the top, so no path gets long and two descriptors are enough.

    Raises:
        OSError: The kernel does not allow it.
    """
    try:
        top = _open_root(folder, _TO_EMPTY)
    except FileNotFoundError:
        return
    except NotADirectoryError:
        folder.unlink()
        return
    try:
        number = 0
        while names := os.listdir(top):  # noqa: PTH208 - by its descriptor
            for name in names:
                found = os.stat(name, dir_fd=top, follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode):
                    number = _empty(top, name, found.st_mode, number)
                    os.rmdir(name, dir_fd=top)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)
    folder.rmdir()


def _empty(top: int, name: str, mode: int, number: int) -> int:
    """Take everything out of a folder at the top: files are removed, folders move to the top under new names."""
    descriptor = _open_folder(top, name, mode, _TO_EMPTY)
    try:
        for child in os.listdir(descriptor):  # noqa: PTH208 - by its descriptor
            found = os.stat(child, dir_fd=descriptor, follow_symlinks=False)
            if not stat.S_ISDIR(found.st_mode):
                os.unlink(child, dir_fd=descriptor)
                continue
            if found.st_mode & _TO_EMPTY != _TO_EMPTY:  # moving a folder writes into it
                os.chmod(child, 0o700, dir_fd=descriptor)
            while True:
                number += 1
                try:
                    os.stat(f"{number}", dir_fd=top, follow_symlinks=False)
                except FileNotFoundError:
                    break
            os.rename(child, f"{number}", src_dir_fd=descriptor, dst_dir_fd=top)
    finally:
        os.close(descriptor)
    return number


def _open_root(folder: Path, needed: int) -> int:
    mode = folder.lstat().st_mode
    if stat.S_ISDIR(mode) and mode & needed != needed:
        folder.chmod(0o700)
    return os.open(folder, _FOLDER_FLAGS)


def _open_folder(parent: int, name: str, mode: int, needed: int) -> int:
    if mode & needed != needed:
        os.chmod(name, 0o700, dir_fd=parent)
    return os.open(name, _FOLDER_FLAGS, dir_fd=parent)


def _kind(mode: int) -> Literal["file", "folder", "link", "other"]:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"
