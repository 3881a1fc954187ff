"""What a command on a leaderboard did, and how it is watched meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from benchmark.run_store import TrialPlan
from benchmark.scorecard import Scorecard
from orchestration.publication.broken_rules import BrokenRule


class Watcher(Protocol):
    """Shows how the second scoring goes on."""

    def step(self, plan: TrialPlan, name: str) -> None:
        """A trial has started a step."""

    def done(self, plan: TrialPlan, scorecard: Scorecard) -> None:
        """A trial has been scored again."""


Watch = Callable[[int], AbstractContextManager[Watcher]]
"""Makes a watcher for so many trials."""


@dataclass(frozen=True)
class Outcome:
    """How publishing, or checking, ended."""

    suite: str
    broken: tuple[BrokenRule, ...]
    """Rules that are broken; nothing was written then."""
    added: tuple[str, ...] = ()
    """Runs that came in."""
    unchanged: tuple[str, ...] = ()
    """Runs that were in the leaderboard already, with this content."""
    n_scored_again: int = 0
    is_written: bool = False
    n_files: int = 0
    """Of the whole leaderboard."""
    size_bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "suite": self.suite,
            "broken": [rule._asdict() for rule in self.broken],
            "added": list(self.added),
            "unchanged": list(self.unchanged),
            "n_scored_again": self.n_scored_again,
            "is_written": self.is_written,
            "n_files": self.n_files,
            "size_bytes": self.size_bytes,
        }
