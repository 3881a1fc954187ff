"""Removing what is kept, but never what a running process uses."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from benchmark.cache_limit import count_again, empty_trash, remove_entry, remove_remains
from benchmark.cache_users import cache_users
from benchmark.held_folders import remove_folder, remove_leftovers
from benchmark.paths import home_dir, work_dir
from orchestration.dagster_instance.forget_runs import forget_runs
from orchestration.disk.survey import Item


class Removal(NamedTuple):
    """What became of items."""

    removed: list[Item]
    kept: dict[Item, str]
    """What is still there -> why."""
    note: str
    """What Dagster's records have to do with it; mostly empty."""


def remove_items(items: Sequence[Item]) -> Removal:
    """Remove items, what Dagster keeps of the runs among them, and what killed processes left.

    Args:
        items: Of one survey.
    """
    removed: list[Item] = []
    kept: dict[Item, str] = {}
    dagster_runs: list[str] = []
    for item in items:
        own_runs = _dagster_runs(item.path) if item.part == "runs" else []
        if reason := _remove(item):
            kept[item] = reason
        else:
            removed.append(item)
            dagster_runs += own_runs
    run_ids = [item.path.name for item in removed if item.part == "runs"]
    note = forget_runs(run_ids, dagster_runs) if run_ids else ""
    remove_remains()
    count_again()
    empty_trash(home_dir())
    remove_leftovers(work_dir())
    return Removal(removed, kept, note)


def _remove(item: Item) -> str:
    """Remove an item; why not, or nothing."""
    if item.part != "cache":
        return _take_away(item.path, [item.path, item.path / ".lock"])
    if remove_entry(item.path):
        return ""
    users = cache_users()
    return f"in use by {users[0].note}" if users else "it cannot be removed"


def _take_away(folder: Path, locks: list[Path]) -> str:
    """Move a folder away and remove it, if nobody holds one of its locks; why not, or nothing."""
    trash = home_dir() / ".trash" / uuid4().hex
    with ExitStack() as stack:
        for path in filter(Path.exists, locks):
            lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            stack.callback(os.close, lock)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return "a process works on it"
        trash.parent.mkdir(exist_ok=True)
        folder.rename(trash)
    remove_folder(trash)
    return ""


def _dagster_runs(folder: Path) -> list[str]:
    """Ids of the Dagster runs that executed the trials of a run last."""
    found = []
    for path in (folder / "trials").glob("*/dagster_run"):
        with suppress(OSError, ValueError):
            found.append(path.read_text(encoding="utf-8").strip())
    return found
