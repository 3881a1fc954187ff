"""Whether some of the tasks tell agents apart as all of them do, and which tasks do that best."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from benchmark.errors import LockgateError
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from evaluators.scoring.leaderboard import FIGURES, values_by_task
from orchestration.counted import counted

Scores = Mapping[str, Mapping[str, float]]
"""Competitor -> task -> component score, 0 to 1. Every competitor has all tasks."""

_N_DRAWS = 1000
_N_STARTS = 20
"""Draws from which the choice is improved."""
_GRID = np.arange(20) / 20
"""Where two distributions of scores are compared."""


class Agreement(NamedTuple):
    """What a part of the tasks says of the competitors, beside what all of them say."""

    part: Mapping[str, float]
    """Competitor -> mean component score over the part."""
    whole: Mapping[str, float]
    """Competitor -> the same over all tasks."""
    tau: float
    """Kendall's tau-b of the two orders: 1 = the same order, -1 = the other way round."""

    @property
    def largest_difference(self) -> float:
        """Of a competitor's two means."""
        return max(abs(self.part[name] - self.whole[name]) for name in self.whole)


class RandomDraws(NamedTuple):
    """How lists of as many tasks fare that nobody chose."""

    n_draws: int
    n_in_order: int
    """Of these, those that have the competitors in the order of all tasks."""
    median_difference: float
    """Median of their largest differences."""


def read_scores(scorecards: Sequence[Scorecard]) -> Scores:
    """The scores of a run, of the tasks that every competitor has a verdict on.

    Raises:
        LockgateError: There are fewer than two competitors, or no task that all of them have a verdict on.
    """
    by_name: dict[str, list[Scorecard]] = {}
    for card in scorecards:
        by_name.setdefault(card.trial.competitor.name, []).append(card)
    if len(by_name) < 2:
        raise LockgateError(
            "There is nobody to rank: one agent alone has verdicts so far. Name a run of two agents or more."
        )
    figures = {name: values_by_task(cards, FIGURES["component_score"]) for name, cards in by_name.items()}
    known = [{task for task, value in values.items() if value is not None} for values in figures.values()]
    common = sorted(set.intersection(*known))
    if not common:
        raise LockgateError("The agents of this run have no task in common that has a verdict.")
    return {name: {task: values[task] or 0.0 for task in common} for name, values in figures.items()}


def agreement(scores: Scores, part: Collection[str]) -> Agreement:
    """Compare a part of the tasks with all of them.

    Args:
        scores: Of all tasks.
        part: Names of some, all of them in `scores`.
    """
    return _agreement(scores, part, _means(scores))


def _agreement(scores: Scores, part: Collection[str], of_whole: Mapping[str, float]) -> Agreement:
    of_part = {name: fmean(values[task] for task in part) for name, values in scores.items()}
    return Agreement(of_part, of_whole, _kendall_tau(of_part, of_whole))


def _means(scores: Scores) -> dict[str, float]:
    return {name: fmean(values.values()) for name, values in scores.items()}


def random_draws(scores: Scores, n_tasks: int) -> RandomDraws:
    """Draw lists of so many tasks, always the same ones, and compare each with all tasks."""
    draw = random.Random(0)
    tasks, of_whole = sorted(_tasks(scores)), _means(scores)
    found = [_agreement(scores, draw.sample(tasks, n_tasks), of_whole) for _ in range(_N_DRAWS)]
    n_in_order = sum(one.tau == 1 for one in found)
    return RandomDraws(_N_DRAWS, n_in_order, median(one.largest_difference for one in found))


def choose_tasks(
    tasks: Sequence[Task], scores: Scores, n_tasks: int, among: Collection[str] | None = None
) -> tuple[str, ...]:
    """Choose the tasks whose scores are spread as those of all tasks are, for every competitor.

    Worlds and kinds keep their shares, and no kind is left out. Among such lists those are sought, by exchanging one
    task at a time, for which the mean over competitors of the first Wasserstein distance between the scores of the
    part and of all tasks is smallest. It bounds the difference of the two means.

    Args:
        tasks: All tasks; those that are not in the run are left out.
        scores: Of a run.
        n_tasks: How many.
        among: Names of tasks that may be chosen; None = all.

    Raises:
        LockgateError: There are fewer tasks, or more kinds, than that.
    """
    in_run = _tasks(scores)
    known = [task for task in tasks if task.id in in_run]
    open_tasks = [task for task in known if among is None or task.id in among]
    kinds = {task.spec.kind for task in open_tasks}
    if not open_tasks:
        raise LockgateError(
            "None of these tasks is in the run, as far as it can be read here. Name others, or set LOCKGATE_PROJECTS "
            "to the worlds of the run."
        )
    if not len(kinds) <= n_tasks <= len(open_tasks):
        raise LockgateError(
            f"{counted(n_tasks, 'task')} cannot be chosen: there are {counted(len(open_tasks), 'task')} of "
            f"{counted(len(kinds), 'kind')}. "
            f"Give a number from {len(kinds)} to {len(open_tasks)}."
        )
    search = _Search(known, {task.id for task in open_tasks}, scores, n_tasks)
    draw = random.Random(0)
    best = min((search.improve(search.start(draw)) for _ in range(_N_STARTS)), key=lambda found: found.cost)
    return tuple(sorted(best.names))


