"""The idle agent: does nothing. No marks, or the task is broken."""

from typing import ClassVar

from agents.base import AgentContext
from benchmark.scorecard import AgentResult


class IdleAgent:
    """Leaves the start as it is."""

    needs_systems: ClassVar[bool] = False

    def solve(self, context: AgentContext) -> AgentResult:
        """Do nothing."""
        del context
        return AgentResult(status="finished")
