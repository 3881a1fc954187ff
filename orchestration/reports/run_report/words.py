"""What a report says in words: the result in one sentence, and what a reader must know before believing it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluators.scoring.metrics import MIN_TASKS
from orchestration.counted import counted
from orchestration.reports.run_report.model import CompetitorReport, Estimate, Pair, RunFacts
from orchestration.reports.run_report.tasks import TaskFacts

MAX_NAMES = 5
"""Tasks that a warning names."""
FEW_TASKS = 10
"""Below so many tasks a report warns."""


def percent(value: float | None) -> str:
    """A share as whole percent, rounded down as all scores are: 100 only for a perfect one."""
    if value is None:
        return "-"
    return f"{math.floor(value * 100 + 1e-9)} %"


def _range(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" (95 % interval {percent(found.low).removesuffix(' %')} to {percent(found.high)})"


def _points(found: Estimate) -> str:
    text = f"{round((found.mean or 0) * 100):+d} points"
    if found.low is not None and found.high is not None:
        text += f", {round(found.low * 100):+d} to {round(found.high * 100):+d}"
    return f"{text}, {found.n_tasks} common task{'s' if found.n_tasks != 1 else ''}"


def say_result(competitors: Sequence[CompetitorReport], pairs: Sequence[Pair]) -> str:
    """Say who is best, how sure that is, and what the next one costs beside it."""
    ranked = [row for row in competitors if not row.is_reference and row.n_scored]
    if not ranked:
        names = ", ".join(
            f"{row.label} {percent(row.figures['success_rate'].mean)}" for row in competitors if row.n_scored
        )
        return f"Only reference agents have results, which are never ranked: {names}."
    best = ranked[0]
    solved = best.figures["success_rate"]
    tasks = f"{solved.n_tasks} task{'s' if solved.n_tasks != 1 else ''}"
    text = f"{best.label} solves {percent(solved.mean)} of {tasks}{_range(solved)}"
    rivals = [row for row in ranked[1:] if row.setting == best.setting]
    if not rivals:
        return text + "."
    second = rivals[0]
    pair = next((pair for pair in pairs if {pair.first, pair.second} == {best.label, second.label}), None)
    if pair is None:
        return f"{text}; {second.label}, the next one, has no task in common with it."
    gap = pair.success_rate if pair.first == best.label else _negative(pair.success_rate)
    if pair.is_distinct:
        text += f", more than {second.label} (paired {_points(gap)})"
    else:
        text += f"; {second.label} cannot be told apart from it (paired {_points(_negative(gap))})"
    return text + _price(best, second) + "."


def _negative(found: Estimate) -> Estimate:
    turned = [None if value is None else -value for value in (found.mean, found.high, found.low)]
    return found.model_copy(update=dict(zip(("mean", "low", "high"), turned, strict=True)))


def _price(best: CompetitorReport, second: CompetitorReport) -> str:
    ours, theirs = best.effort.trial_usd, second.effort.trial_usd
    if not ours or not theirs:
        return ""
    if theirs == ours:
        return " at the same cost"
    factor = theirs / ours
    return f", which costs {factor:.1f} times as much" if factor >= 1 else f", which costs {percent(factor)} of it"


def warn(
    runs: Sequence[RunFacts],
    settings: Sequence[str],
    competitors: Sequence[CompetitorReport],
    tasks: Mapping[str, TaskFacts],
) -> list[str]:
    """Everything that limits what the figures say."""
    found, n_tasks = [], len(tasks)
    if len(settings) > 1:
        found.append(
            "These runs cannot be averaged, so each competitor stands once for each setting and is compared within it: "
            + "; ".join(settings)
            + "."
        )
    if n_tasks < MIN_TASKS:
        found.append(
            f"Only {counted(n_tasks, 'task')}: {MIN_TASKS} are needed for any interval, so nobody is told apart."
        )
    elif n_tasks < FEW_TASKS:
        found.append(f"Only {n_tasks} tasks: intervals are wide.")
    if not_proven := sorted(name for name, facts in tasks.items() if facts.is_proven is False):
        names = ", ".join(not_proven[:MAX_NAMES]) + (" ..." if len(not_proven) > MAX_NAMES else "")
        verb = "task was" if len(not_proven) == 1 else "tasks were"
        found.append(f"{len(not_proven)} {verb} not proven when scored: {names}. The proofs of the tasks say why.")
    n_missing = sum(run.n_missing for run in runs)
    if n_missing:
        found.append(f"{n_missing} planned trials are not done; this report is of those that are.")
    n_unscored = sum(row.n_unscored for row in competitors)
    if n_unscored:
        n = "1 trial has" if n_unscored == 1 else f"{n_unscored} trials have"
        found.append(f"{n} no verdict, for a reason that is not the agent's; unscored trials are in no mean.")
    ranked = [row for row in competitors if not row.is_reference]
    gaps = [
        f"{row.label} {round((row.visible_holdout_gap.mean or 0) * 100):+d} points"
        for row in ranked
        if (row.visible_holdout_gap.low or 0) > 0
    ]
    if gaps:
        found.append(f"Better on the data that they saw than on unseen data, beyond doubt: {', '.join(gaps)}.")
    unpriced = [f"{row.label} ({row.effort.n_unpriced} trials)" for row in ranked if row.effort.n_unpriced]
    if unpriced:
        found.append(f"No price is known, and costs leave them out: {', '.join(unpriced)}.")
    if len({row.n_tasks for row in ranked}) > 1:
        found.append("Competitors tried different numbers of tasks; only paired differences are over the same tasks.")
    return found
