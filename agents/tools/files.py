"""Tools that read, write and edit files of the workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agents.tools.base import ToolResult, as_result, script
from runtime.sandbox.interface import Sandbox

_SECONDS = 60.0


def _inside(sandbox: Sandbox, seconds: float = _SECONDS, **arguments: Any) -> ToolResult:
    return as_result(
        sandbox.exec(
            ["python", "-I", "-c", script("files")],
            stdin=json.dumps(arguments).encode(),
            wall_seconds=min(seconds, _SECONDS),
        )
    )


def read_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Give the text of a file."""
    return _inside(sandbox, seconds, action="read", path=arguments["path"])


def write_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Write a file."""
    return _inside(sandbox, seconds, action="write", path=arguments["path"], content=arguments["content"])


def edit_tool(sandbox: Sandbox, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    """Replace a text that stands in a file once."""
    return _inside(sandbox, seconds, action="edit", **arguments)


def list_files(sandbox: Sandbox) -> list[str]:
    """Files of the workspace, sorted, without what tools leave behind."""
    return _inside(sandbox, action="list", path=".").text.splitlines()


def read_file(sandbox: Sandbox, path: str) -> str:
    """The text of a file, or why it cannot be read."""
    return _inside(sandbox, action="read", path=path).text


def write_file(sandbox: Sandbox, path: str, content: str | None) -> ToolResult:
    """Write a file; None = remove it."""
    if content is None:
        return _inside(sandbox, action="delete", path=path)
    return _inside(sandbox, action="write", path=path, content=content)
