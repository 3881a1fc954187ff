"""Wrong versions of a model that leave its own table as it is on every seed: what a proof would call survivors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from authoring.generate.broken_tables import BrokenTables, CannotTellError, StillbornError
from benchmark.tables import TableSpec
from evaluators.proof.assembly import MIN_MUTATION_SCORE
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import Scope, make_mutants, parse


class Noticed(NamedTuple):
    """Wrong versions of a model."""

    n_mutants: int
    """Those that people listed as equivalent left out."""
    n_blind: int
    """Of these, those that leave its table as it is."""


class BlindSpots:
    """Finds for each model, once, how many wrong versions its own table does not tell from the right one."""

    def __init__(self, runs: Collection[BrokenTables], specs: Mapping[str, TableSpec], listed: Collection[str]) -> None:
        """Nothing is tried yet.

        Args:
            runs: First runs on the seeds of a proof; what agents see first.
            specs: Tables with their keys.
            listed: Mutants that people listed as equivalent.
        """
        self._runs = tuple(runs)
        self._specs = specs
        self._listed = frozenset(listed)
        self._known: dict[str, Noticed] = {}

    def of(self, model: str) -> Noticed:
        """What is known of a model; nothing to notice where it is no SQL."""
        if model not in self._known:
            self._known[model] = self._try(model)
        return self._known[model]

    def are_few(self, models: Collection[str]) -> bool:
        """Whether a proof would find enough wrong versions of some models, if all of them are scored."""
        found = [self.of(model) for model in models]
        n_mutants, n_blind = sum(item.n_mutants for item in found), sum(item.n_blind for item in found)
        return n_blind <= (1 - MIN_MUTATION_SCORE) * n_mutants

    def _try(self, model: str) -> Noticed:
        first = self._runs[0]
        node = first.gold.relations.get(model, {})
        if not node.get("compiled") or model not in self._specs:
            return Noticed(0, 0)
        types: dict[str, str] = {}
        for name in (*node["parents"], model):
            types |= first.columns(name)
        n_mutants = n_blind = 0
        for mutant in make_mutants(model, parse(node["compiled"], first.pinned_now), Scope(types), MUTATIONS):
            if mutant.id in self._listed:
                continue
            try:
                is_seen = any(
                    tables.count({model: mutant.sql}, {model: self._specs[model]})[model].n_wrong
                    for tables in self._runs
                )
            except StillbornError:
                continue
            except CannotTellError:
                is_seen = True
            n_mutants += 1
            n_blind += not is_seen
        return Noticed(n_mutants, n_blind)
