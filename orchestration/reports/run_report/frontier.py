"""The Pareto frontier: who is best for what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Point(NamedTuple):
    """What a competitor takes and what it reaches."""

    taken: float
    reached: float


def pareto_frontier(points: Mapping[str, Point]) -> set[str]:
    """Names of the points that no other beats: as good for less, or better for as much."""
    return {
        name
        for name, own in points.items()
        if not any(
            other != own and other.taken <= own.taken and other.reached >= own.reached for other in points.values()
        )
    }
