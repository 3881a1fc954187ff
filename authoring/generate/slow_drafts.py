"""Models that can be made dear and stay right: what tasks of `optimize` are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from authoring.generate.broken_tables import BrokenTables, CannotTellError
from authoring.generate.candidates import seeded
from authoring.generate.drafts import Difficulty
from authoring.generate.scored_tables import scored_tables, with_tables_above
from authoring.generate.slow_versions import one_query_per_figure
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.task_files import by_stage
from benchmark.files import scratch_folder
from benchmark.work import WorkSpec
from evaluators.pipeline.work import work_of_gold
from evaluators.proof.sql_trees import at, parse, render
from evaluators.scoring.scores import upstream_tables

_TYPES = ("view", "table")
_MIN_RATIO = 1.5
"""Rows of the slow version, as a multiple of the right one's, on every seed."""
_ROOM = 0.4
"""Where the limit lies between the right version and the slow one."""
_MAX_LIMIT = 2.0
_MANY_MODELS = 4
"""Models upstream from which on a task is of medium difficulty."""


class Slow(NamedTuple):
    """A pipeline that is right and too dear."""

    model: str
    path: str
    text: str
    """The slow file."""
    rows: int
    """That it handles on what agents see."""
    rows_of_solution: int
    limit: float
    """As a multiple of the solution's."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    difficulty: Difficulty


class SlowMaker:
    """Finds models of a world that can be made dear."""

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

    def drafts(self, difficulty: Difficulty | None) -> Iterator[Slow]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        relations = self._runs.gold.relations
        models = [name for name, node in relations.items() if node["compiled"] and node["type"] in _TYPES]
        for model in sorted(models, key=lambda name: seeded(self._seed, self._runs.world.id, f"optimize|{name}")):
            self.fallen["tried"] += 1
            self._runs.progress(f"{self.fallen['tried']} candidates tried")
            found = self._tried(model)
            if isinstance(found, Slow) and difficulty and found.difficulty != difficulty:
                found = "another difficulty"
            if isinstance(found, str):
                self.fallen[found] += 1
            else:
                yield found

    def _tried(self, model: str) -> Slow | str:
        runs, node = self._runs, self._runs.gold.relations[model]
        if model not in runs.world.tables or not runs.world.tables[model].key:
            return "a table that is not scored, or has no key"
        text = one_query_per_figure((runs.world.project_dir / node["path"]).read_text(encoding="utf-8"))
        if text is None:
            return "no step adds up three figures or more"
        chosen = scored_tables(runs.world, runs.gold.lineage, [(model, model)], (), runs.spots)
        names = [name for names in chosen.values() for name in names]
        names = with_tables_above(runs.world, runs.gold.lineage, names, runs.spots, self._seed)
        if not runs.spots.are_few(names):
            return "the scored tables would accept too many wrong versions"
        runs.progress(f"{self.fallen['tried']} candidates tried; building with a slow {model}")
        with scratch_folder("generate") as scratch:
            built = runs.builder.build_files({node["path"]: text}, [model], scratch)
        if isinstance(built, str):
            return built
        sql = render(parse(built.relations[model]["compiled"], runs.visible.pinned_now))
        pairs = []
        for tables in runs.tables.values():
            measured = self._measured(model, sql, tables)
            if isinstance(measured, str):
                return measured
            pairs.append(measured)
        ratio = min(slow / right for slow, right in pairs)
        if ratio < _MIN_RATIO:
            return "the slow version costs little more"
        limit = min(_MAX_LIMIT, round(1 + (ratio - 1) * _ROOM, 1))
        n_above = len(upstream_tables(runs.gold.lineage)[model] & runs.gold.lineage.keys())
        level: Difficulty = "medium" if n_above >= _MANY_MODELS else "easy"
        return Slow(model, str(node["path"]), text, *pairs[0], limit, by_stage(runs.world, names), level)

    def _measured(self, model: str, sql: str, tables: BrokenTables) -> tuple[int, int] | str:
        """Rows that the slow version and the right one handle on a seed, or why they cannot be compared."""
        try:
            counts = tables.count({model: sql}, {model: self._runs.world.tables[model]})
        except CannotTellError:
            return "the slow version does not run on every seed"
        if model not in counts or counts[model].n_wrong:
            return "the slow version is not right on every seed"
        found = []
        for compiled in (at(sql, tables.pinned_now), tables.gold.relations[model]["compiled"]):
            changed = {**tables.gold.relations[model], "compiled": compiled}
            gold = tables.gold._replace(relations={**tables.gold.relations, model: changed})
            with scratch_folder("generate") as scratch:
                work = work_of_gold(
                    WorkSpec(tables=(model,), limit=1), gold, tables.pinned_now, self._runs.runtime, scratch / "rows"
                )
            if work.problem or not work.rows:
                return "its rows cannot be counted"
            found.append(work.rows)
        return found[0], found[1]
