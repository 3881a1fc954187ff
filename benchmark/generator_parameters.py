"""The dials of a world."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dials:
    """What a world's generator is a function of, and of nothing else."""

    seed: int
    """0 = the data as it was; any other number gives another company of the same shape."""
    days: int = 14
    """Days of history on day 1; at least 1."""
    day: int = 1
    """As-of day, from 1; each further day brings new, changed, deleted and late rows."""
    scale: int = 1
    """Multiplies entities, from 1; a world that is written in Python may know no other scale."""
