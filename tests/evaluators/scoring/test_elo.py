"""Ratings from pairs."""

import pytest

from evaluators.scoring.elo import elo_ratings


def test_equals_have_the_same_rating():
    assert elo_ratings({"a": {"t": 1.0, "u": 0.0}, "b": {"t": 0.0, "u": 1.0}}) == {"a": 1000.0, "b": 1000.0}


def test_a_rating_says_the_odds():
    """Of two, a wins 30 of 40: odds of 3, which is 400 * log10(3) = 191 points; the made-up draw takes a little off."""
    a = {f"t{n}": float(n < 30) for n in range(40)}
    b = {task: 1.0 - value for task, value in a.items()}
    found = elo_ratings({"a": a, "b": b})
    assert found["a"] - found["b"] == pytest.approx(191, abs=12)
    assert found["a"] + found["b"] == pytest.approx(2000, abs=1)


def test_one_that_always_wins_has_a_finite_rating_and_order_does_not_matter():
    values = {name: {f"t{n}": score for n in range(9)} for name, score in (("c", 0.1), ("a", 0.9), ("b", 0.5))}
    found = elo_ratings(values)
    assert found["a"] > found["b"] > found["c"] > 0
    assert found == elo_ratings(dict(reversed(values.items())))


def test_without_a_common_scored_task_there_is_none():
    assert elo_ratings({"a": {"t": 1.0, "v": None}, "b": {"u": 1.0, "v": 0.5}}) == {}
