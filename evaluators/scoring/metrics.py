"""Over attempts and tasks: pass@1, pass@k, pass^k, shares and means with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import comb
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING, NamedTuple

from benchmark.errors import LockgateError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_TASKS = 5
"""Below so many tasks there is no interval: a bootstrap or Wilson interval over fewer says nothing."""

Attempts = Sequence[bool | None]
"""Outcomes of the attempts at one task; None = unscored."""


class Mean(NamedTuple):
    """A mean over tasks with its uncertainty."""

    mean: float | None
    """None where no task has a value."""
    low: float | None
    """Lower end of the interval; None = there are too few tasks for one, or they have no spread to resample."""
    high: float | None
    """Upper end of the interval."""
    n_scored: int
    """Tasks that the mean is over."""
    n_unscored: int
    """Tasks without a value: counted, never 0."""


def pass_at_k(n_attempts: int, n_successes: int, k: int) -> float | None:
    """Chance that at least one of k attempts succeeds, without bias: `1 - C(n - c, k) / C(n, k)`.

    Args:
        n_attempts: Scored attempts, n.
        n_successes: Those that succeeded, c.
        k: At least 1.

    Returns:
        0-1; None where n < k: fewer attempts than asked for say nothing.

    Source: Chen et al., "Evaluating Large Language Models Trained on Code", arXiv 2107.03374, equation 1.
    """
    _check_counts(n_attempts, n_successes, k)
    if n_attempts < k:
        return None
    return 1.0 - comb(n_attempts - n_successes, k) / comb(n_attempts, k)


def pass_hat_k(n_attempts: int, n_successes: int, k: int) -> float | None:
    """Chance that all of k attempts succeed, `pass^k`, without bias: `C(c, k) / C(n, k)`.

    Returns:
        0-1; None where n < k.

    Source: Yao et al., "tau-bench", arXiv 2406.12045, section 3.
    """
    _check_counts(n_attempts, n_successes, k)
    if n_attempts < k:
        return None
    return comb(n_successes, k) / comb(n_attempts, k)


def pass_at_k_by_task(attempts: Mapping[str, Attempts], k: int) -> dict[str, float | None]:
    """pass@k of each task over its scored attempts; pass@1 is the share of successes."""
    return {task: pass_at_k(*_count(outcomes), k) for task, outcomes in attempts.items()}


def pass_hat_k_by_task(attempts: Mapping[str, Attempts], k: int) -> dict[str, float | None]:
    """pass^k of each task over its scored attempts."""
    return {task: pass_hat_k(*_count(outcomes), k) for task, outcomes in attempts.items()}


def mean_over_tasks(
    values: Mapping[str, float | None], *, confidence: float = 0.95, n_resamples: int = 2_000, seed: int = 0
) -> Mean:
    """Mean over tasks with a percentile bootstrap interval: tasks are resampled, not attempts.

    Args:
        values: Task -> its value (pass@1, CS ...); None = unscored.
        confidence: Of the interval, 0-1.
        n_resamples: At least 1.
        seed: The same seed and values give the same interval; the order of the tasks does not matter.

    Returns:
        Without an interval below `MIN_TASKS` tasks, and where all values are the same: resampling them says nothing.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    known = [value for _, value in sorted(values.items()) if value is not None]
    n_unscored = len(values) - len(known)
    if not known:
        return Mean(None, None, None, 0, n_unscored)
    if len(known) < MIN_TASKS or min(known) == max(known):
        return Mean(fmean(known), None, None, len(known), n_unscored)
    low, high = _percentile_interval(known, confidence, n_resamples, seed)
    return Mean(fmean(known), low, high, len(known), n_unscored)


def share_over_tasks(values: Mapping[str, float | None], *, confidence: float = 0.95) -> Mean:
    """Mean over tasks of a success rate, with a Wilson score interval, which holds near 0 and 1, too.

    Args:
        values: Task -> its share of successes, 0-1; None = unscored.
        confidence: Of the interval, 0-1. There is none below `MIN_TASKS` tasks.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927). A task counts as
    one draw, however many attempts it has.
    """
    known = [value for value in values.values() if value is not None]
    n_unscored = len(values) - len(known)
    if not known:
        return Mean(None, None, None, 0, n_unscored)
    share = fmean(known)
    low, high = _wilson_interval(share, len(known), confidence) if len(known) >= MIN_TASKS else (None, None)
    return Mean(share, low, high, len(known), n_unscored)


def _wilson_interval(share: float, n_tasks: int, confidence: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    shrink = 1.0 + z * z / n_tasks
    middle = (share + z * z / (2 * n_tasks)) / shrink
    reach = z / shrink * (share * (1.0 - share) / n_tasks + z * z / (4 * n_tasks * n_tasks)) ** 0.5
    return max(0.0, middle - reach), min(1.0, middle + reach)


def paired_difference(
    first: Mapping[str, float | None],
    second: Mapping[str, float | None],
    *,
    confidence: float = 0.95,
    n_resamples: int = 2_000,
    seed: int = 0,
) -> Mean:
    """Mean of first minus second over the tasks that both have, with a paired bootstrap interval.

    Tasks that either lacks, or has unscored, are counted in `n_unscored`.
    """
    names = first.keys() | second.keys()
    pairs = {name: (first.get(name), second.get(name)) for name in names}
    differences = {name: None if a is None or b is None else a - b for name, (a, b) in pairs.items()}
    return mean_over_tasks(differences, confidence=confidence, n_resamples=n_resamples, seed=seed)


def _percentile_interval(
    values: Sequence[float], confidence: float, n_resamples: int, seed: int
) -> tuple[float, float]:
    import numpy as np

    means = np.sort(np.take(values, _resamples(len(values), n_resamples, seed)).mean(axis=1)).tolist()
    tail = (1.0 - confidence) / 2.0
    return _quantile(means, tail), _quantile(means, 1.0 - tail)


@lru_cache(maxsize=32)
def _resamples(n_values: int, n_resamples: int, seed: int) -> NDArray[np.int64]:
    """Positions of the values that each resample draws; the draws are those of `random.Random(seed).choices`."""
    import numpy as np

    n_draws = n_resamples * n_values
    draws = _draws(1 << n_draws.bit_length(), seed)[:n_draws].reshape(n_resamples, n_values)
    return (draws * n_values).astype(np.int64)


@lru_cache(maxsize=1)
def _draws(n: int, seed: int) -> NDArray[np.float64]:
    """Random numbers 0-1, as many as figures over about as many tasks need, too."""
    import numpy as np

    return np.random.RandomState([seed]).random_sample(n)


def _quantile(ordered: Sequence[float], fraction: float) -> float:
    position = fraction * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _count(outcomes: Attempts) -> tuple[int, int]:
    scored = [outcome for outcome in outcomes if outcome is not None]
    return len(scored), sum(scored)


def _check_counts(n_attempts: int, n_successes: int, k: int) -> None:
    if k < 1 or not 0 <= n_successes <= n_attempts:
        raise LockgateError(
            f"pass@k needs k >= 1 and 0 <= successes <= attempts; got k = {k}, {n_successes} of {n_attempts}."
        )
