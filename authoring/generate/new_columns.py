"""Columns that a pipeline can do without, on several tables: what tasks of `evol` ask for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from authoring.generate.candidates import seeded
from authoring.generate.drafts import Difficulty
from authoring.generate.missing_columns import CannotTakeError, ColumnTaker, WithoutColumns
from authoring.generate.world_runs import WorldRuns
from authoring.lineage.query_columns import Column
from authoring.new_task.contract import contract_of
from authoring.new_task.mask import files_that_read
from authoring.new_task.task_files import by_stage
from benchmark.files import scratch_folder
from evaluators.scoring.table_verdicts import judge_tables

MIN_TABLES, MAX_TABLES = 3, 8
"""Tables that a task scores."""
_MAX_COLUMNS = 12
_EASY_MODELS, _HARD_MODELS = 3, 5
_MAX_PER_MART = 3
"""Tasks that ask for columns of one mart."""


class NewColumns(NamedTuple):
    """Columns that the start lacks."""

    roots: tuple[Column, ...]
    """From these all others follow."""
    without: WithoutColumns
    files: Mapping[str, str]
    """Path -> text, of the start; YAML files too."""
    removed: tuple[str, ...]
    """Files of tests that read them."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    difficulty: Difficulty


class _Family(NamedTuple):
    roots: tuple[Column, ...]
    without: WithoutColumns

    @property
    def marts(self) -> frozenset[str]:
        """Marts that lack something."""
        return frozenset(table for table in self.without.columns if table.startswith("marts."))


