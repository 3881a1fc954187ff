"""What an agent is: something that changes a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from benchmark.budget import Budget
from benchmark.llm import ModelSpec
from benchmark.scorecard import AgentResult
from benchmark.task import Task


@dataclass(frozen=True)
class AgentContext:
    """Everything that an agent is given for one trial."""

    task: Task
    """For the trusted agents; an untrusted one sees the workspace alone."""
    workspace: Path
    """Project + start + `TICKET.md`, under git."""
    environment: Mapping[str, str]
    """How the source systems are reached, and the pinned clock; empty unless `needs_systems`."""
    seed: int
    """For agents that draw."""
    trial_id: str = ""
    model: ModelSpec | None = None
    """For agents that use an LLM."""
    budget: Budget = field(default_factory=Budget)
    trajectory_path: Path | None = None
    """Where the agent writes what it does, as it does it; None = nowhere."""
    systems_pid: int | None = None
    """A process in whose network namespace the source systems listen; None = they are on this machine's loopback."""
    sandbox: str = "none"
    """Backend of the sandbox that an agent of somebody else works in."""


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
