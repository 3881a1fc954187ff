"""Hashes of all that the proof of a task reads. They are the same on every machine, and need no run.

They depend on names and contents of files alone: on no clock, path, file mode, locale or order of a folder, and on no
version of a tool. Those are told apart beside them, since another version is no change of the task. What lies behind a
link is read, so it counts. Of `task.yaml` counts what it says, however it is written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from benchmark.errors import LockgateError
from benchmark.files import project_files
from benchmark.paths import REPOSITORY_DIR
from benchmark.task import Task
from benchmark.world import World
from evaluators.proof.equivalent_list import FILE as EQUIVALENTS
from evaluators.proof.proof_code import PROOF_CODE
from evaluators.scenarios import get_scenario
from sources.imported_code import imported_code
from sources.registry import sources_of

UNREAD = frozenset({"README.md", "PLANTED.md"})
"""Notes for people at the top of a world's or task's folder. A proof does not read them."""
ONLY_PROOF = frozenset({EQUIVALENTS, "oracle.py"})
"""What beside them no trial reads: `equivalent_list.FILE` and `second_derivation.FILE`, whose import takes 0.3 s."""

TASK_FILE = "task.yaml"
_DESCRIBING = {"tags", "measured"}
"""Keys of it by which tasks are chosen, and what agents made of them: no proof and no trial reads them."""

_Files = Mapping[str, str]
"""Path relative to a folder, with `/` -> hash of the content."""


class ContentHashes(NamedTuple):
    """Hashes of all that one proof reads, 16 digits each."""

    code: str
    """Our code that generates, loads, builds, changes and judges."""
    task: str
    """The task's folder."""
    world: str
    """The world's folder without its tasks, and the generator and data that lie elsewhere."""

    def changed(self, before: ContentHashes) -> list[str]:
        """What differs from an earlier state, in words."""
        words = {"task": "its files", "world": "its world", "code": "Lockgate's code"}
        return [text for name, text in words.items() if getattr(self, name) != getattr(before, name)]


class _WorldLines(NamedTuple):
    """Path and hash of each file of a world: 300 lines, which each of its tasks needs."""

    every: list[str]
    of_trials: list[str]
    """Of those that a trial reads."""


class ContentHasher:
    """Hashes of tasks; what several of them share is read once."""

    def __init__(self) -> None:
        self._worlds: dict[Path, _WorldLines] = {}
        self._tasks: dict[Path, _Files] = {}
        self._elsewhere: dict[Path, str] = {}
        self._code = ""

    def hashes(self, task: Task) -> ContentHashes:
        """Everything that the proof of a task reads."""
        return ContentHashes(
            code=self._hash_code(),
            task=_digest(self._task_files(task), _code_of_scenarios(task)),
            world=_digest_lines(self._world_lines(task.world).every, self._from_elsewhere(task.world)),
        )

    def version(self, task: Task) -> str:
        """Eight digits that change with every file of a task and of its world that a trial reads."""
        task_part = _digest(_without(self._task_files(task), ONLY_PROOF))
        return _digest_lines(self._world_lines(task.world).of_trials, task_part)[:8]

    def _hash_code(self) -> str:
        if not self._code:
            files: dict[str, str] = {}
            for name in PROOF_CODE:
                path = REPOSITORY_DIR / name
                found = _hash_files(path, ()) if path.is_dir() else {"": _hash_file(path)}
                files |= {f"{name}/{file}": content for file, content in found.items() if not file.endswith(".md")}
            self._code = _digest(files)
        return self._code

    def _task_files(self, task: Task) -> _Files:
        if task.folder not in self._tasks:
            self._tasks[task.folder] = _hash_task_files(task, UNREAD)
        return self._tasks[task.folder]

    def _world_lines(self, world: World) -> _WorldLines:
        if world.folder not in self._worlds:
            files = _made_from(world) | _hash_files(world.folder, UNREAD | {"tasks"})
            self._worlds[world.folder] = _WorldLines(_lines(files), _lines(_without(files, ONLY_PROOF)))
        return self._worlds[world.folder]

    def _from_elsewhere(self, world: World) -> str:
        if world.folder not in self._elsewhere:
            self._elsewhere[world.folder] = f"{_data_versions(world)}{_generator_code(world)}"
        return self._elsewhere[world.folder]


def hash_task(task: Task, without: Collection[str] = ()) -> str:
    """Hash of a task's folder, but for what only describes the task.

    Args:
        task: The task.
        without: Names at the top of its folder that are left out.
    """
    return _digest(_hash_task_files(task, without))


def _hash_task_files(task: Task, without: Collection[str]) -> _Files:
    says = task.spec.model_dump(mode="json", exclude_unset=True, exclude=_DESCRIBING)
    hashed = hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()
    return {**_hash_files(task.folder, {*without, TASK_FILE}), TASK_FILE: hashed}


def _hash_files(folder: Path, without: Collection[str]) -> dict[str, str]:
    top = f"{folder}/"  # a path of each of 2,000 files would take longer than its content
    names = [path.as_posix() for path in project_files(folder, without, follows_links=True)]
    return {name: _hash_file(f"{top}{name}") for name in names}


def _made_from(world: World) -> dict[str, str]:
    """Files that the world's generator reads, wherever they lie and whatever they are called."""
    try:
        paths = sources_of(world.spec, world.folder).made_from
    except LockgateError:  # who generates says so; nothing is proven of such a world
        return {}
    return {Path(os.path.relpath(path, world.folder)).as_posix(): _hash_file(path) for path in paths}


def _hash_file(path: Path | str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        return hashlib.sha256(file.read()).hexdigest()


def _without(files: _Files, names: Iterable[str]) -> _Files:
    return {path: content for path, content in files.items() if path not in names}


def _digest(files: _Files, more: str = "") -> str:
    return _digest_lines(_lines(files), more)


def _lines(files: _Files) -> list[str]:
    return [f"{path}\0{content}" for path, content in sorted(files.items())]


def _digest_lines(lines: list[str], more: str) -> str:
    return hashlib.sha256("\n".join([*lines, more]).encode()).hexdigest()[:16]


def _data_versions(world: World) -> str:
    """Packages that hold the data of a world: another version is another world."""
    return "".join(f"{name} {_version(name)}\n" for name in sorted(world.spec.data_packages))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "is not installed"


def _generator_code(world: World) -> str:
    """Code of a generator that is not ours, which `PROOF_CODE` has."""
    return _code_outside(world.spec.generator.python) if world.spec.generator.python else ""


def _code_of_scenarios(task: Task) -> str:
    """Code of scenarios and incidents that a task names by import path."""
    found = []
    for name in task.spec.scenarios:
        scenario = get_scenario(name)
        runs = (*scenario.runs, *scenario.gold_runs, *scenario.gold_before)
        found += [part for part in (name, *(run.incident for run in runs)) if ":" in part]
    return "".join(_code_outside(part.partition(":")[0]) for part in dict.fromkeys(found))


def _code_outside(module: str) -> str:
    """Hash of a module with all that lies beside it and may be imported; empty where it is ours, or is not there."""
    code = imported_code(module)
    if code is None or any(code.folder.is_relative_to(REPOSITORY_DIR / name) for name in PROOF_CODE):
        return ""
    return _digest({name: hashlib.sha256(content).hexdigest() for name, content in code.contents().items()})
