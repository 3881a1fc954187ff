"""Models that can be taken away together, so that what stays says what they are: what tasks of `impl` are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from authoring.generate.candidates import seeded
from authoring.generate.drafts import Difficulty
from authoring.generate.world_runs import WorldRuns
from authoring.lineage.project_graph import LineageNode
from authoring.new_task.contract import Contract, contract_of
from authoring.new_task.mask import files_that_read
from authoring.new_task.task_files import below, by_stage
from benchmark.file_tree import start_files
from benchmark.files import scratch_folder
from benchmark.task import Task, TaskKind

MIN_MODELS, MAX_MODELS = 3, 7
"""Models that a task lacks; fewer do not tell a half right answer from a wrong one."""
_MAX_PER_MODEL = 2
"""Tasks that lack one model."""
_EASY_COLUMNS = 30
_HARD_MODELS = 5
_STAGES = ("intermediate", "marts")


class Missing(NamedTuple):
    """Models that are not there, and what is known of them."""

    models: tuple[LineageNode, ...]
    """Sorted by name."""
    removed: tuple[str, ...]
    """Their files, and those of tests that read them; within the project."""
    contracts: tuple[Contract, ...]
    """Of the scored tables, in the order of `tables.yaml`."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    difficulty: Difficulty

    @property
    def names(self) -> frozenset[str]:
        """`schema.table` of each."""
        return frozenset(node.full_name for node in self.models)


class MissingMaker:
    """Finds models of a world that can be taken away."""

    def __init__(
        self,
        runs: WorldRuns,
        written: Iterable[Task],
        seed: int,
        fallen: Counter[str],
        kind: TaskKind = "impl",
        refusal: Callable[[Sequence[LineageNode]], str] = lambda _models: "",
    ) -> None:
        """Nothing is tried yet.

        Args:
            runs: The world's, entered.
            written: Tasks of the world that people wrote; what one of them asks for is not asked for again.
            seed: Decides the order of candidates, with the kind.
            fallen: Receives what falls, by reason; `tried` counts all.
            kind: Of the tasks.
            refusal: Another reason why some models cannot be asked for; empty = they can.
        """
        self._runs = runs
        self._seed = seed
        self._kind = kind
        self._refusal = refusal
        self.fallen = fallen
        models = {node.path for node in runs.graph.tables.values() if node.kind == "model"}
        paths = {name for name, file in runs.files.items() if file in models}
        self._known = {frozenset(paths - start_files(task, runs.files).keys()) for task in written}
        self._n_missing: Counter[str] = Counter()

    def drafts(self, difficulty: Difficulty | None) -> Iterator[Missing]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        for models in self._candidates():
            found = self._draft(models, difficulty)
            if isinstance(found, str):
                self.fallen[found] += 1
            else:
                self._n_missing.update(found.names)
                yield found

    def _candidates(self) -> Iterator[list[LineageNode]]:
        """Groups that can be asked for; small ones together with others that are made from the same tables."""
        small: list[list[LineageNode]] = []
        for group in self._groups():
            self.fallen["tried"] += 1
            self._runs.progress(f"{self.fallen['tried']} candidates tried")
            if problem := self._problem(group):
                self.fallen[problem] += 1
            elif len(group) >= MIN_MODELS:
                yield group
            else:
                small.append(group)
        while small:
            models = small.pop(0)
            while len(models) < MIN_MODELS and small:
                other = min(small, key=lambda group: (-_n_shared(models, group), small.index(group)))
                small.remove(other)
                self.fallen["asked for together with another"] += 1
                models = list({node.full_name: node for node in (*models, *other)}.values())
            if len(models) < MIN_MODELS:
                self.fallen["too few models would be missing"] += 1
            elif problem := self._problem(models):
                self.fallen[problem] += 1
            else:
                yield sorted(models, key=lambda node: node.full_name)

    def _groups(self) -> Iterator[list[LineageNode]]:
        """A model and all that is made from it, each group once."""
        graph, world = self._runs.graph, self._runs.world
        roots = [node.full_name for node in graph.tables.values() if node.kind == "model" and node.stage in _STAGES]
        seen = set()
        for root in sorted(roots, key=lambda name: seeded(self._seed, world.id, f"{self._kind}|{name}")):
            names = frozenset([root, *below(graph, [root])])
            if names not in seen:
                seen.add(names)
                yield [graph.tables[name] for name in sorted(names)]

    def _problem(self, models: Sequence[LineageNode]) -> str:
        """Why some models cannot be asked for; empty = they can."""
        world = self._runs.world
        names = [node.full_name for node in models]
        if len(models) > MAX_MODELS:
            return "too many models would be missing"
        if any(node.kind != "model" or node.path is None or node.path.suffix != ".sql" for node in models):
            return "a snapshot or a Python model would be missing"
        if not all(name in world.tables for name in names):
            return "a model is not in tables.yaml"
        if not any(world.tables[name].stage == "marts" and world.tables[name].key for name in names):
            return "no mart with a key would be missing"
        if not all(map(_is_described, self._contracts(models))):
            return "a table or a column is not described"
        if not self._runs.spots.are_few(names):
            return "the scored tables would accept too many wrong versions"
        return self._refusal(models)

    def _contracts(self, models: Sequence[LineageNode]) -> tuple[Contract, ...]:
        """In the order of `tables.yaml`."""
        world, runs = self._runs.world, self._runs
        scored = by_stage(world, [node.full_name for node in models])
        return tuple(
            contract_of(name, world.tables[name], runs.graph, runs.files) for some in scored.values() for name in some
        )

    def _draft(self, models: Sequence[LineageNode], difficulty: Difficulty | None) -> Missing | str:
        names = [node.full_name for node in models]
        if any(self._n_missing[name] >= _MAX_PER_MODEL for name in names):
            return "a model is missing in enough tasks"
        files = {node.path for node in models}
        removed = [path for path, file in self._runs.files.items() if file in files]
        if frozenset(removed) in self._known:
            return "a written task asks for the same"
        contracts = self._contracts(models)
        level = _difficulty(models, sum(len(contract.columns) for contract in contracts))
        if difficulty and level != difficulty:
            return "another difficulty"
        removed += files_that_read(self._runs.files, {node.dbt_name or node.name for node in models}, removed)
        self._runs.progress(f"{self.fallen['tried']} candidates tried; building without {', '.join(names)}")
        with scratch_folder("generate") as scratch:
            if not self._runs.builder.is_fine_without(removed, scratch):
                return "the pipeline does not build without them"
        return Missing(tuple(models), tuple(sorted(removed)), contracts, by_stage(self._runs.world, names), level)


def _is_described(contract: Contract) -> bool:
    """Whether what stays says what a table is, column by column."""
    return bool(contract.defined_in and contract.description and not contract.undescribed)


def _n_shared(models: Sequence[LineageNode], others: Sequence[LineageNode]) -> int:
    """Tables from which both are made."""
    above, below_them = ({name for node in some for name in node.upstream} for some in (models, others))
    return len(above & below_them)


def _difficulty(models: Sequence[LineageNode], n_columns: int) -> Difficulty:
    """By how many models are to be written, how they are stored, and how many columns they have."""
    if len(models) >= _HARD_MODELS or any(node.materialized == "incremental" for node in models):
        return "hard"
    return "easy" if len(models) == MIN_MODELS and n_columns <= _EASY_COLUMNS else "medium"
