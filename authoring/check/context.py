"""A world and a task as a check sees them: read as far as they can be, with files and lineage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from authoring.check.salvage import Salvaged, salvage
from authoring.check.source_text import content, text, words
from authoring.check.sql_meaning import same_meaning
from authoring.lineage.dbt_files import DocumentedColumn, read_properties
from authoring.lineage.project_graph import ProjectGraph, given_nodes, read_project
from benchmark.file_tree import FileTree, solution_files, start_files, without_packages, world_files
from benchmark.files import project_files
from benchmark.seeded_faults import FaultsFile
from benchmark.tables import TablesFile, TableSpec
from benchmark.task import CANARY, Task, TaskFile
from benchmark.world import World, WorldFile
from evaluators.proof.equivalent_list import FILE as PROOF_FILE
from evaluators.proof.equivalent_list import ProofFile
from evaluators.scenarios.registry import get_scenario


class CheckedWorld:
    """A world, read once for all its tasks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._missing: dict[str, list[str]] = {}
        self.world_path = folder / "world.yaml"
        self.tables_path = folder / "tables.yaml"
        instead: dict[str, Any] = {
            "id": folder.name, "title": "?", "description": "?", "owner": "?", "generator": None,
            "start_date": dt.date(2000, 1, 1), "clock_time": dt.time(0),
        }  # fmt: skip
        self.spec: Salvaged[WorldFile] = salvage(self.world_path, WorldFile, instead)
        self.tables: Salvaged[TablesFile] = salvage(self.tables_path, TablesFile, {"tables": {}})
        self.world = World.model_construct(spec=self.spec.spec, tables=self.tables.spec.tables, folder=folder)

    @cached_property
    def tree(self) -> FileTree:
        """Files of the whole correct pipeline, without the packages of others."""
        return without_packages(world_files(self.world))

    @cached_property
    def graph(self) -> ProjectGraph:
        """What they are made into."""
        return read_project(self.tree, given_nodes(self.world))

    @cached_property
    def proof_entries(self) -> frozenset[str]:
        """Mutants that its `proof.yaml` lists for all tasks."""
        path = self.folder / PROOF_FILE
        found = salvage(path, ProofFile, {}).spec.equivalent if path.is_file() else ()
        return frozenset(entry.id for entry in found)

    def missing_incidents(self, scenario: str) -> list[str]:
        """Incidents that a scenario needs and the world does not have.

        Raises:
            LockgateError: There is no such scenario, or the world's sources cannot be loaded.
        """
        if scenario not in self._missing:
            self._missing[scenario] = get_scenario(scenario).missing_incidents(self.world)
        return self._missing[scenario]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the pipeline and its documents, and every name of tables.yaml; lower case."""
        return words_of(self.tree.values()) | words(self.tables_path)


class CheckedTask:
    """A task of a world."""

    def __init__(self, folder: Path, world: CheckedWorld) -> None:
        self.folder = folder
        self.world = world
        self.path = folder / "task.yaml"
        self._layers: dict[str, FileTree] = {}
        instead = {"id": folder.name, "kind": "impl", "title": "?", "difficulty": "hard", "scored": {}}
        self.spec: Salvaged[TaskFile] = salvage(self.path, TaskFile, instead)
        self.task = Task.model_construct(
            spec=self.spec.spec, world=world.world, folder=folder, faults=None, hint_level=0
        )

    @cached_property
    def faults(self) -> Salvaged[FaultsFile] | None:
        """The seeded faults; None where the task has none."""
        path = self.folder / "faults.yaml"
        return salvage(path, FaultsFile, {"min_recall": 1.0, "faults": ()}) if path.is_file() else None

    @cached_property
    def scored(self) -> dict[str, TableSpec]:
        """Scored tables that somebody describes."""
        every = self.world.world.tables | self.task.spec.tables
        return {name: every[name] for names in self.task.spec.scored.values() for name in names if name in every}

    @cached_property
    def start(self) -> FileTree:
        """Files of the start."""
        return start_files(self.task, self.world.tree)

    @cached_property
    def solution(self) -> FileTree:
        """Files of the solution."""
        return solution_files(self.task, project=self.world.tree)

    @cached_property
    def changed(self) -> list[str]:
        """Paths of files that a solution must write, change or delete, sorted."""
        return changed_files(self.start, self.solution)

    @cached_property
    def solution_graph(self) -> ProjectGraph:
        """What the solution is made into."""
        if self.solution == self.world.tree:
            return self.world.graph
        return read_project(self.solution, given_nodes(self.world.world))

    @cached_property
    def documented(self) -> dict[str, frozenset[str]]:
        """Model, snapshot, seed or source table -> columns that the start's YAML describes; all in lower case."""
        found: dict[str, set[str]] = {}
        problems: list[str] = []
        for name, path in self.start.items():
            if name.startswith("dbt/") and name.count("/") > 1 and path.suffix in (".yml", ".yaml"):
                properties = read_properties(path, problems)
                for entry in properties.documents:
                    found.setdefault(entry.name.lower(), set()).update(_described(entry.columns))
                for table in properties.sources:
                    found.setdefault(table.identifier.lower(), set()).update(_described(table.columns))
        return {name: frozenset(columns) for name, columns in found.items()}

    def layer(self, name: str) -> FileTree:
        """Files of `start`, `solution` or `alternatives/<name>`, by path in the workspace."""
        if name not in self._layers:
            folder = self.folder / name
            self._layers[name] = {path.as_posix(): folder / path for path in project_files(folder)}
        return self._layers[name]

    @property
    def layers(self) -> list[str]:
        """Names of its layers, `start` first."""
        return ["start", "solution", *(f"alternatives/{item.name}" for item in self.task.spec.alternatives)]

    @cached_property
    def ticket(self) -> str:
        """The ticket without the canary; empty where there is none."""
        return visible(self.folder / "instruction.md")

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the world's pipeline and of the task's own files; lower case."""
        own = [path for name in self.layers for path in self.layer(name).values()]
        return self.world.words | words_of(own) | words(self.path) | words(self.folder / "faults.yaml")


def changed_files(start: FileTree, solution: FileTree) -> list[str]:
    """Paths of files whose meaning differs, or that one of two trees lacks, sorted."""
    return sorted(
        name
        for name in start.keys() | solution.keys()
        if name not in start or name not in solution or not same_meaning(start[name], solution[name])
    )


def _described(columns: Iterable[DocumentedColumn]) -> set[str]:
    return {column.name.lower() for column in columns if column.description}


def words_of(paths: Iterable[Path]) -> frozenset[str]:
    """The words of text files, and their names."""
    found: set[str] = set()
    for path in paths:
        found |= words(path)
        found.add(path.stem.lower())
    return frozenset(found)


def visible(path: Path) -> str:
    """A text without the canary; empty where there is none."""
    if not content(path):
        return ""
    return "\n".join(line for line in text(path).splitlines() if CANARY not in line).strip()
