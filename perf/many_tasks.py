"""Worlds with as many tasks as one likes: copies of those that exist, under other names."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmark.registry import list_worlds, task_folders
from perf.check import copy_task


def copy_worlds(folder: Path, n_tasks: int) -> None:
    """Copy every world, and tasks until there are so many.

    Args:
        folder: For `LOCKGATE_PROJECTS`; must not exist.
        n_tasks: In all worlds together.
    """
    for world in list_worlds():
        shutil.copytree(world.folder, folder / world.id, ignore=shutil.ignore_patterns("target", "logs"))
    originals = [task for world in sorted(folder.iterdir()) for task in task_folders(world)]
    for number in range(n_tasks - len(originals)):
        copy_task(originals[number % len(originals)], number)
