"""Small helpers around files: atomic writes, hashes of folders."""

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmark.border import reading
from benchmark.held_folders import HeldFolder
from benchmark.hostile_tree import TreeLimits, copy_tree
from benchmark.paths import work_dir

IGNORED_NAMES = frozenset({"target", "logs", "__pycache__", ".user.yml", ".git", ".sqlfluff_cache"})
"""Left by tools in a project; never part of one."""


def write_atomic(path: Path, text: str) -> None:
    """Write a text file so that a reader, also after a crash, sees the old or the new content and nothing between.

    Halves of letters, which UTF-8 does not have, are written as escapes; in JSON these are what they stand for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json_atomic(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, atomically."""
    write_atomic(path, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def project_files(folder: Path, without: Collection[str] = (), *, follows_links: bool = False) -> list[Path]:
    """Files of a project below a folder, relative to it, sorted, without what tools leave behind.

    Args:
        folder: The project.
        without: Files and folders at its top that are left out.
        follows_links: Whether to look into folders that are links; each folder once. Not for what others wrote.
    """
    top = os.path.realpath(folder)
    seen = {top}
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[tuple[str, ...], str]] = [((), top)]
    while waiting:
        above, place = waiting.pop()
        skipped = IGNORED_NAMES if above else IGNORED_NAMES.union(without)
        for entry in _entries(place):
            path = (*above, entry.name)
            if entry.name in skipped:
                continue
            if entry.is_symlink():
                inner = os.path.realpath(entry.path)
                is_folder, is_file = follows_links and os.path.isdir(inner), os.path.isfile(inner)  # noqa: PTH112, PTH113
            else:
                inner = entry.path
                is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
            if is_folder and inner not in seen:
                seen.add(inner)
                waiting.append((path, inner))
            elif is_file and os.path.splitext(entry.name)[1] not in (".pyc", ".duckdb"):  # noqa: PTH122
                found.append(path)
    return [Path(*path) for path in sorted(found)]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder, links last; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: (entry.is_symlink(), entry.name))
    except OSError:
        return []


def hash_folder(folder: Path, without: Collection[str] = ()) -> str:
    """SHA-256 over the names and contents of a project's files; the same for equal projects anywhere.

    Args:
        folder: The project.
        without: As `project_files`.
    """
    digest = hashlib.sha256()
    for path in project_files(folder, without):
        content = (folder / path).read_bytes()
        digest.update(f"{path.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@contextmanager
def scratch_folder(label: str) -> Iterator[Path]:
    """A new empty folder that is removed at the end, or, where this process is killed, by the next one.

    Args:
        label: What it is for; in the file beside it, not in its name.
    """
    held = HeldFolder(work_dir(), label)
    try:
        yield held.path
    finally:
        held.close()


def is_plain_folder(path: Path) -> bool:
    """Whether hostile code left a folder here: no link, and no folder above it that forbids its owner to look."""
    try:
        return path.is_dir() and not path.is_symlink()
    except OSError:
        return False


STATE_FILES = 200_000
"""Files that a run of a pipeline may leave for the next one."""


def copy_plain_files(source: Path, target: Path, max_bytes: int) -> int:
    """Copy a folder that hostile code wrote: plain files and folders only; a link could lead anywhere on the host.

    Args:
        source: The folder; nothing runs in it any more.
        target: Must not exist yet.
        max_bytes: Of all files together, holes of sparse ones included.

    Returns:
        Bytes of all files, as `max_bytes`.

    Raises:
        SubmissionError: It holds more than that, too many files, or is nested too deep.
        OurFaultError: The disk is full.
    """
    with reading("What the last run left"):
        return copy_tree(source, target, TreeLimits(STATE_FILES, max_bytes))
