"""Tasks that rank agents as all do: how that is measured, and which are chosen."""

import random
from collections import Counter
from collections.abc import Mapping
from math import sqrt
from statistics import fmean

import pytest

from benchmark.errors import LockgateError
from benchmark.registry import list_tasks
from orchestration.suite_ranks import agreement, choose_tasks, random_draws, read_scores
from tests.helpers.made_up_runs import card_of, plan_made_up, unscored_card

TASKS = list_tasks()


def made_up_scores() -> dict[str, dict[str, float]]:
    """Six competitors of growing skill on all tasks, whose difficulty differs from task to task."""
    draw = random.Random(3)
    difficulty = {task.id: draw.random() for task in TASKS}
    return {
        f"agent {skill}": {
            name: min(1.0, max(0.0, skill / 6 + 0.5 - hard + draw.gauss(0, 0.1))) for name, hard in difficulty.items()
        }
        for skill in range(6)
    }


SCORES = made_up_scores()


@pytest.mark.parametrize(
    ("part", "whole", "tau"),
    [
        ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 1.0),
        ((0.1, 0.2, 0.3), (0.6, 0.5, 0.4), -1.0),
        ((0.1, 0.2, 0.3), (0.4, 0.6, 0.5), 1 / 3),
        ((0.1, 0.1, 0.3), (0.4, 0.5, 0.6), 2 / sqrt(6)),
        ((0.1, 0.1, 0.1), (0.4, 0.5, 0.6), 0.0),
    ],
)
def test_orders_are_compared_by_kendalls_tau(part: tuple[float, ...], whole: tuple[float, ...], tau: float) -> None:
    scores: Mapping[str, Mapping[str, float]] = {
        str(place): {"of the part": ours, "other": 2 * all_of_them - ours}
        for place, (ours, all_of_them) in enumerate(zip(part, whole, strict=True))
    }
    found = agreement(scores, ["of the part"])
    assert found.tau == pytest.approx(tau)
    assert found.largest_difference == pytest.approx(max(abs(a - b) for a, b in zip(part, whole, strict=True)))


def test_chosen_tasks_keep_the_shares_and_say_what_all_say() -> None:
    chosen = choose_tasks(TASKS, SCORES, 20)
    assert chosen == choose_tasks(tuple(reversed(TASKS)), SCORES, 20), "the order of the tasks does not matter"
    assert len(set(chosen)) == 20
    members = [task for task in TASKS if task.id in chosen]
    assert {task.spec.kind for task in members} == {task.spec.kind for task in TASKS}
    worlds, every = Counter(task.world.id for task in members), Counter(task.world.id for task in TASKS)
    assert all(abs(worlds[world] - 20 * count / len(TASKS)) <= 1 for world, count in every.items())
    found, drawn = agreement(SCORES, chosen), random_draws(SCORES, 20)
    assert found.tau == 1
    assert found.largest_difference < drawn.median_difference / 2


def test_an_agent_that_nobody_looked_at_is_ranked_too() -> None:
    """What is chosen by some agents must hold for another one."""
    differences = []
    for left_out in SCORES:
        others = {name: values for name, values in SCORES.items() if name != left_out}
        chosen = choose_tasks(TASKS, others, 20)
        found = agreement(SCORES, chosen)
        differences.append(abs(found.part[left_out] - found.whole[left_out]))
    assert fmean(differences) < random_draws(SCORES, 20).median_difference


@pytest.mark.parametrize("n_tasks", [1, len(TASKS) + 1])
def test_too_few_or_too_many_cannot_be_chosen(n_tasks: int) -> None:
    with pytest.raises(LockgateError, match=rf"Give a number from \d+ to {len(TASKS)}\."):
        choose_tasks(TASKS, SCORES, n_tasks)


def test_tasks_count_that_every_agent_has_a_verdict_on() -> None:
    plans = [plan_made_up("r", task, agent, None) for agent in ("idle", "oracle") for task in ("a", "b")]
    cards = [card_of(plans[0]), unscored_card(plans[1], "No disk."), *map(card_of, plans[2:])]
    assert read_scores(cards) == {"idle": {"a": 1.0}, "oracle": {"a": 1.0}}
    with pytest.raises(LockgateError, match="no task in common"):
        read_scores([card_of(plans[0]), unscored_card(plans[2], "No disk."), card_of(plans[3])])
    with pytest.raises(LockgateError, match="nobody to rank"):
        read_scores(cards[:2])
