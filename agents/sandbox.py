"""Where agents work: the one place that chooses the walls."""

from agents.base import AgentContext
from runtime.sandbox.interface import Sandbox, SandboxLimits, SandboxSpec
from runtime.sandbox.none import NoSandbox


def open_sandbox(context: AgentContext) -> Sandbox:
    """A sandbox around the workspace of a trial; a context manager."""
    environment = {**context.environment, "WAREHOUSE_PATH": "../warehouse.duckdb", "DBT_PROFILES_DIR": "."}
    limits = SandboxLimits(wall_seconds=context.budget.wall_seconds)
    spec = SandboxSpec(context.workspace, context.systems_pid, environment=environment, limits=limits)
    return NoSandbox(spec)
