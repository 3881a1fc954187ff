"""One agent at work: its sandbox, its model, its budget and its trajectory in one hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.arguments import parse_arguments
from agents.budget import Spending
from agents.errors import LimitReached
from agents.llm.client import ModelClient
from agents.llm.context import FULL_FRACTION, GOAL_FRACTION, Conversation
from agents.llm.reply import Message, Reply
from agents.prices import context_size, prices_for
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
        self._make_room(conversation)
        reply = self._call(conversation)
        cost = prices_for(self.client.model).cost_usd(self.client.model.name, reply.usage)
        self.spending.add(reply.usage, cost)
        calls = tuple(Call(id=call.id, tool=call.name, arguments=_parsed(call.arguments)) for call in reply.calls)
        self.recorder.step(
            "assistant", reply.text, part=conversation.part, calls=calls, usage=reply.usage, cost_usd=cost
        )
        conversation.messages.append(reply.message())
        conversation.count(reply.usage)
        return reply

    def _call(self, conversation: Conversation) -> Reply:
        """Call the model; where the conversation turns out to be too long for it, shorten it and call again."""
        tools = [TOOLS[name].schema() for name in conversation.tools]
        while True:
            try:
                return self.client.ask(conversation.messages, tools, self.spending.remaining_seconds)
            except LimitReached as limit:
                if limit.limit != "context" or not self._make_room(conversation, is_too_long=True):
                    raise

    def _make_room(self, conversation: Conversation, *, is_too_long: bool = False) -> bool:
        """Shorten old results where the context is nearly full, and tell the model; whether any was shortened.

        Args:
            conversation: Which.
            is_too_long: The provider said so, whatever the size of the context is believed to be.
        """
        model, n_tokens = self.client.model, conversation.n_tokens
        size = context_size(model)
        if is_too_long:
            goal = GOAL_FRACTION * min(n_tokens, size or n_tokens)
        elif size is None:
            return False
        else:
            goal = GOAL_FRACTION * size
            answer = min(model.max_output_tokens or size // 8, size // 2)
            if n_tokens < FULL_FRACTION * (size - answer):
                return False
        n_shortened = conversation.shorten(n_tokens - goal)
        if n_shortened:
            what = f"{n_shortened} older results and files that you wrote are shown shortened"
            self.note(conversation, f"Your context was nearly full: {what}. Look again where you need one.")
        return n_shortened > 0

    def run(self, call: ToolCall, conversation: Conversation) -> ToolResult:
        """Run a call of a tool in the sandbox, record it, and add its result to the conversation."""
        self.spending.check()
        result = run_tool(call, conversation.tools, self.sandbox, self.spending.remaining_seconds)
        result = self.watched(result, conversation, f"{call.name} {call.arguments}")
        self.record(result, conversation, call_id=call.id, tool=call.name)
        text = shown(whole_letters(result.text))  # it may quote names of arguments
        self._add_result(conversation, {"role": "tool", "tool_call_id": call.id, "content": text})
        return result

    def watched(self, result: ToolResult, conversation: Conversation, action: str) -> ToolResult:
        """Return the result of an action, with a note where the same was done several times for the same result."""
        note = conversation.repeats.note(action, result.text)
        return replace(result, text=f"{shown(result.text)}\n\n{note}") if note else result

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

    def say(self, conversation: Conversation, text: str, *, is_result: bool = False) -> None:
        """Add a message of the user's side; a result of the model's action is shortened first where room is needed."""
        self.recorder.step("user", text, part=conversation.part)
        message = {"role": "user", "content": text}
        if is_result:
            self._add_result(conversation, message)
        else:
            conversation.messages.append(message)

    def note(self, conversation: Conversation, text: str) -> None:
        """Add something to the last message, which must be of the user's side: not all providers take two in a row."""
        self.recorder.step("user", text, part=conversation.part)
        conversation.messages[-1]["content"] += f"\n\n[{text}]"

    @staticmethod
    def _add_result(conversation: Conversation, message: Message) -> None:
        conversation.messages.append(message)
        conversation.results.append(message)


def shown(text: str) -> str:
    """The result of a tool as the model sees it."""
    return cut(text, MAX_RESULT_CHARACTERS)


def _parsed(arguments: str) -> dict[str, Any] | str:
    try:
        value = parse_arguments(arguments)
    except ValueError:
        return arguments
    return value if isinstance(value, dict) else arguments
