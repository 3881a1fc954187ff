"""Finding worlds and tasks on disk. One that cannot be read is kept with the reason, and stops no other."""

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from benchmark.errors import LockgateError, SpecError, UnknownNameError
from benchmark.paths import projects_dirs
from benchmark.spelling import listed_names, nearest
from benchmark.task import Task, all_tags, canonical_kind
from benchmark.task_folder import read_task
from benchmark.world import World, read_world
from benchmark.yaml_files import parse_yaml, read_text


class Broken(NamedTuple):
    """A world or task that cannot be used. Nobody's score: what it would have scored is left out."""

    name: str
    """Name of its folder."""
    world: str
    """The world it belongs to, by the name of that folder; for a world its own."""
    folder: Path
    reason: str
    """File, line, key and what is wrong."""
    tags: tuple[str, ...] | None = None
    """Those of a task; None where they cannot be read."""
    kind: str | None = None
    """That of a task; None where it cannot be read."""

    def __str__(self) -> str:
        return f"{self.name} is broken: {self.reason}"


class Catalogue(NamedTuple):
    """Everything on disk."""

    worlds: tuple[World, ...]
    """Sorted by name."""
    tasks: tuple[Task, ...]
    """Sorted by world and name."""
    broken_worlds: tuple[Broken, ...]
    broken_tasks: tuple[Broken, ...]


class Selection(NamedTuple):
    """The tasks that patterns mean."""

    tasks: tuple[Task, ...]
    broken: tuple[Broken, ...]
    """Those among them that cannot be run, and every broken world that may hold some."""


def read_catalogue() -> Catalogue:
    """Read every world and task of every folder of worlds.

    Raises:
        SpecError: There is no world at all.
    """
    return _catalogue(projects_dirs())


@lru_cache
def _catalogue(folders: tuple[Path, ...]) -> Catalogue:
    worlds: list[World] = []
    broken_worlds: list[Broken] = []
    found = _world_places(folders)
    if not found:
        listed = ", ".join(str(folder) for folder in folders)
        raise SpecError(
            listed, ["holds no world (a folder with world.yaml); set LOCKGATE_PROJECTS or work in the repository"]
        )
    for path in found:
        others = [other for other in found if other.name == path.name and other != path]
        try:
            if others:
                raise SpecError(
                    path / "world.yaml", [f"the name '{path.name}' is taken by {others[0]}; rename one of them"]
                )
            worlds.append(_one_world(path))
        except SpecError as error:
            broken_worlds.append(Broken(path.name, path.name, path, str(error)))
    tasks: list[Task] = []
    broken_tasks: list[Broken] = []
    for world in worlds:
        for path in task_folders(world.folder):
            try:
                _require_task_file(path)
                tasks.append(read_task(path, world))
            except SpecError as error:
                broken_tasks.append(_broken_task(path, world.id, str(error)))
    clashes = _clashes([*tasks, *broken_tasks])
    broken_tasks += [
        _broken_task(task.folder, task.world.id, clashes[task.folder]) for task in tasks if task.folder in clashes
    ]
    good = tuple(task for task in tasks if task.folder not in clashes)
    return Catalogue(
        tuple(worlds), good, tuple(broken_worlds), tuple(sorted(broken_tasks, key=lambda item: item.folder))
    )


def world_folders(folder: Path) -> list[Path]:
    """Folders of worlds in a folder: those with a world.yaml, and those that look as if it were forgotten, sorted."""
    marks = ("world.yaml", "world.yml", "tables.yaml", "tasks")
    return sorted(path for path in folder.glob("*") if path.is_dir() and any((path / mark).exists() for mark in marks))


def task_folders(world: Path) -> list[Path]:
    """Every folder below `tasks/` of a world's folder, sorted; hidden ones are left out."""
    return sorted(path for path in (world / "tasks").glob("*") if path.is_dir() and path.name[0] not in "._")


def _require_task_file(path: Path) -> None:
    """A folder without a task.yaml is a mistake that would go unnoticed."""
    if (path / "task.yaml").is_file():
        return
    others = sorted(found.relative_to(path).as_posix() for found in path.rglob("task.y*ml"))
    hint = f"it has {others[0]}, which is not read" if others else "it is no task"
    raise SpecError(path, [f"has no task.yaml: {hint}. Name the file {path.name}/task.yaml, or move the folder"])


def _clashes(entries: list[Task | Broken]) -> dict[Path, str]:
    """Folder -> what is wrong, for names of tasks that two worlds have."""
    by_name: dict[str, list[Path]] = {}
    for entry in entries:
        by_name.setdefault(entry.folder.name, []).append(entry.folder)
    return {
        folder: f"{folder}: task id '{name}' is taken by {' and '.join(str(p) for p in folders if p != folder)}"
        for name, folders in by_name.items()
        for folder in folders
        if len(folders) > 1
    }


def _broken_task(folder: Path, world: str, reason: str) -> Broken:
    """Keep what patterns ask for, as far as it can be read."""
    try:
        content = parse_yaml(read_text(folder / "task.yaml"), folder / "task.yaml")
    except SpecError:
        return Broken(folder.name, world, folder, reason)
    tags, kind = content.get("tags", []), canonical_kind(content.get("kind"))
    return Broken(
        folder.name,
        world,
        folder,
        reason,
        all_tags(map(str, tags), content.get("origin", "written")) if isinstance(tags, list) else None,
        kind if isinstance(kind, str) else None,
    )


