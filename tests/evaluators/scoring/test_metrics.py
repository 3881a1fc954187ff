"""Statistics over attempts and tasks."""

from itertools import combinations

import pytest

from benchmark.errors import LockgateError
from evaluators.scoring.metrics import (
    mean_over_tasks,
    paired_difference,
    pass_at_k,
    pass_at_k_by_task,
    pass_hat_k,
    pass_hat_k_by_task,
)


@pytest.mark.parametrize("n", range(1, 7))
def test_pass_at_k_and_pass_hat_k_by_enumeration(n):
    for c in range(n + 1):
        outcomes = [True] * c + [False] * (n - c)
        for k in range(1, n + 1):
            chosen = list(combinations(outcomes, k))
            assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))
            assert pass_hat_k(n, c, k) == pytest.approx(sum(map(all, chosen)) / len(chosen))


def test_too_few_attempts_say_nothing():
    assert pass_at_k(2, 1, 3) is None
    assert pass_hat_k(2, 1, 3) is None


def test_unscored_attempts_do_not_count():
    attempts: dict[str, list[bool | None]] = {"a": [True, None, False], "b": [None, None]}
    assert pass_at_k_by_task(attempts, 1) == {"a": 0.5, "b": None}
    assert pass_hat_k_by_task(attempts, 2) == {"a": 0.0, "b": None}


def test_impossible_counts_are_refused():
    with pytest.raises(LockgateError, match="3 of 2"):
        pass_at_k(2, 3, 1)


def test_mean_over_tasks_counts_unscored():
    result = mean_over_tasks({"a": 1.0, "b": 0.0, "c": None})
    assert result.mean == 0.5
    assert (result.n_scored, result.n_unscored) == (2, 1)
    assert (result.low, result.high) == (None, None), "two tasks are too few for an interval"


def test_mean_is_the_same_in_any_order_and_process():
    values = {"a": 0.2, "b": 0.9, "c": 0.4, "d": 1.0, "e": 0.3}
    assert mean_over_tasks(values).low is not None
    backwards = dict(reversed(values.items()))
    assert mean_over_tasks(values) == mean_over_tasks(backwards)


def test_mean_of_nothing():
    assert mean_over_tasks({"a": None}) == (None, None, None, 0, 1)


def test_interval_covers_the_mean_and_shrinks():
    few = mean_over_tasks({str(i): float(i % 2) for i in range(8)})
    many = mean_over_tasks({str(i): float(i % 2) for i in range(200)})
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert few.low < many.low < 0.5 < many.high < few.high


def test_paired_difference_uses_shared_tasks():
    result = paired_difference({"a": 1.0, "b": 0.5, "c": 1.0}, {"a": 0.0, "b": 0.5, "d": 1.0})
    assert result.mean == 0.5
    assert (result.n_scored, result.n_unscored) == (2, 2)


def test_a_bootstrap_interval_leaves_equal_tails_on_both_sides():
    """The mean of 0 and 1, many of each, is about normal: 95 % lie within 1.96 standard errors, 80 % within 1.28."""
    values = {str(n): float(n % 2) for n in range(100)}
    for confidence, reach in ((0.95, 1.96), (0.8, 1.2816)):
        found = mean_over_tasks(values, confidence=confidence, n_resamples=2_000)
        assert found.low is not None
        assert found.high is not None
        assert found.low == pytest.approx(0.5 - reach * 0.05, abs=0.006)
        assert found.high == pytest.approx(0.5 + reach * 0.05, abs=0.006)
