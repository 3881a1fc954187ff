"""Two competitors against each other, and what follows: ranks and ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from benchmark.scorecard import Scorecard
from evaluators.scoring.elo import elo_ratings
from evaluators.scoring.leaderboard import FIGURES, compare_agents, values_by_task
from orchestration.reports.run_report.model import Estimate, Pair
from orchestration.reports.run_report.read import Entrant

MIN_ALIKE = 6
"""Tasks that all differ alike have no bootstrap interval; chance does that to so many in under 5 % (sign test)."""


def pair_all(entrants: Sequence[Entrant]) -> list[Pair]:
    """Pair every two competitors of a setting that are no references and have a task in common."""
    ranked = [entrant for entrant in entrants if not entrant.is_reference]
    return [
        _pair(first, second)
        for first, second in combinations(ranked, 2)
        if first.setting == second.setting and _tasks(first) & _tasks(second)
    ]


def ranks(entrants: Sequence[Entrant], pairs: Sequence[Pair]) -> dict[str, int]:
    """Label -> 1 + the number of competitors whose success rate is higher beyond doubt."""
    result = {entrant.label: 1 for entrant in entrants if not entrant.is_reference}
    for pair in pairs:
        if pair.is_distinct:
            result[pair.second if (pair.success_rate.mean or 0) > 0 else pair.first] += 1
    return result


def ratings(entrants: Sequence[Entrant]) -> dict[str, float]:
    """Label -> rating of the end-to-end score, within each setting, without references."""
    result: dict[str, float] = {}
    for setting in {entrant.setting for entrant in entrants}:
        own = [entrant for entrant in entrants if entrant.setting == setting and not entrant.is_reference]
        value = FIGURES["cascading_failure_score"]
        result |= elo_ratings({entrant.label: values_by_task(entrant.cards, value) for entrant in own})
    return result


def flips(first: Sequence[Scorecard], second: Sequence[Scorecard]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tasks that the first solved more often than the second, and the reverse; unscored ones are in neither."""
    ours, theirs = (values_by_task(cards, FIGURES["success_rate"]) for cards in (first, second))
    gaps = {
        task: our - their
        for task in sorted(ours.keys() & theirs.keys())
        if (our := ours[task]) is not None and (their := theirs[task]) is not None
    }
    return tuple(task for task, gap in gaps.items() if gap > 0), tuple(task for task, gap in gaps.items() if gap < 0)


def _pair(first: Entrant, second: Entrant) -> Pair:
    compared = compare_agents(first.cards, second.cards)
    success = difference(compared["success_rate"])
    first_only, second_only = flips(first.cards, second.cards)
    return Pair(
        first=first.label,
        second=second.label,
        success_rate=success,
        cascading_failure_score=difference(compared["cascading_failure_score"]),
        is_distinct=is_distinct(success),
        first_only=first_only,
        second_only=second_only,
    )


def difference(row: Mapping[str, Any]) -> Estimate:
    """A row of `compare_agents` as an estimate."""
    return Estimate(
        mean=row["difference"], low=row["low"], high=row["high"], n_tasks=row["n_tasks"], n_left_out=row["n_left_out"]
    )


def is_distinct(gap: Estimate) -> bool:
    """Whether a paired difference is more than chance: 0 lies outside its interval, or many tasks all differ alike."""
    if gap.low is not None and gap.high is not None:
        return gap.low > 0 or gap.high < 0
    return bool(gap.mean) and gap.n_tasks >= MIN_ALIKE


def _tasks(entrant: Entrant) -> set[str]:
    return {card.trial.task for card in entrant.cards}
