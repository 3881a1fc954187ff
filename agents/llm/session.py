"""One agent at work: its sandbox, its model, its budget and its trajectory in one hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.budget import Spending
from agents.llm.client import Message, ModelClient, Reply
from agents.prices import prices_for
from agents.surrogates import whole_letters
from agents.tools import TOOLS, ToolResult, run_tool
from agents.trajectory import Call, Recorder, cut
from agents.wires import ToolCall
from runtime.sandbox.interface import Sandbox

MAX_RESULT_CHARACTERS = 12_000
"""Longest result of a tool that the model sees; more would fill its context with logs."""


@dataclass
class Session:
    """What the parts of an agent share."""

    sandbox: Sandbox
    client: ModelClient
    spending: Spending
    recorder: Recorder

    def ask(self, conversation: Conversation) -> Reply:
        """Call the model with a conversation, count it, record it, and add its answer.

        Raises:
            LimitReached: The budget is used up.
            ProviderError: No answer.
        """
        self.spending.check()
        tools = [TOOLS[name].schema() for name in conversation.tools]
        reply = self.client.ask(conversation.messages, tools, self.spending.remaining_seconds)
        cost = prices_for(self.client.model).cost_usd(self.client.model.name, reply.usage)
        self.spending.add(reply.usage, cost)
        calls = tuple(Call(id=call.id, tool=call.name, arguments=_parsed(call.arguments)) for call in reply.calls)
        self.recorder.step(
            "assistant", reply.text, part=conversation.part, calls=calls, usage=reply.usage, cost_usd=cost
        )
        conversation.messages.append(reply.message())
        return reply

    def run(self, call: ToolCall, conversation: Conversation) -> ToolResult:
        """Run a call of a tool in the sandbox, record it, and add its result to the conversation."""
        self.spending.check()
        result = run_tool(call, conversation.tools, self.sandbox, self.spending.remaining_seconds)
        self.record(result, conversation, call_id=call.id, tool=call.name)
        text = cut(whole_letters(result.text), MAX_RESULT_CHARACTERS)  # it may quote names of arguments
        conversation.messages.append({"role": "tool", "tool_call_id": call.id, "content": text})
        return result

    def record(self, result: ToolResult, conversation: Conversation, *, tool: str, call_id: str | None = None) -> None:
        """Record what a tool gave.

        Args:
            result: What it gave.
            conversation: The one that asked for it.
            tool: Name of the tool.
            call_id: The model's call that this answers; None = the agent ran the tool by itself.
        """
        self.recorder.step(
            "tool",
            result.text,
            part=conversation.part,
            call_id=call_id,
            tool=tool,
            exit_code=result.exit_code,
            seconds=round(result.wall_seconds, 3),
        )

    def start(self, system: str, user: str, *, part: str | None = None, tools: Sequence[str] = ()) -> Conversation:
        """Begin a conversation, and record its first messages.

        Args:
            system: The system prompt.
            user: The first message of the user's side.
            part: Which part of the agent speaks, where it has several.
            tools: Names of the tools that the model may call.
        """
        self.recorder.step("system", system, part=part)
        conversation = Conversation([{"role": "system", "content": system}], part, tuple(tools))
        self.say(conversation, user)
        return conversation

    def say(self, conversation: Conversation, text: str) -> None:
        """Add a message of the user's side."""
        self.recorder.step("user", text, part=conversation.part)
        conversation.messages.append({"role": "user", "content": text})


@dataclass
class Conversation:
    """Messages in OpenAI's form, and the tools that the model may call."""

    messages: list[Message] = field(default_factory=list)
    part: str | None = None
    tools: tuple[str, ...] = ()


def _parsed(arguments: str) -> dict[str, Any] | str:
    try:
        value = json.loads(arguments)
    except ValueError:
        return arguments
    return value if isinstance(value, dict) else arguments
