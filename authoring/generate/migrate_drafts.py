"""Models that can be taken away and told as a script of an old system: what tasks of `migrate` are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from authoring.generate.candidates import seeded
from authoring.generate.drafts import Difficulty
from authoring.generate.legacy_dialects import LEGACIES, CannotSayError, Legacy
from authoring.generate.legacy_runs import makes_gold
from authoring.generate.legacy_scripts import Model, Script, make_script
from authoring.generate.missing_models import Missing, MissingMaker
from authoring.generate.world_runs import WorldRuns
from authoring.lineage.project_graph import LineageNode
from benchmark.task import Task
from evaluators.proof.sql_trees import parse
from evaluators.proof.targets import upstream_first


class Migration(NamedTuple):
    """Models that are not there, and a script that makes their tables."""

    missing: Missing
    script: Script


class MigrateMaker:
    """Finds models of a world that can be told as a script."""

    def __init__(self, runs: WorldRuns, written: Iterable[Task], seed: int, fallen: Counter[str]) -> None:
        """Nothing is tried yet.

        Args:
            runs: The world's, entered.
            written: Tasks of the world that people wrote; what one of them asks for is not asked for again.
            seed: Decides the order of candidates, and which old system it was.
            fallen: Receives what falls, by reason; `tried` counts all.
        """
        self._runs = runs
        self._seed = seed
        self._scripts: dict[frozenset[str], Script] = {}
        self._missing = MissingMaker(runs, written, seed, fallen, "migrate", self._refusal)

    def drafts(self, difficulty: Difficulty | None) -> Iterator[Migration]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        for missing in self._missing.drafts(difficulty):
            yield Migration(missing, self._scripts[missing.names])

    def _refusal(self, models: Sequence[LineageNode]) -> str:
        names = frozenset(node.full_name for node in models)
        relations = self._runs.gold.relations
        if any(relations[name]["type"] == "incremental" or not relations[name]["compiled"] for name in names):
            return "an incremental model remembers what a script would not"
        if any(not self._runs.world.tables[name].key for name in names):
            return "a table without a key cannot be compared"
        is_said = False
        for legacy in self._legacies(names):
            try:
                script = self._script(names, legacy)
            except CannotSayError:
                continue
            is_said = True
            specs = {name: self._runs.world.tables[name] for name in sorted(names)}
            if makes_gold(script, self._runs.tables.values(), specs):
                self._scripts[names] = script
                return ""
        return "the script would make other tables" if is_said else "no old system can say a model"

    def _legacies(self, names: frozenset[str]) -> list[Legacy]:
        """Old systems in the order of the seed."""
        said = "|".join(sorted(names))
        return sorted(LEGACIES, key=lambda old: seeded(self._seed, self._runs.world.id, f"{old.dialect}|{said}"))

    def _script(self, names: frozenset[str], legacy: Legacy) -> Script:
        runs = self._runs
        relations = runs.gold.relations
        ordered = [name for name in upstream_first(runs.gold.lineage) if name in names]
        models = [
            Model(name, parse(relations[name]["compiled"], runs.visible.pinned_now), runs.world.tables[name].columns)
            for name in ordered
        ]
        read = dict.fromkeys(parent for name in ordered for parent in relations[name]["parents"] if parent not in names)
        return make_script(models, {name: list(runs.visible.columns(name)) for name in read}, legacy)
