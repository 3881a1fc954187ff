"""The calendar of the world: first day, pinned clock, and which dials are allowed."""

from datetime import date, time

from benchmark.generator_parameters import Dials
from sources.kit import clock

START = date(2013, 3, 1)
"""First flight date; two weeks from it hold the change to daylight saving time of 2013-03-10."""
PUBLISHED_AHEAD_DAYS = 2
"""Schedules are published this many days before the flight date."""
LAST_REAL_DATE = date(2013, 12, 31)
MAX_DAYS = 1000
"""Limit of `days` + `day` - 1 for seeds other than 0."""
CLOCK = clock.WorldClock(START, time(23, 30))
"""It stands in the early evening of New York, so the last flights of the day have not left yet."""


def check_dials(dials: Dials) -> None:
    """Refuse dials that are out of range, or go beyond what the seed can give.

    Raises:
        DialsError: They do.
    """
    clock.check_dials("flights", dials)
    n_days = dials.days + dials.day - 1
    limit = _limit(dials.seed)
    if n_days > limit:
        reason = (
            f"seed 0 is the real year 2013, which ends {LAST_REAL_DATE}, and schedules reach "
            f"{PUBLISHED_AHEAD_DAYS} days ahead; use another seed for a longer history"
            if dials.seed == 0
            else f"a history is at most {MAX_DAYS} days long"
        )
        raise clock.DialsError(
            f"World flights: days={dials.days} and day={dials.day} make {n_days} days from {START}, "
            f"but seed {dials.seed} has {limit}: {reason}."
        )


def _limit(seed: int) -> int:
    if seed != 0:
        return MAX_DAYS
    return (LAST_REAL_DATE - START).days + 1 - PUBLISHED_AHEAD_DAYS
