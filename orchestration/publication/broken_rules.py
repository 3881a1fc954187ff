"""What stands against publishing, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_NAMES = 5
"""Trials that one sentence names."""


class BrokenRule(NamedTuple):
    """A rule that is broken."""

    place: str
    """A run, `RUN/TRIAL`, or a file."""
    message: str
    """What is wrong, and what to do."""
    is_unscored: bool = False
    """Whether a trial has no verdict, for a reason that is not the agent's."""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more
