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

HIDDEN_FOLDERS = ("expectations", "quality")
"""Folders of a world's project that judge submissions and are never shown to one; the second is an earlier name."""

PACKAGES = "dbt/dbt_packages/"
"""Where packages lie that `dbt deps` would download: files of the pipeline that others wrote."""


def without_packages(tree: Mapping[str, Path]) -> FileTree:
    """The files of a pipeline that are its own."""
    return {name: path for name, path in tree.items() if not name.startswith(PACKAGES)}


def world_files(world: World) -> FileTree:
    """Files of a world's whole correct pipeline, without its expectation suites."""
    tree = _folder(world.project_dir)
    return {name: path for name, path in tree.items() if name.split("/", 1)[0] not in HIDDEN_FOLDERS}


def start_files(task: Task, project: FileTree | None = None) -> FileTree:
    """Files of a task's starting state.

    Args:
        task: The task.
        project: What `world_files` returned for its world, if that was read before.
    """
    project = world_files(task.world) if project is None else project
    return _without(project, task.spec.start.remove) | _folder(task.start_dir)


def solution_files(task: Task, alternative: str | None = None, project: FileTree | None = None) -> FileTree:
    """Files of a task's solution. Where the task has no `solution/`, the solution is the world's project itself.

    Args:
        task: The task.
        alternative: One of the task's alternatives, or the variant of a planted instruction, whose files are laid over
            the solution.
        project: What `world_files` returned for its world, if that was read before.
    """
    if task.solution_dir.is_dir():
        tree = _without(start_files(task, project), task.spec.solution.remove) | _folder(task.solution_dir)
    else:
        tree = world_files(task.world) if project is None else project
    return tree | _folder(task.variant_dir(alternative)) if alternative else tree


def _folder(folder: Path) -> FileTree:
    return {path.as_posix(): folder / path for path in project_files(folder)}


def _without(tree: Mapping[str, Path], patterns: Iterable[str]) -> FileTree:
    patterns = tuple(patterns)
    return {name: path for name, path in tree.items() if not any(matches(name, pattern) for pattern in patterns)}


def matches(name: str, pattern: str) -> bool:
    """Whether a path is what a pattern of `remove` takes away: a glob, a file, or a folder with all below it."""
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern.rstrip('/')}/*")
