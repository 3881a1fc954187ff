"""What an agent may spend on one trial, and what it has spent."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from agents.errors import LimitReached
from agents.prices import ModelPrice
from benchmark.budget import Budget
from benchmark.usage import TokenUsage

LEAST_OUTPUT = 1024
"""Tokens. A call that asks for more is not made where the budget allows fewer: it would be cut off in mid-sentence."""


@dataclass(frozen=True, eq=False)
class Hold:
    """What is set aside for one call until it is answered: the most that it can use."""

    n_prompt: int
    n_output: int
    cost_usd: float

    @property
    def n_tokens(self) -> int:
        """Prompt and output together."""
        return self.n_prompt + self.n_output


class Spending:
    """Counts against a budget from the moment it is made; safe in several threads."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.n_steps = 0
        self.usage = TokenUsage()
        self.cost_usd = 0.0
        self.refusal: LimitReached | None = None
        """Why the last call that was refused did not fit."""
        self._holds: set[Hold] = set()
        self._lock = threading.RLock()
        self._started = time.monotonic()

    @property
    def remaining_seconds(self) -> float:
        """Wall time that is left; never negative."""
        return max(0.0, self.budget.wall_seconds - (time.monotonic() - self._started))

    def add(self, usage: TokenUsage, cost_usd: float | None) -> None:
        """Count one call of the model."""
        with self._lock:
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

    def reserve(self, n_prompt: int, n_output: int, price: ModelPrice | None) -> Hold | None:
        """Set aside the most that a call can use, before it is made.

        Args:
            n_prompt: The most tokens that its prompt can have.
            n_output: Tokens that it wants to generate at most; fewer are granted where the budget ends.
            price: Of its model; None = it costs nothing that is known.

        Returns:
            The hold, or None where calls that are still under way have to be settled first.

        Raises:
            LimitReached: It does not fit, whatever the others come to.
        """
        with self._lock:
            try:
                self.check()
                hold = self._largest_hold(n_prompt, n_output, price)
            except LimitReached as limit:
                self.refusal = limit
                raise
            if not self._fits_beside_others(hold):
                return None
            self._holds.add(hold)
            return hold

    def settle(self, hold: Hold, usage: TokenUsage, cost_usd: float | None) -> None:
        """Count what a call came to in place of what was set aside for it.

        Args:
            hold: What was set aside.
            usage: Tokens of the call.
            cost_usd: None = no price is known.
        """
        with self._lock:
            self.release(hold)
            self.add(usage, cost_usd)

    def release(self, hold: Hold) -> None:
        """Forget a call that the provider did not answer."""
        with self._lock:
            self._holds.discard(hold)

    def _largest_hold(self, n_prompt: int, n_output: int, price: ModelPrice | None) -> Hold:
        """The hold of a call with as much output as the budget still allows."""
        n_left = self.budget.tokens - self.usage.total - n_prompt
        usd_left = self.budget.cost_usd - self.cost_usd
        n_affordable = price.most_output(n_prompt, usd_left) if price else n_output
        n_needed = min(n_output, LEAST_OUTPUT)
        if n_left < n_needed:
            told = f"{self.usage.total} of {self.budget.tokens} are used, and the next call may need"
            raise LimitReached("tokens", f"{told} {n_prompt + n_needed}")
        if n_affordable < n_needed:
            most = price.most_usd(n_prompt, n_needed) if price else 0.0
            told = f"{self.cost_usd:.4f} of {self.budget.cost_usd:g} are spent, and the next call may cost"
            raise LimitReached("dollars", f"{told} {most:.4f}")
        granted = min(n_output, n_left, n_affordable)
        return Hold(n_prompt, granted, price.most_usd(n_prompt, granted) if price else 0.0)

    def _fits_beside_others(self, hold: Hold) -> bool:
        holds = [*self._holds, hold]
        return (
            self.n_steps + len(holds) <= self.budget.steps
            and self.usage.total + sum(item.n_tokens for item in holds) <= self.budget.tokens
            and self.cost_usd + sum(item.cost_usd for item in holds) <= self.budget.cost_usd * (1 + 1e-9)
        )