def list_worlds() -> list[World]:
    """Every world that can be read, sorted by name.

    Raises:
        SpecError: There is no world at all.
    """
    return list(read_catalogue().worlds)


def list_tasks() -> list[Task]:
    """Every task that can be read, sorted by world and name."""
    return list(read_catalogue().tasks)


def get_world(name: str) -> World:
    """The world of this name.

    Raises:
        UnknownNameError: There is none.
        LockgateError: It is broken.
    """
    catalogue = read_catalogue()
    worlds = {world.id: world for world in catalogue.worlds}
    _refuse_broken("World", name, catalogue.broken_worlds)
    if name not in worlds:
        raise UnknownNameError("world", name, list(worlds))
    return worlds[name]


def get_task(name: str) -> Task:
    """The task of this name.

    Raises:
        UnknownNameError: There is none.
        LockgateError: It is broken.
    """
    folders = projects_dirs()
    if (found := _one_task(folders, name)) is not None:
        return found
    if (places := _task_places(folders)) and name not in places:
        raise UnknownNameError("task", name, list(places))
    catalogue = read_catalogue()
    tasks = {task.id: task for task in catalogue.tasks}
    _refuse_broken("Task", name, catalogue.broken_tasks)
    if name not in tasks:
        raise UnknownNameError("task", name, list(tasks))
    return tasks[name]


def _world_places(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders of all worlds, sorted by name."""
    places = (path for folder in folders for path in world_folders(folder))
    return tuple(sorted(places, key=lambda path: (path.name, str(path))))


@lru_cache
def _task_places(folders: tuple[Path, ...]) -> dict[str, list[Path]]:
    """Name of each task, whether it can be read or not, and the folders that have it; sorted by world and name."""
    places: dict[str, list[Path]] = {}
    for world in _world_places(folders):
        for path in task_folders(world):
            places.setdefault(path.name, []).append(path)
    return places


@lru_cache
def _one_task(folders: tuple[Path, ...], name: str) -> Task | None:
    """The task of this name without the others; None where it takes all of them to say what is wrong."""
    found = _task_places(folders).get(name, [])
    if len(found) != 1:
        return None
    world = found[0].parent.parent
    if [place.name for place in _world_places(folders)].count(world.name) != 1:
        return None
    try:
        return read_task(found[0], _one_world(world))
    except SpecError:
        return None


@lru_cache
def _one_world(folder: Path) -> World:
    return read_world(folder)


def _refuse_broken(kind: str, name: str, broken: tuple[Broken, ...]) -> None:
    for entry in broken:
        if entry.name == name:
            raise LockgateError(f"{kind} {entry}")


def select(patterns: list[str]) -> Selection:
    """Choose tasks by globs over their names, by `tag:NAME` or `kind:NAME`; no pattern = all.

    Raises:
        LockgateError: A pattern matches nothing.
    """
    catalogue = read_catalogue()
    if not patterns:
        return Selection(catalogue.tasks, (*catalogue.broken_worlds, *catalogue.broken_tasks))
    chosen: set[str] = set()
    broken: dict[Path, Broken] = {}
    for pattern in patterns:
        matches = {task.id for task in catalogue.tasks if _is_match(task.id, task.tags, task.spec.kind, pattern)}
        unusable = [item for item in catalogue.broken_tasks if _is_match(item.name, item.tags, item.kind, pattern)]
        if not matches and not unusable:
            also = "".join(f" World {world}." for world in catalogue.broken_worlds)
            raise LockgateError(f"No task matches '{pattern}'. {_what_there_is(pattern, catalogue.tasks)}{also}")
        chosen |= matches
        broken |= {item.folder: item for item in unusable}
    tasks = tuple(task for task in catalogue.tasks if task.id in chosen)
    return Selection(tasks, tuple(item for item in catalogue.broken_tasks if item.folder in broken))


def _what_there_is(pattern: str, tasks: tuple[Task, ...]) -> str:
    """What a pattern that fits nothing may be: tasks, and tags or kinds where it asked for one."""
    prefix, separator, value = pattern.partition(":")
    by_prefix: dict[str, list[str]] = {
        "tag": sorted({tag for task in tasks for tag in task.tags}),
        "kind": sorted({str(task.spec.kind) for task in tasks}),
    }
    known = by_prefix.get(prefix) if separator else None
    near = nearest(value, known) if known else nearest(pattern, [task.id for task in tasks])
    listed = f" {'Tags' if prefix == 'tag' else 'Kinds'}: {listed_names(value, known)}." if known else ""
    names = listed_names(pattern, [task.id for task in tasks])
    question = f" Did you mean '{f'{prefix}:{near}' if known else near}'?" if near else ""
    return f"Tasks: {names}. Give a glob, tag:NAME or kind:NAME (`lockgate tasks` lists all).{listed}{question}"


def select_tasks(patterns: list[str]) -> list[Task]:
    """Choose tasks as `select` does, without the broken ones.

    Raises:
        LockgateError: A pattern matches nothing.
    """
    return list(select(patterns).tasks)


def _is_match(name: str, tags: tuple[str, ...] | None, kind: str | None, pattern: str) -> bool:
    prefix, _, value = pattern.partition(":")
    if prefix == "tag":
        return tags is None or value in tags
    if prefix == "kind":
        return kind is None or canonical_kind(value) == kind
    return fnmatchcase(name, pattern)
