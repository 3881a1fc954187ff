"""What LOCKGATE_HOME holds: entries of the cache, runs, and days of worlds that somebody built in Dagster's UI."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from benchmark.cache_limit import OWN_FILES, cache_entries, disk_bytes
from benchmark.errors import LockgateError
from benchmark.paths import cache_dir, dagster_home, home_dir, runs_dir, work_dir

Part = Literal["cache", "runs", "worlds"]
"""What can be removed."""


class Item(NamedTuple):
    """What is removed whole or not at all."""

    part: Part
    kind: str
    """Of a cache entry, for example `gold`; else empty."""
    path: Path
    n_bytes: int
    used: datetime
    """Local time: of a cache entry, when it was used last; else of its last change."""

    @property
    def name(self) -> str:
        """Its path below LOCKGATE_HOME."""
        return self.path.relative_to(home_dir()).as_posix()


class Survey(NamedTuple):
    """What there is."""

    items: list[Item]
    left_alone: list[str]
    """Places that are links, lie elsewhere or are not ours, each as a sentence."""
    others: dict[str, int]
    """Folder -> bytes, of what no option removes."""

    def of(self, part: Part) -> list[Item]:
        """The items of a part."""
        return [item for item in self.items if item.part == part]


def survey(older_than: timedelta | None = None) -> Survey:
    """Look at everything.

    Only what Lockgate wrote counts: LOCKGATE_HOME may name a folder that has folders of these names of its own.

    Args:
        older_than: Leave out what was used since; None = nothing.

    Raises:
        LockgateError: LOCKGATE_HOME is no folder.
    """
    if home_dir().exists() and not home_dir().is_dir():
        raise LockgateError(f"LOCKGATE_HOME names {home_dir()}, which is no folder. Name the one that runs are in.")
    left_alone: list[str] = []
    items: list[Item] = []
    if _is_ours(cache_dir(), left_alone) and any((cache_dir() / name).exists() for name in OWN_FILES):
        items += [Item("cache", e.kind, e.path, e.n_bytes, _time(e.used_ns)) for e in cache_entries()]
    for path in _folders(runs_dir(), left_alone):
        if not (path / "run.json").is_file():
            left_alone.append(f"{path} has no run.json: it is no run, and is left alone.")
            continue
        changes = [path / "run.json", path / "trials", *(path / "trials").glob("*")]
        items.append(Item("runs", "", path, disk_bytes(path), _last_change([path, *changes])))
    for world in _folders(home_dir() / "worlds", left_alone):
        for path in _folders(world, left_alone):
            if days := list(path.glob("day-*")):
                items.append(Item("worlds", "", path, disk_bytes(path), _last_change([path, *days])))
    if older_than is not None:
        now = datetime.now().astimezone()
        items = [item for item in items if now - item.used > older_than]
    return Survey(items, left_alone, _others())


def size_text(n_bytes: float) -> str:
    """A size as people read it: `1.2 GB`, `35 MB`."""
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= length:
            return f"{n_bytes / length:.{1 if n_bytes < 10 * length else 0}f} {unit}"
    return f"{int(n_bytes)} B"


def _others() -> dict[str, int]:
    """What is not removed: Dagster's storage, what running processes work on, workspaces of `lockgate try`."""
    folders = (dagster_home(), work_dir(), home_dir() / "try")
    return {str(folder): disk_bytes(folder) for folder in folders if folder.is_dir()}


def _folders(folder: Path, left_alone: list[str]) -> Iterator[Path]:
    """The folders in a folder, without hidden ones and links."""
    if not folder.is_dir() or not _is_ours(folder, left_alone):
        return
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.is_dir() and _is_ours(path, left_alone):
            yield path


def _is_ours(path: Path, left_alone: list[str]) -> bool:
    """Whether a folder is what its name says, and no link to another place."""
    if path.is_symlink():
        left_alone.append(f"{path} is a link to {path.readlink()}, which is left alone.")
        return False
    return True


def _last_change(paths: list[Path]) -> datetime:
    return _time(max((path.lstat().st_mtime_ns for path in paths if path.exists()), default=0))


def _time(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9).astimezone()
