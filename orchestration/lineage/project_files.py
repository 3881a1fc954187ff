"""The files of a pipeline without copying them: the world's project, and a task's start and solution laid over it."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from benchmark.files import project_files
from benchmark.task import Task
from benchmark.world import World

FileTree: TypeAlias = dict[str, Path]
"""Path within the pipeline, with `/`, -> the file that holds its content."""


def world_files(world: World) -> FileTree:
    """Files of a world's whole correct pipeline, without its quality suites."""
    tree = _folder(world.project_dir)
    return {name: path for name, path in tree.items() if not name.startswith("quality/")}


def solution_files(task: Task) -> FileTree:
    """Files of a task's solution; the same as `benchmark.workspace.lay_solution` writes."""
    if not task.solution_dir.is_dir():
        return world_files(task.world)
    start = _without(world_files(task.world), task.spec.start.remove) | _folder(task.start_dir)
    return _without(start, task.spec.solution.remove) | _folder(task.solution_dir)


def _folder(folder: Path) -> FileTree:
    return {path.as_posix(): folder / path for path in project_files(folder)}


def _without(tree: Mapping[str, Path], patterns: Iterable[str]) -> FileTree:
    patterns = tuple(patterns)
    return {name: path for name, path in tree.items() if not any(_matches(name, pattern) for pattern in patterns)}


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern.rstrip('/')}/*")
