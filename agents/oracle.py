"""The oracle: applies the task's solution. Full marks, or the task is broken."""

from typing import ClassVar

from agents.base import AgentContext
from benchmark.scorecard import AgentResult
from benchmark.workspace import lay_solution


class OracleAgent:
    """Applies the solution."""

    needs_systems: ClassVar[bool] = False

    def solve(self, context: AgentContext) -> AgentResult:
        """Lay the solution over the start."""
        lay_solution(context.task, context.workspace)
        return AgentResult(status="finished", n_steps=1)
