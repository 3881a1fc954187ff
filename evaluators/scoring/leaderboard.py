"""What the trials of a run add up to: per competitor, over attempts and tasks; and two of them against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from benchmark.errors import LockgateError
from benchmark.scorecard import Competitor, Scorecard
from evaluators.scoring.metrics import (
    Mean,
    mean_over_tasks,
    paired_difference,
    pass_at_k_by_task,
    pass_hat_k_by_task,
    share_over_tasks,
)
from evaluators.scoring.root_cause import count_root_causes

Value = Callable[[Scorecard], float | bool | None]

FIGURES: dict[str, Value] = {
    "success_rate": lambda card: card.success,
    "extract_load_success_rate": lambda card: card.extract_load_success,
    "transform_success_rate": lambda card: card.transform_success,
    "component_score": lambda card: card.scores.component_score if card.scores else None,
    "cascading_failure_score": lambda card: card.scores.cascading_failure_score if card.scores else None,
}
"""Figure -> its value in one trial; None = unscored, or not scored by the task."""


SHARES = frozenset({"success_rate", "extract_load_success_rate", "transform_success_rate"})
"""Figures that count successes: they have Wilson intervals, the others bootstrap intervals."""


@dataclass(frozen=True)
class AgentStanding:
    """What one competitor achieved: an agent with one model, effort, hint level and budget."""

    competitor: Competitor
    n_tasks: int
    n_scored: int
    """Trials with a verdict."""
    n_unscored: int
    figures: Mapping[str, Mean]
    """Each of `FIGURES` over the tasks: the mean of the means over a task's scored attempts."""
    k: int
    """Scored attempts that every scored task has."""
    pass_at_k: Mean
    pass_hat_k: Mean
    root_causes: tuple[Mapping[str, str | int], ...]
    """As `evaluators.scoring.root_cause.count_root_causes`."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`: who, counts, each figure under its name, and `intervals[figure]` = [low, high] or null."""
        means = {**self.figures, "pass_at_k": self.pass_at_k, "pass_hat_k": self.pass_hat_k}
        return {
            **self.competitor.model_dump(mode="json"),
            "competitor": self.competitor.name,
            "n_tasks": self.n_tasks,
            "n_scored": self.n_scored,
            "n_unscored": self.n_unscored,
            "k": self.k,
            **{name: mean.mean for name, mean in means.items()},
            "intervals": {name: None if mean.low is None else [mean.low, mean.high] for name, mean in means.items()},
            "root_causes": list(self.root_causes),
        }


def agent_standing(competitor: Competitor, scorecards: Sequence[Scorecard]) -> AgentStanding:
    """Add up the trials of one competitor.

    Args:
        competitor: Who.
        scorecards: All of its trials, unscored ones too.
    """
    n_scored = sum(card.status == "scored" for card in scorecards)
    attempts, scored = outcomes_by_task(scorecards), _by_task(scorecards)
    counts = [sum(outcome is not None for outcome in outcomes) for outcomes in attempts.values()]
    k = min((count for count in counts if count), default=1)
    return AgentStanding(
        competitor=competitor,
        n_tasks=len(attempts),
        n_scored=n_scored,
        n_unscored=len(scorecards) - n_scored,
        figures={name: over_tasks(name, _values(scored, value)) for name, value in FIGURES.items()},
        k=k,
        pass_at_k=share_over_tasks(pass_at_k_by_task(attempts, k)),
        pass_hat_k=share_over_tasks(pass_hat_k_by_task(attempts, k)),
        root_causes=tuple(count_root_causes(scorecards)),
    )


def standings(scorecards: Sequence[Scorecard]) -> tuple[AgentStanding, ...]:
    """The standing of each competitor, in the order in which their first trials are given."""
    by_competitor: dict[Competitor, list[Scorecard]] = defaultdict(list)
    for card in scorecards:
        by_competitor[card.trial.competitor].append(card)
    return tuple(agent_standing(competitor, cards) for competitor, cards in by_competitor.items())


def compare_agents(first: Sequence[Scorecard], second: Sequence[Scorecard]) -> dict[str, dict[str, Any]]:
    """Compare two competitors: first minus second, paired by task.

    Returns:
        Per figure `first`, `second`, `difference`, `low`, `high`, `n_tasks`, `n_left_out`. All of it is over the tasks
        that both have scored; `n_left_out` counts the others. An interval that holds 0 shows no difference; there is
        none (`low` and `high` are None) below `evaluators.scoring.metrics.MIN_TASKS` tasks.

    Raises:
        LockgateError: They have no task in common.
    """
    if not {card.trial.task for card in first} & {card.trial.task for card in second}:
        raise LockgateError("The two have no task in common, so they cannot be compared.")
    result = {}
    for name, value in FIGURES.items():
        ours, theirs = values_by_task(first, value), values_by_task(second, value)
        common = sorted(task for task in ours if ours[task] is not None and theirs.get(task) is not None)
        difference = paired_difference(ours, theirs)
        result[name] = {
            "first": _mean(ours, common),
            "second": _mean(theirs, common),
            "difference": difference.mean,
            "low": difference.low,
            "high": difference.high,
            "n_tasks": difference.n_scored,
            "n_left_out": difference.n_unscored,
        }
    return result


def over_tasks(name: str, values: Mapping[str, float | None]) -> Mean:
    """The mean of a figure over tasks: a Wilson interval for a share of successes, else a bootstrap interval."""
    return share_over_tasks(values) if name in SHARES else mean_over_tasks(values)


def values_by_task(scorecards: Sequence[Scorecard], value: Value) -> dict[str, float | None]:
    """Task -> mean over its attempts that have a value; None where none has."""
    return _values(_by_task(scorecards), value)


def _by_task(scorecards: Sequence[Scorecard]) -> dict[str, list[Scorecard]]:
    """Task -> its attempts that are scored; a task without any is there too."""
    attempts: dict[str, list[Scorecard]] = {}
    for card in scorecards:
        scored = attempts.setdefault(card.trial.task, [])
        if card.status == "scored":
            scored.append(card)
    return attempts


def _values(attempts: Mapping[str, Sequence[Scorecard]], value: Value) -> dict[str, float | None]:
    found = {task: [value(card) for card in cards] for task, cards in attempts.items()}
    return {task: _mean_of([float(one) for one in values if one is not None]) for task, values in found.items()}


def outcomes_by_task(scorecards: Sequence[Scorecard]) -> dict[str, list[bool | None]]:
    """Task -> the outcomes of its attempts; None = unscored."""
    attempts: dict[str, list[bool | None]] = defaultdict(list)
    for card in scorecards:
        attempts[card.trial.task].append(card.success if card.status == "scored" else None)
    return dict(attempts)


def _mean_of(known: Sequence[float]) -> float | None:
    """Their mean; most tasks have one attempt."""
    return known[0] if len(known) == 1 else fmean(known) if known else None


def _mean(values: Mapping[str, float | None], tasks: Sequence[str]) -> float | None:
    known = [value for task in tasks if (value := values[task]) is not None]
    return fmean(known) if known else None
