"""Marts that are right in the first run and wrong in later ones: what tasks of `incremental` are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from authoring.generate.candidates import distances, seeded
from authoring.generate.differences import TableDifference, describe_difference
from authoring.generate.drafts import MAX_SHARE, MIN_ROWS, Difficulty
from authoring.generate.incremental_versions import Version, wrong_versions
from authoring.generate.scored_tables import scored_tables, with_tables_above
from authoring.generate.second_nights import Nights, filled_times, share_wrong
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.task_files import by_stage
from benchmark.files import scratch_folder
from evaluators.scenarios.base import days
from evaluators.scoring.table_verdicts import judge_tables

_NIGHTS = (days(1), days(1, 1), days(1, 2))
_MAX_PER_MODEL = 1
"""Tasks in which one model is wrong."""


class Forgetful(NamedTuple):
    """A pipeline that is right on the first night and wrong on the second."""

    model: str
    path: str
    version: Version
    symptom: TableDifference
    """In the model's own table, on the second night."""
    others: tuple[TableDifference, ...]
    """Further marts that differ then."""
    n_wrong: int
    """Tables of the world that differ on the second night."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    difficulty: Difficulty


class IncrementalMaker:
    """Finds marts of a world that can be made wrong in later runs."""

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
        self._n_made: Counter[str] = Counter()

    def drafts(self, difficulty: Difficulty | None) -> Iterator[Forgetful]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        for model, path, version in self._candidates():
            self.fallen["tried"] += 1
            self._runs.progress(f"{self.fallen['tried']} candidates tried")
            if self._n_made[model] >= _MAX_PER_MODEL:
                self.fallen["its model is wrong in enough tasks"] += 1
                continue
            found: Forgetful | str = self._foreseen(model, version) or self._built(model, path, version)
            if isinstance(found, Forgetful) and difficulty and found.difficulty != difficulty:
                found = "another difficulty"
            if isinstance(found, str):
                self.fallen[found] += 1
            else:
                self._n_made[model] += 1
                yield found

    def _candidates(self) -> Iterator[tuple[str, str, Version]]:
        """Wrong versions of marts, in the order of the seed; marts take turns."""
        world, relations = self._runs.world, self._runs.gold.relations
        queues = []
        marts = [name for name, spec in world.tables.items() if spec.stage == "marts" and spec.key]
        for model in sorted(marts, key=lambda name: seeded(self._seed, world.id, f"incremental|{name}")):
            node = relations.get(model, {})
            if not node.get("compiled") or node["type"] not in ("table", "incremental"):
                continue
            source = (world.project_dir / node["path"]).read_text(encoding="utf-8")
            times = filled_times(self._nights(model), world.tables[model].columns)
            found = list(wrong_versions(source, times, world.tables[model].key))
            found.sort(key=lambda version: seeded(self._seed, world.id, f"incremental|{model}|{version.name}"))
            if not found:
                self.fallen["a mart without a day or a time, or in an unusual form"] += 1
            queues.append([(model, str(node["path"]), version) for version in found])
        for turn in range(max(map(len, queues), default=0)):
            yield from (queue[turn] for queue in queues if turn < len(queue))

    def _nights(self, model: str) -> Nights:
        return Nights(*(gold.folder / f"{model}.parquet" for gold in (self._runs.gold, self._runs.next_day)))

    def _foreseen(self, model: str, version: Version) -> str:
        """Why a table that only gets new rows makes no task; empty = it may, or it cannot be foreseen."""
        if self._runs.gold.relations[model]["type"] != "table":
            return ""
        n_wrong, share = share_wrong(self._nights(model), self._runs.world.tables[model], version)
        if n_wrong < MIN_ROWS:
            return "the second night shows nothing wrong, or too little"
        return "too many rows would be wrong" if share > MAX_SHARE else ""

    def _built(self, model: str, path: str, version: Version) -> Forgetful | str:
        """Build a pipeline for two nights, and the first one twice."""
        self._runs.progress(f"{self.fallen['tried']} candidates tried; two nights with {model} {version.name}")
        below = distances(self._runs.gold.lineage, model)
        scored = {name: spec for name, spec in self._runs.world.tables.items() if name in below}
        with scratch_folder("generate") as scratch:
            built = self._runs.builder.run_files(
                {path: version.text}, list(scored), scratch, _NIGHTS, has_unit_tests=False
            )
            if isinstance(built, str):
                return built
            first, again, second = (built[night] for night in _NIGHTS)
            for night in (first, again):
                verdicts = judge_tables(self._runs.gold.folder, night.folder, scored, night.unreadable)
                if not all(verdict.is_match for verdict in verdicts.values()):
                    return "the first night is wrong already, or a second run on it"
            verdicts = judge_tables(self._runs.next_day.folder, second.folder, scored, second.unreadable)
            wrong = {name for name, verdict in verdicts.items() if not verdict.is_match}
            if model not in wrong:
                return "the second night shows nothing wrong, or too little"
            return self._draft(model, path, version, wrong, second.folder)

    def _draft(self, model: str, path: str, version: Version, wrong: set[str], folder: Path) -> Forgetful | str:
        world, gold = self._runs.world, self._runs.next_day

        def describe(name: str) -> TableDifference:
            right, shown = (place / f"{name}.parquet" for place in (gold.folder, folder))
            return describe_difference(name, world.tables[name], right, shown)

        chosen = scored_tables(world, gold.lineage, [(model, model)], wrong, self._runs.spots)
        names = [name for some in chosen.values() for name in some]
        names = with_tables_above(world, gold.lineage, names, self._runs.spots, self._seed)
        if not self._runs.spots.are_few(names):
            return "the scored tables would accept too many wrong versions"
        symptom = describe(model)
        if symptom.counts.n_wrong < MIN_ROWS:
            return "the second night shows nothing wrong, or too little"
        marts = [n for n in sorted(wrong) if n != model and world.tables[n].stage == "marts" and world.tables[n].key]
        level = _difficulty(self._runs.gold.relations[model]["type"], symptom)
        others = tuple(describe(name) for name in marts)
        return Forgetful(model, path, version, symptom, others, len(wrong), by_stage(world, names), level)


def _difficulty(kind: str, symptom: TableDifference) -> Difficulty:
    """By whether the model has to stay incremental, and by whether rows change, vanish or are missing."""
    counts = symptom.counts
    n_ways = sum(bool(n) for n in (counts.n_changed, counts.n_missing, counts.n_extra))
    if kind == "incremental":
        return "hard"
    return "easy" if n_ways == 1 else "medium"
