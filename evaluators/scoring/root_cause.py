"""Root cause: the most upstream table of a trial that differs from gold, and the file that builds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmark.scorecard import RootCause, ScenarioResult, Scorecard, TableResult
from benchmark.stages import STAGES


def find_root_cause(scenarios: Sequence[ScenarioResult]) -> RootCause | None:
    """The root cause of a trial; None where every table matches.

    It is taken from the first scenario that has a mismatch, in the order of the scorecard: later ones mostly show the
    same fault again. Of the mismatching tables it is one without a mismatch upstream (there is always one, lineage has
    no cycles); of several, the one of the earliest stage, ties by name.
    """
    for scenario in scenarios:
        wrong = [table for table in scenario.tables if not table.verdict.is_match]
        if wrong:
            first = min(wrong, key=_order)
            return RootCause(
                scenario=scenario.scenario,
                table=first.table,
                stage=first.stage,
                kind=first.verdict.kind,
                is_own=not first.component.is_match,
                built_by=first.built_by,
                summary=first.verdict.summary,
            )
    return None


def count_root_causes(scorecards: Iterable[Scorecard]) -> list[dict[str, str | int]]:
    """Root causes of a run's trials by stage and kind: `stage`, `kind`, `n_trials`; most frequent first."""
    counts = Counter((card.root_cause.stage, card.root_cause.kind) for card in scorecards if card.root_cause)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], STAGES.index(item[0][0]), item[0][1]))
    return [{"stage": stage, "kind": kind, "n_trials": n_trials} for (stage, kind), n_trials in ordered]


def _order(table: TableResult) -> tuple[bool, int, str]:
    return table.is_cascaded, STAGES.index(table.stage), table.table
