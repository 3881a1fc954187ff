"""Tables whose YAML files promise enough: what tasks of `data_tests` are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from authoring.generate.candidates import seeded
from authoring.generate.drafts import Difficulty
from authoring.generate.formulas import find_formulas
from authoring.generate.promises import Known, Promise, points_to, promises_of
from authoring.generate.watched_tables import WatchedTables
from authoring.generate.world_runs import WorldRuns
from authoring.model_files.yaml_columns import without_tests
from authoring.new_task.contract import contract_of
from authoring.new_task.mask import files_that_read
from authoring.new_task.task_files import by_stage
from benchmark.seeded_faults import MIN_FAULTS

N_TABLES = 3
"""Tables that a task watches."""
_MIN_ROWS = 15
"""Of a table, on every seed; a fault changes some and has to leave most."""
_MIN_PROMISES = 3
"""Of a table."""
_MAX_PER_TABLE = 2
"""Tasks that watch one table."""
_EASY, _HARD = 2, 6
"""Promises over several columns or tables."""


class ContractDraft(NamedTuple):
    """Tables whose tests are taken away, and what is promised of them."""

    tables: tuple[str, ...]
    promises: tuple[Promise, ...]
    removed: tuple[str, ...]
    """Files of tests."""
    files: dict[str, str]
    """YAML files without the tests: path -> text."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    difficulty: Difficulty


class ContractMaker:
    """Finds tables of a world that promise enough."""

    def __init__(self, runs: WorldRuns, tables: WatchedTables, seed: int, fallen: Counter[str]) -> None:
        """Nothing is tried yet.

        Args:
            runs: The world's, entered.
            tables: Gold on all seeds.
            seed: Decides the order of candidates.
            fallen: Receives what falls, by reason; `tried` counts all.
        """
        self._runs = runs
        self._tables = tables
        self._seed = seed
        self.fallen = fallen
        self._n_watched: Counter[str] = Counter()

    def drafts(self, difficulty: Difficulty | None) -> Iterator[ContractDraft]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        fit = [known for name in self._ordered() if (known := self._fit(name)) is not None]
        promises = {known.contract.table: self._promises(known) for known in fit}
        for turn in range(_MAX_PER_TABLE):
            for first in fit:
                if self._n_watched[first.contract.table] > turn:
                    continue
                group = self._group(first, fit)
                found = self._draft(group, [p for known in group for p in promises[known.contract.table]], difficulty)
                if isinstance(found, str):
                    self.fallen[found] += 1
                else:
                    yield found

    def _ordered(self) -> list[str]:
        world = self._runs.world
        names = [name for name, spec in world.tables.items() if spec.stage != "raw"]
        # Marts first: they are what others read.
        place = {name: seeded(self._seed, world.id, f"data_tests|{name}") for name in names}
        return sorted(names, key=lambda name: (world.tables[name].stage != "marts", place[name]))

    def _fit(self, name: str) -> Known | None:
        """A table that can be watched."""
        self.fallen["tried"] += 1
        self._runs.progress(f"{self.fallen['tried']} candidates tried")
        world, runs = self._runs.world, self._runs
        node = runs.gold.relations.get(name, {})
        if not world.tables[name].key or not node.get("compiled"):
            self.fallen["a table without a key, or that no SQL makes"] += 1
            return None
        contract = contract_of(name, world.tables[name], runs.graph, runs.files)
        if not contract.defined_in or contract.undescribed:
            self.fallen["a table or a column is not described"] += 1
            return None
        if self._tables.least_rows(name) < _MIN_ROWS:
            self.fallen["a table has too few rows"] += 1
            return None
        known = self._tables.known(contract)
        if len(self._promises(known)) < _MIN_PROMISES:
            self.fallen["a table promises too little"] += 1
            return None
        return known

    def _promises(self, known: Known) -> list[Promise]:
        """Those that hold on all seeds, with the faults that their tests catch on all seeds."""
        node = self._runs.gold.relations[known.contract.table]
        columns = [column.name for column in known.contract.columns]
        formulas = find_formulas(node["compiled"], self._runs.visible.pinned_now, columns, known.described)
        return [kept for promise in promises_of(known, formulas) if (kept := self._kept(promise)) is not None]

    def _kept(self, promise: Promise) -> Promise | None:
        test = promise.test.format(table=promise.table, other=promise.other)
        if not self._tables.is_quiet(test):
            self.fallen["promises that do not hold on all seeds"] += 1
            return None
        breaches = tuple(item for item in promise.breaches if self._tables.catches(item.sql, test))
        if lost := len(promise.breaches) - len(breaches):
            self.fallen["faults that are not caught on all seeds"] += lost
        return promise._replace(breaches=breaches) if breaches else None

    def _group(self, first: Known, fit: Sequence[Known]) -> list[Known]:
        """A table with others of its stage: those that point to it or that it points to, then others."""
        stage = self._runs.world.tables[first.contract.table].stage

        def rank(known: Known) -> tuple[int, bool]:
            is_near = any(points_to(*pair) for pair in ((first, known), (known, first)))
            return self._n_watched[known.contract.table], not is_near

        others = [
            known
            for known in fit
            if known is not first
            and self._runs.world.tables[known.contract.table].stage == stage
            and self._n_watched[known.contract.table] < _MAX_PER_TABLE
        ]
        return [first, *sorted(others, key=rank)[: N_TABLES - 1]]

    def _draft(
        self, group: Sequence[Known], own: Sequence[Promise], difficulty: Difficulty | None
    ) -> ContractDraft | str:
        if len(group) < N_TABLES:
            return "too few tables of a stage are left"
        tables = tuple(known.contract.table for known in group)
        links = [points_to(one, other) for one in group for other in group]
        promises = [*own, *(kept for link in links if link and (kept := self._kept(link)) is not None)]
        if sum(len(promise.breaches) for promise in promises) < MIN_FAULTS:
            return "too few faults can be made"
        level = _difficulty(promises)
        if difficulty and level != difficulty:
            return "another difficulty"
        names = {
            str(self._runs.gold.relations[table]["path"]).rpartition("/")[2].removesuffix(".sql") for table in tables
        }
        removed = [path for path in files_that_read(self._runs.files, names, ()) if path.startswith("dbt/tests/")]
        files = {}
        for path, file in self._runs.files.items():
            if path.startswith("dbt/") and file.suffix in (".yml", ".yaml"):
                source = file.read_text(encoding="utf-8")
                if (text := without_tests(source, names)) != source:
                    files[path] = text
        if not files and not removed:
            return "the tables have no tests that could be taken away"
        self._n_watched.update(tables)
        ordered = tuple(table for table in tables)
        return ContractDraft(ordered, tuple(promises), tuple(removed), files, by_stage(self._runs.world, tables), level)


def _difficulty(promises: Sequence[Promise]) -> Difficulty:
    """By how many promises need more than one look at one column."""
    n = sum(promise.name.endswith("_follows") or bool(promise.other) for promise in promises)
    return "easy" if n <= _EASY else "hard" if n >= _HARD else "medium"
