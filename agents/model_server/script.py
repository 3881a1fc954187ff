"""The script of a model server: a YAML file of conversations, turn by turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.wires import ToolCall, Turn
from benchmark.usage import TokenUsage
from benchmark.yaml_files import read_spec

FaultKind = Literal["rate_limit", "server_error", "overloaded", "timeout", "disconnect", "context_overflow", "bad_key"]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScriptedCall(_Spec):
    """A call of a tool."""

    name: str = Field(min_length=1)
    arguments: dict[str, Any] | str = {}
    """A text is sent as it stands: this is how a malformed call is written."""


class ScriptedTurn(_Spec):
    """One answer of the scripted model."""

    text: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    usage: TokenUsage = TokenUsage(input=100, output=20)
    stop: Literal["end", "length"] | None = None
    """Why it ends: `length` = at the limit of output tokens, so it is cut off. With `end`, it may be empty."""
    faults: tuple[FaultKind, ...] = ()
    """What the first requests for this answer get instead, one a request."""

    @model_validator(mode="after")
    def _says_something(self) -> ScriptedTurn:
        if not self.text and not self.calls and not self.faults and self.stop is None:
            raise ValueError("a turn needs text, calls or faults, or stop where it shall be empty")
        return self

    def turn(self, number: int) -> Turn:
        """The answer; its id and those of its calls are the same in every process."""
        calls = tuple(
            ToolCall(f"call_{number}_{index}", call.name, _as_text(call.arguments))
            for index, call in enumerate(self.calls)
        )
        return Turn(self.text, calls, self.usage, number, is_cut=self.stop == "length")


class ScriptedConversation(_Spec):
    """Answers to one conversation: the n-th request, counted by the answers that it holds, gets the n-th turn."""

    when: str = ""
    """Text that stands in the system prompt or in the first message; empty = any. The first that fits is taken."""
    turns: tuple[ScriptedTurn, ...] = Field(min_length=1)


class Script(_Spec):
    """The content of a script file."""

    conversations: tuple[ScriptedConversation, ...] = Field(min_length=1)
    timeout_seconds: float = Field(default=30.0, gt=0)
    """How long the fault `timeout` says nothing before it hangs up."""

    def find(self, opening: str) -> ScriptedConversation | None:
        """Find the conversation that a request belongs to, by its first message; None = there is none."""
        return next((item for item in self.conversations if item.when in opening), None)


def read_script(path: Path) -> Script:
    """Read a script.

    Raises:
        SpecError: Names line and key.
    """
    return read_spec(path, Script)


def _as_text(arguments: dict[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
