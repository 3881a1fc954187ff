"""Ratings from pairs: who is better on more tasks, against whom."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

_N_STEPS = 500
_MEAN = 1000.0
_POINTS_PER_DECADE = 400.0


def elo_ratings(values: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
    """Fit the Bradley-Terry model to every pair of competitors on every task that both have.

    Each competitor also has one draw against a made-up opponent of mean strength: without it, one that always wins has
    no finite rating. The order of competitors and tasks does not matter.

    Args:
        values: Competitor -> task -> its score; the higher wins, equal scores are a draw. None = unscored.

    Returns:
        Competitor -> rating on Elo's scale: 400 points more = 10 times the odds to win; 1000 = mean strength. Empty
        where no two have a task in common.

    Source: Hunter, "MM algorithms for generalized Bradley-Terry models" (2004), equation 3.
    """
    import numpy as np

    names = sorted(values)
    wins = np.zeros((len(names), len(names)))
    for (row, first), (column, second) in combinations(enumerate(names), 2):
        for task in values[first].keys() & values[second].keys():
            ours, theirs = values[first][task], values[second][task]
            if ours is not None and theirs is not None:
                won = 0.5 if ours == theirs else float(ours > theirs)
                wins[row, column] += won
                wins[column, row] += 1.0 - won
    if not wins.any():
        return {}
    n_games = wins + wins.T
    strength = np.ones(len(names))
    for _ in range(_N_STEPS):
        expected = (n_games / (strength[:, None] + strength[None, :])).sum(axis=1) + 1.0 / (strength + 1.0)
        strength = (wins.sum(axis=1) + 0.5) / expected
    ratings = _MEAN + _POINTS_PER_DECADE * np.log10(strength)
    return dict(zip(names, ratings.round(1).tolist(), strict=True))
