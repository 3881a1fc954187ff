"""Notices that an agent does the same again and again with the same result."""

from __future__ import annotations

import re
from collections import deque

N_WATCHED = 12
"""Latest actions among which equal ones are counted."""
N_EQUAL = 3

_TIMES = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?|(?<!\d)\d++(\.\d++)? ?(ms|s|seconds?)\b")
"""What differs between two equal results of dbt. Each run of digits is read once: a result may be digits alone."""


class Repeats:
    """The latest actions of a conversation."""

    def __init__(self) -> None:
        self._latest: deque[tuple[str, str]] = deque(maxlen=N_WATCHED)
        self._told: set[tuple[str, str]] = set()

    def note(self, action: str, result: str) -> str:
        """Count an action.

        Returns:
            What to tell the model, once for each action; empty = nothing.
        """
        seen = (action, _TIMES.sub("", result))
        self._latest.append(seen)
        if seen in self._told or self._latest.count(seen) < N_EQUAL:
            return ""
        self._told.add(seen)
        return (
            f"You have done exactly this {N_EQUAL} times, and the result was the same each time. Doing it again will "
            "not change it: try something else, or finish if the ticket is done."
        )
