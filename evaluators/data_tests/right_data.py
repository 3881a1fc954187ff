"""The right data on which a submission's data tests are tried, each as it is and with every seeded fault.

One set of right data is not enough. A test that hashes its tables and fails in seven of eight cases passes it by chance
in one of eight, and catches nearly all faults. So nobody knows any of the holdout data, they are of several seeds, and
each of them is tried with every fault: a test computes what chance is left. The last of them is that of a second day,
because the tests are to hold tomorrow, too.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from benchmark.generator_parameters import Dials
from benchmark.world import World
from evaluators.scenarios import Runs, Scenario, days

NEXT_DAY = days(1, 2)
FURTHER: tuple[tuple[Runs, str], ...] = (
    (days(1), "on data of a second seed"),
    (NEXT_DAY, "on the second day of a third seed"),
)
"""Right data that a trial tries besides those of the holdout seed: runs of the solution, and what alarms say of it."""
N_HOLDOUT = 1 + len(FURTHER)
"""Sets of right data that nobody knew while the agent worked."""


class RightData(NamedTuple):
    """Gold of some runs on one seed."""

    dials: Dials
    """Seed and days, on day 1."""
    runs: Runs
    """Runs of the solution that make it."""
    name: str = ""
    """What alarms say of it; empty for the scenario's own data."""

    def now(self, world: World) -> datetime:
        """Where the clock stands after the last run."""
        return world.pinned_now(replace(self.dials, day=self.runs[-1].day))


def right_data(scenario: Scenario, dials: Dials, visible_seed: int) -> tuple[RightData, ...]:
    """The right data of a scenario in a trial.

    Data that the agent saw cannot be told from data that its tests know by heart: there, one set is enough.

    Args:
        scenario: `visible` or `holdout`.
        dials: Of the scenario.
        visible_seed: No further data are of this seed.
    """
    own = RightData(dials, scenario.gold_runs)
    if scenario.seed == "visible":
        return (own,)
    seeds = _further_seeds(dials.seed, visible_seed)
    further = (RightData(replace(dials, seed=seed), *what) for seed, what in zip(seeds, FURTHER, strict=True))
    return (own, *further)


def proven_data(scenario: Scenario, dials: Dials, *, is_next_day: bool) -> tuple[RightData, ...]:
    """The right data of a scenario in a proof, which has several holdout seeds by itself.

    Args:
        scenario: `visible` or `holdout`.
        dials: Of the scenario.
        is_next_day: Whether to try the second day of this seed, too.
    """
    own = RightData(dials, scenario.gold_runs)
    return (own, RightData(dials, NEXT_DAY, "on the second day")) if is_next_day else (own,)


def _further_seeds(seed: int, visible_seed: int) -> list[int]:
    """Seeds that follow from the holdout seed, so that whoever does not know that one knows none of them."""
    found: list[int] = []
    number = 0
    while len(found) < len(FURTHER):
        number += 1
        digest = hashlib.sha256(f"data tests/{seed}/{number}".encode()).hexdigest()
        further = 1 + int(digest, 16) % 999_999
        if further not in (seed, visible_seed, *found):
            found.append(further)
    return found
