"""Limits that stand in two places are the same."""

from benchmark.limits import MAX_SEED
from sources.kit import clock


def test_a_seed_that_can_be_asked_for_is_one_that_worlds_have() -> None:
    assert MAX_SEED == clock.MAX_SEED
