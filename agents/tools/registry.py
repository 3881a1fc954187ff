"""The tools by name, and how a model's call becomes a run of one."""

from __future__ import annotations

from collections.abc import Sequence

from agents.arguments import parse_arguments
from agents.tools.base import Tool, ToolResult
from agents.tools.files import edit_tool, read_tool, write_tool
from agents.tools.pipeline import dbt_tool, load_tool, query_tool, shell_tool
from agents.wires import ToolCall
from benchmark.spelling import nearest
from runtime.sandbox.interface import Sandbox

_PATH = "Relative to the workspace."

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("shell", "Run a command with bash in the workspace.", {"command": "The command."}, shell_tool),
        Tool("read_file", "Read a text file.", {"path": _PATH}, read_tool),
        Tool(
            "write_file",
            "Write a text file and its folders; what the file held before is gone.",
            {"path": _PATH, "content": "The whole content."},
            write_tool,
        ),
        Tool(
            "edit_file",
            "Replace a text that stands in a file exactly once.",
            {"path": _PATH, "old": "The text to replace.", "new": "What stands there afterwards."},
            edit_tool,
        ),
        Tool(
            "query",
            "Run one SQL statement on the warehouse, read-only; shows at most 100 rows.",
            {"sql": "DuckDB SQL."},
            query_tool,
        ),
        Tool(
            "load",
            "Load the connections of el/ from the source systems into the warehouse.",
            {"connection": "One connection only; all where it is left out."},
            load_tool,
            optional=frozenset({"connection"}),
        ),
        Tool(
            "dbt",
            "Run dbt in the folder dbt/.",
            {"arguments": "As on the command line, for example: build --select flights+"},
            dbt_tool,
        ),
    )
}
"""Name -> tool."""


def run_tool(call: ToolCall, allowed: Sequence[str], sandbox: Sandbox, seconds: float) -> ToolResult:
    """Run a call that a model made. A malformed one is a result, too: a sentence that tells the model what is wrong.

    Args:
        call: The call.
        allowed: Names of the tools that the model was offered.
        sandbox: Where the tool runs.
        seconds: Wall time at most; what is left of the trial.
    """
    if call.name not in allowed:
        near = nearest(call.name, allowed)
        question = f" Did you mean {near}?" if near else ""
        return ToolResult(f"There is no tool '{call.name}'.{question} Tools: {', '.join(allowed)}.", 2)
    tool = TOOLS[call.name]
    try:
        arguments = parse_arguments(call.arguments or "{}")
    except ValueError as error:
        return ToolResult(f"The arguments of {call.name} are not valid JSON: {error}. Call it again.", 2)
    if not isinstance(arguments, dict):
        return ToolResult(f"The arguments of {call.name} must be a JSON object. Call it again.", 2)
    arguments = {name: value for name, value in arguments.items() if value is not None or name not in tool.optional}
    problem = tool.problem(arguments)
    return ToolResult(problem, 2) if problem else tool.run(sandbox, arguments, seconds)
