"""The folder of something new: written beside its place, and moved there when it is whole."""

from __future__ import annotations

import fcntl
import glob
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from authoring.schemas import SCHEMAS_DIR
from benchmark.errors import LockgateError
from benchmark.paths import projects_dirs
from benchmark.task import CANARY

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_N_RANDOM = 8
"""Characters that `tempfile` adds to the name of a folder."""
HIDDEN_HEAD = f"# {CANARY}\n"
"""First line of a file that no agent sees."""


def check_name(name: str) -> None:
    """Refuse a name that no world or task can have.

    Raises:
        LockgateError: It has other characters than small letters, digits and `_`.
    """
    if not _NAME.fullmatch(name):
        raise LockgateError(f"'{name}' cannot be a name: use small letters, digits and _, beginning with a letter.")


def world_place(name: str, folder: Path | None) -> Path:
    """Where a new world goes.

    Args:
        name: Of the world.
        folder: Of worlds; None = the first one that Lockgate reads.

    Raises:
        LockgateError: The name is not allowed or taken.
    """
    check_name(name)
    known = projects_dirs()
    place = (folder or known[0]).resolve() / name
    taken = next((path for path in (place, *(other / name for other in known)) if path.exists()), None)
    if taken:
        raise LockgateError(f"There is {taken} already. Choose another name, or remove it.")
    return place


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """An empty folder that becomes `place` at the end; where the block fails nothing is left.

    A process that is killed leaves a hidden folder beside `place`. Whoever makes the same `place` next removes it.

    Raises:
        LockgateError: It is there already, or cannot be written.
    """
    if place.exists():
        raise LockgateError(f"There is {place} already. Choose another name, or remove it.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(place)
        temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        lock = _lock(temporary)
    except OSError as error:
        raise LockgateError(f"{place} cannot be written: {error.strerror}.") from error
    try:
        # Its own name already, since a world's id is the name of its folder.
        made = temporary / place.name
        made.mkdir()
        yield made
        made.rename(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path) -> int:
    """The lock of a folder, which the kernel frees when this process ends, however it ends."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _remove_leftovers(place: Path) -> None:
    """Remove what killed processes left of the same place; a folder that a living one makes is locked."""
    for folder in place.parent.glob(f".{glob.escape(place.name)}.*"):
        if not _is_made(folder, place.name):
            continue
        with suppress(OSError):  # somebody holds it, or was quicker
            lock = _lock(folder)
            try:
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def _is_made(folder: Path, name: str) -> bool:
    """Whether `new_folder` made a hidden folder, and locked it: its content comes after the lock."""
    if len(folder.name) != len(f".{name}.") + _N_RANDOM or folder.is_symlink() or not folder.is_dir():
        return False
    return [path.name for path in folder.iterdir()] == [name]


def schema_line(name: str, file: Path) -> str:
    """First line of a YAML file, by which editors find its schema.

    Args:
        name: Of the schema: `world`, `tables`, `task` …
        file: Where the file will stand.
    """
    path = Path(os.path.relpath(SCHEMAS_DIR / f"{name}.json", file.parent)).as_posix()
    return f"# yaml-language-server: $schema={path}\n"
