"""What the trials of a run add up to: per agent, over attempts and tasks; and two agents against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmark.errors import LockgateError
from benchmark.scorecard import Scorecard
from evaluators.scoring.metrics import (
    Mean,
    mean_over_tasks,
    paired_difference,
    pass_at_k_by_task,
    pass_hat_k_by_task,
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


def agent_standing(scorecards: Sequence[Scorecard]) -> dict[str, Any]:
    """The figures of one agent.

    A figure is the mean over tasks of the mean over a task's scored attempts, with a bootstrap interval over tasks.

    Args:
        scorecards: Every trial of the agent, unscored ones too.

    Returns:
        `n_tasks`; `n_scored` and `n_unscored` trials; per figure its mean under its name (None = no task has it) and
        `intervals[figure]` = [low, high]; `k`, the scored attempts that every scored task has, and `pass_at_k` and
        `pass_hat_k` for it; `root_causes` as `evaluators.scoring.root_cause.count_root_causes`.
    """
    scored = [card for card in scorecards if card.status == "scored"]
    standing: dict[str, Any] = {
        "n_tasks": len({card.trial.task for card in scorecards}),
        "n_scored": len(scored),
        "n_unscored": len(scorecards) - len(scored),
        "intervals": {},
    }
    for name, value in FIGURES.items():
        _add(standing, name, mean_over_tasks(_by_task(scorecards, value)))
    attempts = _outcomes(scorecards)
    counts = [sum(outcome is not None for outcome in outcomes) for outcomes in attempts.values()]
    standing["k"] = k = min((count for count in counts if count), default=1)
    _add(standing, "pass_at_k", mean_over_tasks(pass_at_k_by_task(attempts, k)))
    _add(standing, "pass_hat_k", mean_over_tasks(pass_hat_k_by_task(attempts, k)))
    standing["root_causes"] = count_root_causes(scorecards)
    return standing


def standings(scorecards: Sequence[Scorecard]) -> list[dict[str, Any]]:
    """`agent_standing` of each agent, with its name under `agent`; sorted by name."""
    agents = sorted({card.trial.agent for card in scorecards})
    return [
        {"agent": agent, **agent_standing([card for card in scorecards if card.trial.agent == agent])}
        for agent in agents
    ]


def compare_agents(first: Sequence[Scorecard], second: Sequence[Scorecard]) -> dict[str, dict[str, Any]]:
    """First minus second, paired by task.

    Returns:
        Per figure `first`, `second`, `difference`, `low`, `high`, `n_tasks`, `n_left_out`. All of it is over the tasks
        that both have scored; `n_left_out` counts the others. An interval that holds 0 shows no difference.

    Raises:
        LockgateError: They have no task in common.
    """
    if not {card.trial.task for card in first} & {card.trial.task for card in second}:
        raise LockgateError("The two have no task in common, so they cannot be compared.")
    result = {}
    for name, value in FIGURES.items():
        ours, theirs = _by_task(first, value), _by_task(second, value)
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


def _add(standing: dict[str, Any], name: str, mean: Mean) -> None:
    standing[name] = mean.mean
    standing["intervals"][name] = None if mean.low is None else [mean.low, mean.high]


def _by_task(scorecards: Sequence[Scorecard], value: Value) -> dict[str, float | None]:
    """Task -> mean over its attempts that have a value; None where none has."""
    values: dict[str, list[float]] = defaultdict(list)
    for card in scorecards:
        found = value(card) if card.status == "scored" else None
        values[card.trial.task] += [] if found is None else [float(found)]
    return {task: fmean(known) if known else None for task, known in values.items()}


def _outcomes(scorecards: Sequence[Scorecard]) -> dict[str, list[bool | None]]:
    attempts: dict[str, list[bool | None]] = defaultdict(list)
    for card in scorecards:
        attempts[card.trial.task].append(card.success if card.status == "scored" else None)
    return dict(attempts)


def _mean(values: Mapping[str, float | None], tasks: Sequence[str]) -> float | None:
    known = [value for task in tasks if (value := values[task]) is not None]
    return fmean(known) if known else None