class NewColumnMaker:
    """Finds columns of a world that can be asked for."""

    def __init__(self, runs: WorldRuns, seed: int, fallen: Counter[str]) -> None:
        """Nothing is tried yet.

        Args:
            runs: The world's, entered.
            seed: Decides the order of candidates.
            fallen: Receives what falls, by reason; `tried` counts all.
        """
        self._runs = runs
        self._seed = seed
        self.fallen = fallen
        self._taker = ColumnTaker(runs.world, runs.files, runs.visible)
        self._asked: set[Column] = set()
        self._n_asked: Counter[str] = Counter()

    def drafts(self, difficulty: Difficulty | None) -> Iterator[NewColumns]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        for family in self._groups():
            found = self._draft(family, difficulty)
            if isinstance(found, str):
                self.fallen[found] += 1
            else:
                self._asked.update(_of_marts(found.without))
                self._n_asked.update(family.marts)
                yield found

    def _groups(self) -> Iterator[_Family]:
        """Columns that are missing on enough tables; others together with those of the same mart."""
        small: list[_Family] = []
        for family in self._families():
            if len(family.without.columns) >= MIN_TABLES:
                yield family
                continue
            partner = next((other for other in small if other.marts & family.marts), None)
            joined = self._joined(family, partner) if partner else None
            if partner is None or joined is None:
                small.append(family)
                continue
            small.remove(partner)
            self.fallen["asked for together with another"] += 1
            if len(joined.without.columns) >= MIN_TABLES:
                yield joined
            else:
                small.append(joined)
        yield from small

    def _joined(self, family: _Family, other: _Family) -> _Family | None:
        roots = tuple(sorted({*family.roots, *other.roots}))
        try:
            return _Family(roots, self._taker.take(roots))
        except CannotTakeError:
            return None

    def _families(self) -> Iterator[_Family]:
        """Every column that something is made from, with all that is; each set of columns once."""
        world = self._runs.world
        every = [
            (table, column)
            for table, spec in world.tables.items()
            for column in spec.columns
            if spec.stage != "raw" and column not in spec.key
        ]
        seen: set[frozenset[Column]] = set()
        for root in sorted(every, key=lambda root: seeded(self._seed, world.id, f"evol|{root[0]}.{root[1]}")):
            self.fallen["tried"] += 1
            self._runs.progress(f"{self.fallen['tried']} candidates tried")
            try:
                without = self._taker.take([root])
            except CannotTakeError as error:
                self.fallen[str(error)] += 1
                continue
            if problem := self._problem(without):
                self.fallen[problem] += 1
            elif (columns := _pairs(without)) in seen:
                self.fallen["a duplicate of another"] += 1
            else:
                seen.add(columns)
                yield _Family((root,), without)

    def _problem(self, without: WithoutColumns) -> str:
        """Why some columns cannot be asked for; empty = they can."""
        world, runs = self._runs.world, self._runs
        columns = without.columns
        if any(
            table not in world.tables or set(names) - {*world.tables[table].columns} for table, names in columns.items()
        ):
            return "a table or a column is not in tables.yaml"
        specs = {table: world.tables[table] for table in columns}
        if any(set(spec.columns) <= {*columns[table], *spec.key} for table, spec in specs.items()):
            return "a table would be left with its key alone"
        if len(without.files) < 2:
            return "one model would have to change"
        if not any(world.tables[table].stage == "marts" and world.tables[table].key for table in columns):
            return "no mart with a key would get a column"
        if len(columns) > MAX_TABLES or sum(map(len, columns.values())) > _MAX_COLUMNS:
            return "too many columns follow from it"
        if not without.n_computed:
            return "nothing would have to be computed"
        for table, names in columns.items():
            contract = contract_of(table, world.tables[table], runs.graph, runs.files)
            if not contract.defined_in or set(names) & set(contract.undescribed):
                return "a table or a column is not described"
        return ""

    def _draft(self, family: _Family, difficulty: Difficulty | None) -> NewColumns | str:
        without = family.without
        if self._asked.intersection(_of_marts(without)):
            return "a column is asked for already"
        if any(self._n_asked[mart] >= _MAX_PER_MART for mart in family.marts):
            return "enough columns of a mart are asked for"
        if problem := self._problem(without):
            return problem
        level = _difficulty(without)
        if difficulty and level != difficulty:
            return "another difficulty"
        names = self._scored(without)
        if len(names) < MIN_TABLES:
            return "too few tables could be scored"
        if not self._runs.spots.are_few(names):
            return "the scored tables would accept too many wrong versions"
        files = {
            path: content
            for path, content in {**without.files, **self._taker.yaml_files(without.columns)}.items()
            # A model that takes all columns of another one stays as it is.
            if content != self._runs.files[path].read_text(encoding="utf-8")
        }
        removed = self._tests_that_read(without)
        if problem := self._build_problem(without, files, removed):
            return problem
        return NewColumns(family.roots, without, files, removed, by_stage(self._runs.world, names), level)

    def _tests_that_read(self, without: WithoutColumns) -> tuple[str, ...]:
        """Singular tests that cannot run without the columns."""
        found: list[str] = []
        for table, columns in without.columns.items():
            name = str(self._runs.gold.relations[table]["path"]).rpartition("/")[2].removesuffix(".sql")
            for path in files_that_read(self._runs.files, {name}, found):
                text = self._runs.files[path].read_text(encoding="utf-8")
                if path.startswith("dbt/tests/") and any(re.search(rf"\b{re.escape(c)}\b", text) for c in columns):
                    found.append(path)
        return tuple(sorted(found))

    def _scored(self, without: WithoutColumns) -> list[str]:
        """Tables with new columns; where they are few, others beside them that have to stay as they are."""
        world, lineage = self._runs.world, self._runs.gold.lineage
        names = list(without.columns)
        below = [name for name, parents in sorted(lineage.items()) if set(parents) & set(names)]
        above = [parent for name in names for parent in lineage.get(name, ())]
        for other in (*below, *above):
            is_fit = other in world.tables and world.tables[other].stage != "raw" and other not in names
            if is_fit and len(names) < MIN_TABLES and self._runs.spots.are_few([*names, other]):
                names.append(other)
        return names

    def _build_problem(self, without: WithoutColumns, files: Mapping[str, str], removed: Sequence[str]) -> str:
        """Why the start cannot be as it would be; empty = it can."""
        self._runs.progress(f"{self.fallen['tried']} candidates tried; building without {_named(without)}")
        specs = {}
        for table, spec in self._runs.task.scored_tables.items():
            gone = without.columns.get(table, ())
            if kept := tuple(column for column in spec.columns if column not in gone):
                specs[table] = spec.model_copy(update={"columns": kept})
        with scratch_folder("generate") as scratch:
            built = self._runs.builder.build_files(files, list(specs), scratch, removed)
            if isinstance(built, str):
                return built
            verdicts = judge_tables(self._runs.gold.folder, built.folder, specs, built.unreadable)
            return "" if all(verdict.is_match for verdict in verdicts.values()) else "something else would change"


def _named(without: WithoutColumns) -> str:
    return ", ".join(f"{table}.{column}" for table, names in without.columns.items() for column in names[:2])


def _pairs(without: WithoutColumns) -> frozenset[Column]:
    return frozenset((table, column) for table, names in without.columns.items() for column in names)


def _of_marts(without: WithoutColumns) -> list[Column]:
    """Columns of marts, which no other task asks for again."""
    return [pair for pair in sorted(_pairs(without)) if pair[0].startswith("marts.")]


def _difficulty(without: WithoutColumns) -> Difficulty:
    """By how many models change, and how much is to be computed."""
    if len(without.files) >= _HARD_MODELS:
        return "hard"
    return "easy" if len(without.files) <= _EASY_MODELS and without.n_computed <= 2 else "medium"
