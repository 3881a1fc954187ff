"""What agents may do to a workspace; every tool runs inside the sandbox."""

from agents.tools.base import Tool, ToolResult
from agents.tools.files import list_files, read_file, write_file
from agents.tools.python import run_python
from agents.tools.registry import TOOLS, run_tool

__all__ = ["TOOLS", "Tool", "ToolResult", "list_files", "read_file", "run_python", "run_tool", "write_file"]
