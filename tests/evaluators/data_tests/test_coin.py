"""A test that fails by chance must not solve a task of data tests."""

import pytest

from benchmark.registry import list_tasks
from evaluators.data_tests.right_data import N_HOLDOUT
from tests.helpers.coin import coin_wins

MAX_CHANCE = 0.001
"""As docs/scores.md says."""


def test_no_task_is_won_by_a_coin() -> None:
    faults = {task.id: task.faults for task in list_tasks() if task.faults is not None}
    assert faults
    chances = {name: coin_wins(len(file.faults), file.min_recall, N_HOLDOUT) for name, file in faults.items()}
    assert {name: chance for name, chance in chances.items() if chance >= MAX_CHANCE} == {}


def test_one_set_of_right_data_would_not_do() -> None:
    assert coin_wins(13, 0.8, 1) == pytest.approx(0.105, abs=0.001)
    assert coin_wins(13, 0.8, 3) < 0.001


def test_the_best_coin_is_found() -> None:
    """With one fault it wins by one pass and one failure on each set of right data: at best half and half."""
    assert coin_wins(1, 1.0, 1) == pytest.approx(1 / 4)
    assert coin_wins(1, 1.0, 2) == pytest.approx(1 / 16)
    assert coin_wins(2, 0.5, 1) > coin_wins(2, 1.0, 1) == pytest.approx(4 / 27)  # of p * p * (1 - p), at two thirds
