"""What an agent may spend on one trial, and what it has spent."""

from __future__ import annotations

import time

from agents.errors import LimitReached
from benchmark.task import Budget
from benchmark.usage import TokenUsage


class Spending:
    """Counts against a budget from the moment it is made."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.n_steps = 0
        self.usage = TokenUsage()
        self.cost_usd = 0.0
        self._started = time.monotonic()

    @property
    def remaining_seconds(self) -> float:
        """Wall time that is left; never negative."""
        return max(0.0, self.budget.wall_seconds - (time.monotonic() - self._started))

    def add(self, usage: TokenUsage, cost_usd: float | None) -> None:
        """Count one call of the model."""
        self.n_steps += 1
        self.usage += usage
        self.cost_usd += cost_usd or 0.0

    def check(self) -> None:
        """Stop before more is spent.

        Raises:
            LimitReached: Names the limit.
        """
        budget = self.budget
        if self.remaining_seconds <= 0:
            raise LimitReached("wall time", f"{budget.wall_seconds:g} seconds are over")
        if self.n_steps >= budget.steps:
            raise LimitReached("steps", f"{budget.steps} calls of the model were made")
        if self.usage.total >= budget.tokens:
            raise LimitReached("tokens", f"{self.usage.total} of {budget.tokens} are used")
        if self.cost_usd >= budget.cost_usd:
            raise LimitReached("dollars", f"{self.cost_usd:.4f} of {budget.cost_usd:g} are spent")
