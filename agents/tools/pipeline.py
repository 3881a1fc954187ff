"""Tools on the pipeline: shell, SQL, load, dbt."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from agents.tools.base import ToolResult, as_result, script
from runtime.sandbox.interface import Sandbox

LOAD = ["python", "-W", "ignore", "-m", "sources.loader", "--el", "el", "--warehouse", "warehouse.duckdb"]
"""How the connections are loaded, in the workspace."""

_SHELL_SECONDS = 300.0
_QUERY_SECONDS = 120.0


def shell_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Run a command in a shell."""
    command = ["bash", "-c", arguments["command"]]
    return as_result(sandbox.exec(command, wall_seconds=min(seconds, _SHELL_SECONDS)))


def query_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Run SQL on the warehouse."""
    command = ["python", "-I", "-c", script("query")]
    sql = arguments["sql"].encode()
    return as_result(sandbox.exec(command, stdin=sql, wall_seconds=min(seconds, _QUERY_SECONDS)))


def load_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Load the connections, or one of them."""
    one = arguments.get("connection")
    command = [*LOAD, *(["--connection", one] if one else [])]
    return as_result(sandbox.exec(command, wall_seconds=seconds))


def dbt_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Run dbt in the folder `dbt/` of the workspace."""
    try:
        words = shlex.split(arguments["arguments"])
    except ValueError as error:
        return ToolResult(f"The arguments of dbt cannot be split into words: {error}.", 2)
    command = ["python", "-W", "ignore", "-c", script("dbt"), *words]
    return as_result(sandbox.exec(command, wall_seconds=seconds))
