"""The check of worlds and tasks at the level of their files: everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from authoring.check.answers import check_answer, check_planted
from authoring.check.collection import check_collection
from authoring.check.column_types import check_type_names
from authoring.check.context import CheckedTask, CheckedWorld
from authoring.check.copied_tickets import check_copies
from authoring.check.dbt_project import check_dbt_project
from authoring.check.dbt_sql import check_sql
from authoring.check.fault_sql import check_faults
from authoring.check.findings import Finding, ordered
from authoring.check.generators import check_generator
from authoring.check.layers import check_layers
from authoring.check.proof_file import check_task_proof, check_world_proof
from authoring.check.references import check_references
from authoring.check.schedules import check_schedules
from authoring.check.source_text import forget
from authoring.check.task_folder import check_folder, check_is_task
from authoring.check.task_spec import check_spec
from authoring.check.text_files import check_texts, files_below
from authoring.check.tickets import check_ticket
from authoring.check.world_files import check_project_yaml, check_world
from authoring.check.world_references import check_world_references
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.paths import projects_dirs
from benchmark.registry import task_folders, world_folders


class Report(NamedTuple):
    """What a check looked at, and what it found."""

    n_worlds: int
    n_tasks: int
    findings: tuple[Finding, ...]
    """Sorted, each once."""

    @property
    def n_errors(self) -> int:
        """Findings that are no warnings."""
        return sum(not finding.is_warning for finding in self.findings)


class _Chosen(NamedTuple):
    world: Path
    is_whole: bool
    """The world's own files are checked, too."""
    tasks: tuple[Path, ...]


def check(names: Sequence[str] = ()) -> Report:
    """Check worlds and tasks. Nothing is run, and nothing is written.

    Args:
        names: Names of worlds, globs over names of tasks, or paths of a folder of worlds, a world, a task, or something
            inside one; none = every world.

    Raises:
        LockgateError: A name means nothing.
    """
    forget()
    chosen = _choose(names)
    findings: list[Finding] = []
    tasks: list[CheckedTask] = []
    others: list[CheckedTask] = []
    for choice in chosen:
        world = CheckedWorld(choice.world)
        if choice.is_whole:
            findings += _whole_world(world)
        elif not world.world_path.is_file():
            findings += check_world(world)
        for folder in task_folders(choice.world):
            if (folder / "task.yaml").is_file():
                (tasks if folder in choice.tasks else others).append(CheckedTask(folder, world))
            if folder in choice.tasks:
                findings += check_is_task(folder)
                findings += check_texts(files_below(folder))
    for task in tasks:
        findings += _whole_task(task)
    wanted = {task.folder for task in tasks}
    findings += [found for found in check_copies([*tasks, *others]) if wanted & set(found.path.parents)]
    findings += _same_names(chosen)
    for folder in dict.fromkeys(choice.world.parent for choice in chosen if choice.is_whole):
        findings += check_collection(folder)
    return Report(len(chosen), sum(len(choice.tasks) for choice in chosen), tuple(ordered(findings)))


def _whole_world(world: CheckedWorld) -> Iterator[Finding]:
    yield from check_texts(path for path in files_below(world.folder) if world.folder / "tasks" not in path.parents)
    yield from check_world(world)
    yield from check_generator(world)
    yield from check_type_names(world)
    yield from check_project_yaml(world.tree, world.folder)
    yield from check_dbt_project(world)
    yield from check_sql(world.tree, world.folder)
    yield from check_world_references(world)
    yield from check_world_proof(world)
    for path in sorted((world.folder / "tasks").glob("*")):
        if path.is_file() and path.name == "task.yaml":
            yield Finding(path, "LG213", "is not read: each task has a folder of its own below tasks/")


def _whole_task(task: CheckedTask) -> Iterator[Finding]:
    yield from check_folder(task)
    yield from check_spec(task)
    yield from check_layers(task)
    yield from check_references(task)
    yield from check_ticket(task)
    yield from check_answer(task)
    yield from check_planted(task)
    yield from check_faults(task)
    yield from check_schedules(task)
    yield from check_task_proof(task)


def _same_names(chosen: Sequence[_Chosen]) -> Iterator[Finding]:
    """Names that two worlds, or tasks of different worlds, have."""
    every = [world for folder in _folders(chosen) for world in world_folders(folder)]
    for choice in chosen:
        clashes = [other for other in every if other.name == choice.world.name and other != choice.world]
        if clashes and choice.is_whole:
            yield Finding(choice.world, "LG102", f"the name '{choice.world.name}' is taken by {clashes[0]}")
        for task in choice.tasks:
            taken = [world / "tasks" / task.name for world in every if world != choice.world]
            taken = [folder for folder in taken if folder.is_dir()]
            if taken and not clashes:
                yield Finding(task / "task.yaml", "LG226", f"the task's name '{task.name}' is taken by {taken[0]}")


def _folders(chosen: Sequence[_Chosen]) -> list[Path]:
    found = [choice.world.parent for choice in chosen]
    try:
        known = projects_dirs()
    except LockgateError:
        known = ()
    return list(dict.fromkeys([*found, *(known if set(found) & set(known) else ())]))


def _choose(names: Sequence[str]) -> list[_Chosen]:
    if not names:
        worlds = [world for folder in projects_dirs() for world in world_folders(folder)]
        if not worlds:
            listed = ", ".join(str(folder) for folder in projects_dirs())
            raise LockgateError(f"There is no world in {listed}; set LOCKGATE_PROJECTS, or name a folder.")
        return [_Chosen(world, True, tuple(task_folders(world))) for world in worlds]
    found: dict[Path, _Chosen] = {}
    for name in names:
        for choice in _choices(name):
            before = found.get(choice.world, _Chosen(choice.world, False, ()))
            tasks = tuple(sorted({*before.tasks, *choice.tasks}))
            found[choice.world] = _Chosen(choice.world, before.is_whole or choice.is_whole, tasks)
    return list(found.values())


def _choices(name: str) -> list[_Chosen]:
    path = Path(name)
    worlds = [world for folder in projects_dirs() for world in world_folders(folder)]
    named = [_Chosen(world, True, tuple(task_folders(world))) for world in worlds if world.name == name]
    if named:
        return named
    tasks = {world: tuple(task for task in task_folders(world) if fnmatchcase(task.name, name)) for world in worlds}
    some = [_Chosen(world, False, folders) for world, folders in tasks.items() if folders]
    if some:
        return some
    if path.exists():
        return _choices_of_path(path.resolve())
    known = [*(world.name for world in worlds), *(task.name for world in worlds for task in task_folders(world))]
    raise UnknownNameError("world, task or path", name, known)


def _choices_of_path(path: Path) -> list[_Chosen]:
    for folder in (path, *path.parents):
        if (
            folder.parent.name == "tasks"
            and folder.is_dir()
            and folder.parent.parent in world_folders(folder.parents[2])
        ):
            return [_Chosen(folder.parents[1], False, (folder,))]
        if folder.is_dir() and folder in world_folders(folder.parent):
            return [_Chosen(folder, True, tuple(task_folders(folder)))]
    below = world_folders(path) if path.is_dir() else []
    if not below:
        raise LockgateError(f"{path} is neither a task, nor a world, nor a folder of worlds.")
    return [_Chosen(world, True, tuple(task_folders(world))) for world in below]


def chosen_folders(names: Sequence[str]) -> list[Path]:
    """Folders of the worlds, and of single tasks, that names mean; as in `check`.

    Raises:
        LockgateError: A name means nothing.
    """
    return [folder for choice in _choose(names) for folder in ((choice.world,) if choice.is_whole else choice.tasks)]
