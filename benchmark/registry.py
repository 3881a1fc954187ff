"""Finding worlds and tasks on disk."""

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from benchmark.errors import LockgateError, SpecError, UnknownNameError
from benchmark.paths import projects_dir
from benchmark.task import Task, canonical_kind, read_task
from benchmark.world import World, read_world


def list_worlds() -> list[World]:
    """Every world, sorted by name.

    Raises:
        SpecError: One of them is not valid, or there is none.
    """
    return list(_worlds(projects_dir()))


@lru_cache
def _worlds(folder: Path) -> tuple[World, ...]:
    folders = sorted(path.parent for path in folder.glob("*/world.yaml"))
    if not folders:
        raise SpecError(
            folder, ["holds no world (a folder with world.yaml); set LOCKGATE_PROJECTS or work in the repository"]
        )
    return tuple(read_world(world) for world in folders)


def list_tasks() -> list[Task]:
    """Every task of every world, sorted by world and name.

    Raises:
        SpecError: One of them is not valid.
    """
    return list(_tasks(projects_dir()))


@lru_cache
def _tasks(folder: Path) -> tuple[Task, ...]:
    tasks = [read_task(path, world) for world in _worlds(folder) for path in _task_folders(world)]
    seen: dict[str, Path] = {}
    for task in tasks:
        if task.id in seen:
            raise SpecError(task.folder, [f"task id '{task.id}' is taken by {seen[task.id]}"])
        seen[task.id] = task.folder
    return tuple(tasks)


def _task_folders(world: World) -> list[Path]:
    """Every folder below `tasks/`; one without a task.yaml is a mistake that would go unnoticed."""
    folders = sorted(path for path in (world.folder / "tasks").glob("*") if path.is_dir())
    for path in folders:
        if not (path / "task.yaml").is_file():
            others = sorted(found.relative_to(path).as_posix() for found in path.rglob("task.y*ml"))
            hint = f"it has {others[0]}, which is not read" if others else "it is no task"
            raise SpecError(
                path, [f"has no task.yaml: {hint}. Name the file {path.name}/task.yaml, or move the folder"]
            )
    return folders


def get_world(name: str) -> World:
    """The world of this name; an unknown one is an `UnknownNameError`."""
    worlds = {world.id: world for world in list_worlds()}
    if name not in worlds:
        raise UnknownNameError("world", name, list(worlds))
    return worlds[name]


def get_task(name: str) -> Task:
    """The task of this name; an unknown one is an `UnknownNameError`."""
    tasks = {task.id: task for task in list_tasks()}
    if name not in tasks:
        raise UnknownNameError("task", name, list(tasks))
    return tasks[name]


def select_tasks(patterns: list[str]) -> list[Task]:
    """Tasks whose name matches one of the globs, or a tag as `tag:NAME`, or a kind as `kind:NAME`; no pattern = all.

    Raises:
        LockgateError: A pattern matches nothing.
    """
    every = list_tasks()
    if not patterns:
        return every
    chosen: set[str] = set()
    for pattern in patterns:
        matches = {task.id for task in every if _is_match(task, pattern)}
        if not matches:
            names = ", ".join(task.id for task in every)
            raise LockgateError(f"No task matches '{pattern}'. Tasks: {names}. Give a glob, tag:NAME or kind:NAME.")
        chosen |= matches
    return [task for task in every if task.id in chosen]


def _is_match(task: Task, pattern: str) -> bool:
    prefix, _, value = pattern.partition(":")
    if prefix == "tag":
        return value in task.spec.tags
    if prefix == "kind":
        return canonical_kind(value) == task.spec.kind
    return fnmatchcase(task.id, pattern)
