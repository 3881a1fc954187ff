"""The calendar of a world: what its dials say about dates and the pinned clock."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials

MAX_SEED = 999_999
"""Identifiers of each seed have a range of their own; there are as many ranges."""


class DialsError(LockgateError):
    """The dials ask for data that a world does not have."""


@dataclass(frozen=True)
class WorldClock:
    """The calendar of a world."""

    start: date
    """First day of history."""
    clock_time: time
    """Time of day, UTC, at which the clock stands on each as-of day."""

    def first_as_of(self, dials: Dials) -> date:
        """The as-of date of day 1."""
        return self.start + timedelta(days=dials.days - 1)

    def as_of(self, dials: Dials) -> date:
        """The as-of date."""
        return self.first_as_of(dials) + timedelta(days=dials.day - 1)

    def now(self, dials: Dials) -> datetime:
        """The instant, in UTC, at which the clock stands."""
        return datetime.combine(self.as_of(dials), self.clock_time, tzinfo=UTC)

    def dials_of(self, as_of: date, dials: Dials) -> Dials:
        """The dials whose as-of date is another one of the same history."""
        ahead = (as_of - self.first_as_of(dials)).days
        if ahead >= 0:
            return replace(dials, day=1 + ahead)
        return replace(dials, days=dials.days + ahead, day=1)


def check_dials(world: str, dials: Dials) -> None:
    """Refuse dials that are out of range.

    Raises:
        DialsError: One is.
    """
    for name, value in (("days", dials.days), ("day", dials.day), ("scale", dials.scale)):
        if value < 1:
            raise DialsError(f"World {world}: {name} is {value}, but must be at least 1.")
    if not 0 <= dials.seed <= MAX_SEED:
        raise DialsError(f"World {world}: seed is {dials.seed}, but must be from 0 to {MAX_SEED}.")
