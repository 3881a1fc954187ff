"""Where agents work: a sandbox around the workspace, with the source systems and their drop folders."""

from pathlib import Path

from agents.base import AgentContext
from runtime.sandbox.interface import Sandbox, SandboxLimits, SandboxSpec
from runtime.sandbox.registry import open_sandbox as open_backend


def open_sandbox(context: AgentContext) -> Sandbox:
    """A sandbox around the workspace of a trial; a context manager."""
    environment = {**context.environment, "WAREHOUSE_PATH": "../warehouse.duckdb", "DBT_PROFILES_DIR": "."}
    limits = SandboxLimits(wall_seconds=context.budget.wall_seconds)
    folders = {path: Path(path) for name, path in context.environment.items() if name.endswith("_DIR")}
    spec = SandboxSpec(context.workspace, context.systems_pid, folders, environment, limits)
    return open_backend(context.sandbox, spec)
