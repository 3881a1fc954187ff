"""An MCP server that offers the workspace's tools to any agent that speaks the protocol.

`python -m agents.mcp_server WORKSPACE` speaks over standard input and output. Tools run without walls, so it is for a
workspace that only trusted agents touch.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.tools import TOOLS, read_file, run_tool
from agents.wires import ToolCall
from benchmark.errors import LockgateError
from runtime.sandbox.interface import Sandbox, SandboxSpec
from runtime.sandbox.none import NoSandbox

_SECONDS = 600.0
_DOCUMENTATION = "docs/sources.md"


def build_server(sandbox: Sandbox) -> Any:
    """An MCP server with one tool for each of `TOOLS`, and `documentation`."""
    from mcp import types
    from mcp.server.lowlevel import Server

    def describe(name: str, text: str, schema: dict[str, Any]) -> Any:
        return types.Tool.model_validate({"name": name, "description": text, "inputSchema": schema})

    nothing = {"type": "object", "properties": {}}
    documentation = describe("documentation", "What the source systems hold and how they are reached.", nothing)

    async def list_tools(context: Any, request: Any) -> Any:
        del context, request
        tools = [describe(tool.name, tool.description, tool.json_schema()) for tool in TOOLS.values()]
        return types.ListToolsResult(tools=[*tools, documentation])

    async def call_tool(context: Any, request: Any) -> Any:
        del context
        text, is_error = await asyncio.to_thread(_call, sandbox, request.name, request.arguments or {})
        content = [{"type": "text", "text": text}]
        return types.CallToolResult.model_validate({"content": content, "isError": is_error})

    return Server("lockgate", on_list_tools=list_tools, on_call_tool=call_tool)


def _call(sandbox: Sandbox, name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
    if name == "documentation":
        return read_file(sandbox, _DOCUMENTATION), False
    result = run_tool(ToolCall("mcp", name, json.dumps(arguments)), tuple(TOOLS), sandbox, _SECONDS)
    return result.text, result.exit_code != 0


async def _serve(sandbox: Sandbox) -> None:
    from mcp.server.stdio import stdio_server

    server = build_server(sandbox)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the client hangs up."""
    parser = argparse.ArgumentParser(
        prog="python -m agents.mcp_server", description="Offer a workspace's tools by MCP."
    )
    parser.add_argument("workspace", type=Path)
    workspace = parser.parse_args(arguments).workspace.resolve()
    if not workspace.is_dir():
        raise LockgateError(f"There is no folder {workspace}.")
    with NoSandbox(SandboxSpec(workspace, environment=dict(os.environ))) as sandbox:
        asyncio.run(_serve(sandbox))


if __name__ == "__main__":
    try:
        main()
    except LockgateError as error:
        sys.exit(str(error))
