"""What an agent is: something that changes a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from benchmark.scorecard import AgentResult
from benchmark.task import Task


@dataclass(frozen=True)
class AgentContext:
    """What an agent gets."""

    task: Task
    """For the trusted agents; an untrusted one sees the workspace alone."""
    workspace: Path
    """Project + start + `TICKET.md`, under git."""
    environment: Mapping[str, str]
    """How the source systems are reached; empty unless `needs_systems`."""
    seed: int
    """For agents that draw."""


class Agent(Protocol):
    """An agent; one instance per trial."""

    needs_systems: ClassVar[bool]
    """Whether the source systems run while it works."""

    def solve(self, context: AgentContext) -> AgentResult:
        """Change the workspace.

        Returns:
            How it ended. An agent that fails is a result.

        Raises:
            LockgateError: A fault that is not the agent's; the trial is unscored.
        """
