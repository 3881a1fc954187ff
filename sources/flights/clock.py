"""The calendar of the world: first day, as-of day, pinned clock, and which dials are allowed."""

from datetime import UTC, date, datetime, time, timedelta

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials

START = date(2013, 3, 1)
"""First flight date; two weeks from it hold the change to daylight saving time of 2013-03-10."""
PUBLISHED_AHEAD_DAYS = 2
"""Schedules are published this many days before the flight date."""
LAST_REAL_DATE = date(2013, 12, 31)
MAX_DAYS = 1000
"""Limit of `days` + `day` - 1 for seeds other than 0."""
CLOCK_TIME = time(23, 30)
"""Time of the pinned clock in UTC: early evening in New York, so the last flights of the day have not left yet."""


class DialsError(LockgateError):
    """The dials ask for data that the world `flights` does not have."""


def as_of(dials: Dials) -> date:
    """The as-of date: day 1 is the last of `days` days of history.

    Raises:
        DialsError: A dial is below 1, or the range goes beyond what the seed can give.
    """
    for name, value in (("days", dials.days), ("day", dials.day)):
        if value < 1:
            raise DialsError(f"World flights: {name} is {value}, but must be at least 1.")
    n_days = dials.days + dials.day - 1
    limit = _limit(dials.seed)
    if n_days > limit:
        reason = (
            f"seed 0 is the real year 2013, which ends {LAST_REAL_DATE}, and schedules reach "
            f"{PUBLISHED_AHEAD_DAYS} days ahead; use another seed for a longer history"
            if dials.seed == 0
            else f"a history is at most {MAX_DAYS} days long"
        )
        raise DialsError(
            f"World flights: days={dials.days} and day={dials.day} make {n_days} days from {START}, "
            f"but seed {dials.seed} has {limit}: {reason}."
        )
    return START + timedelta(days=n_days - 1)


def first_as_of(dials: Dials) -> date:
    """The as-of date of day 1 of the same history."""
    return as_of(Dials(dials.seed, dials.days, 1))


def pinned_now(dials: Dials) -> datetime:
    """The instant at which the world's clock stands still: 23:30 UTC on the as-of date."""
    return datetime.combine(as_of(dials), CLOCK_TIME, tzinfo=UTC)


def _limit(seed: int) -> int:
    if seed != 0:
        return MAX_DAYS
    return (LAST_REAL_DATE - START).days + 1 - PUBLISHED_AHEAD_DAYS
