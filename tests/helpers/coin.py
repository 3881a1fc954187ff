"""How likely a coin is to solve a task of data tests: a test that knows nothing and fails by a hash of its tables."""

from __future__ import annotations

from math import ceil, comb

_STEPS = 1000


def coin_wins(n_faults: int, min_recall: float, n_data: int) -> float:
    """The chance of the best coin on data that it does not know.

    It falls once for each set of right data, and once for each fault in it. It must pass all right data, and a fault is
    caught where it fails on it in every set.

    Args:
        n_faults: Seeded faults of the task.
        min_recall: Share of them that must be caught.
        n_data: Sets of right data.

    Returns:
        From 0 to 1, for the share of failures with which the coin wins most often.
    """
    n_needed = ceil(min_recall * n_faults - 1e-9)
    return max(_wins(step / _STEPS, n_faults, n_needed, n_data) for step in range(_STEPS + 1))


def _wins(fails: float, n_faults: int, n_needed: int, n_data: int) -> float:
    caught = fails**n_data
    enough = sum(comb(n_faults, n) * caught**n * (1 - caught) ** (n_faults - n) for n in range(n_needed, n_faults + 1))
    return float((1 - fails) ** n_data * enough)
