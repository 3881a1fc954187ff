"""What a tool is: a name, a description and arguments for the model, and a function that runs it in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from runtime.sandbox.interface import ExecResult, Sandbox

_SCRIPTS_DIR = Path(__file__).parent / "scripts"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no command line, or no file in UTF-8, can hold, though JSON can write it."""


@dataclass(frozen=True)
class ToolResult:
    """What a call of a tool gave: text for the model, exit code, time."""

    text: str
    exit_code: int
    """0 = it did what was asked."""
    wall_seconds: float = 0.0


ToolFunction = Callable[[Sandbox, Mapping[str, Any], float], ToolResult]
"""Sandbox, checked arguments, seconds at most -> result."""


@dataclass(frozen=True)
class Tool:
    """A tool that a model may call."""

    name: str
    description: str
    parameters: Mapping[str, str]
    """Name -> what it means; every parameter is a text."""
    run: ToolFunction
    optional: frozenset[str] = frozenset()

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON schema of its arguments, which are all texts."""
        return {
            "type": "object",
            "properties": {
                name: {"type": "string", "description": description} for name, description in self.parameters.items()
            },
            "required": [name for name in self.parameters if name not in self.optional],
            "additionalProperties": False,
        }

    def schema(self) -> dict[str, Any]:
        """Describe it as OpenAI's API wants it, which litellm turns into every other form."""
        function = {"name": self.name, "description": self.description, "parameters": self.json_schema()}
        return {"type": "function", "function": function}

    def problem(self, arguments: Mapping[str, Any]) -> str | None:
        """What is wrong with arguments, as a sentence for the model; None = nothing."""
        missing = [name for name in self.parameters if name not in self.optional and name not in arguments]
        unknown = sorted(set(arguments) - set(self.parameters))
        wrong = [name for name, value in arguments.items() if not isinstance(value, str) or _NO_TEXT.search(value)]
        for what, names in (("missing", missing), ("unknown", unknown), ("not a text", wrong)):
            if names:
                known = f"Its arguments: {', '.join(self.parameters)}; all are texts."
                return f"Tool {self.name}: argument {', '.join(names)} is {what}. {known}"
        return None


@lru_cache
def script(name: str) -> str:
    """A program that runs inside the sandbox; it is passed as text, since this repository is not there."""
    return (_SCRIPTS_DIR / f"{name}.py").read_text(encoding="utf-8")


def as_result(result: ExecResult) -> ToolResult:
    """What a command printed, errors after output, and what it broke."""
    parts = [result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace")]
    if result.n_bytes_dropped:
        parts.append(f"[{result.n_bytes_dropped} further bytes of output were dropped]")
    if result.limit and result.limit != "output":
        parts.append(f"[stopped at the limit of {result.limit}]")
    text = "\n".join(part.rstrip() for part in parts if part.strip())
    return ToolResult(text, result.exit_code or (1 if result.limit == "wall" else 0), result.wall_seconds)