class _Found(NamedTuple):
    cost: float
    names: tuple[str, ...]


class _Search:
    """Lists of tasks in which kinds have their shares, and worlds as far as the kinds let them."""

    def __init__(self, tasks: Sequence[Task], among: Collection[str], scores: Scores, n_tasks: int) -> None:
        ordered = sorted(tasks, key=lambda task: task.id)
        self._names = [task.id for task in ordered]
        self._kinds: list[str] = [task.spec.kind for task in ordered]
        self._open = [place for place, name in enumerate(self._names) if name in among]
        there_are = Counter(self._kinds[place] for place in self._open)
        of_all = {kind: n for kind, n in Counter(self._kinds).items() if kind in there_are}
        self._kind_shares = _shares(of_all, n_tasks, at_least=1, at_most=there_are)
        of_worlds = Counter(task.world.id for task in ordered)
        worlds = _shares(of_worlds, n_tasks, at_least=0, at_most=of_worlds)
        self._world_shares = np.array(list(worlds.values()))
        self._worlds = np.array([[task.world.id == world for world in worlds] for task in ordered], dtype=int)
        """Tasks by worlds."""
        figures = np.array([[values[name] for values in scores.values()] for name in self._names])
        self._below = (figures[:, :, None] <= _GRID).reshape(len(ordered), -1).astype(int)
        """Tasks by competitors and steps of the grid: whether the score is not above the step."""
        self._whole = self._below.mean(axis=0)

    def start(self, draw: random.Random) -> list[int]:
        """The places of a list with the right number of each kind, drawn at random."""
        return [place for kind, n in self._kind_shares.items() for place in draw.sample(self._of_kind(kind), n)]

    def improve(self, chosen: list[int]) -> _Found:
        """Exchange single tasks for others of their kind as long as that helps; each time the one that helps most."""
        cost = np.inf
        while True:
            found = [(*self._best_instead(chosen, index), index) for index in range(len(chosen))]
            better, place, index = min(found)
            if better >= cost:
                return _Found(float(cost), tuple(self._names[at] for at in chosen))
            cost, chosen = better, [*chosen[:index], place, *chosen[index + 1 :]]

    def _best_instead(self, chosen: list[int], index: int) -> tuple[float, int]:
        """The cost with the best task, perhaps the same, instead of one that is chosen; and its place."""
        others = chosen[:index] + chosen[index + 1 :]
        places = [place for place in self._of_kind(self._kinds[chosen[index]]) if place not in others]
        part = (self._below[others].sum(axis=0) + self._below[places]) / len(chosen)
        worlds = self._worlds[others].sum(axis=0) + self._worlds[places]
        costs = np.abs(worlds - self._world_shares).sum(axis=1) + np.abs(part - self._whole).mean(axis=1)
        return float(costs.min()), places[int(costs.argmin())]

    def _of_kind(self, kind: str) -> list[int]:
        return [place for place in self._open if self._kinds[place] == kind]


def _shares(counts: Mapping[str, int], total: int, at_least: int, at_most: Mapping[str, int]) -> dict[str, int]:
    """Divide a number by given shares: whole parts first, then the largest remainders (Hamilton's method)."""
    whole = sum(counts.values())
    exact = {name: count * total / whole for name, count in sorted(counts.items())}
    shares = {name: min(max(at_least, int(part)), at_most[name]) for name, part in exact.items()}
    while sum(shares.values()) != total:
        step = 1 if sum(shares.values()) < total else -1
        open_names = [n for n in shares if (shares[n] < at_most[n] if step > 0 else shares[n] > at_least)]
        shares[max(open_names, key=lambda name: step * (exact[name] - shares[name]))] += step
    return shares


def _tasks(scores: Scores) -> Collection[str]:
    return next(iter(scores.values())).keys()


def _kendall_tau(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Kendall's tau-b (Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945)."""
    pairs = [
        (_sign(first[one] - first[other]), _sign(second[one] - second[other])) for one, other in combinations(first, 2)
    ]
    agreeing = sum(ours * theirs for ours, theirs in pairs)
    untied = [sum(map(abs, side)) for side in zip(*pairs, strict=True)]
    return agreeing / (untied[0] * untied[1]) ** 0.5 if all(untied) else 0.0


def _sign(value: float) -> int:
    return (value > 1e-12) - (value < -1e-12)
