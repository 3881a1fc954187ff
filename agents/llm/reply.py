"""The answer of a model: how it is read, and how it goes back into the conversation."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from agents.arguments import parse_arguments
from agents.surrogates import whole_letters
from agents.wires import ToolCall
from agents.wires.base import text_of, whole
from benchmark.redact import redact
from benchmark.usage import TokenUsage

Message = dict[str, Any]

NO_ANSWER = "(no answer)"
"""What stands in the conversation for an empty answer: providers refuse messages without content."""
_MAX_MALFORMED = 2_000
"""Characters of malformed arguments that go back to the model."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
"""What providers allow in no name of a tool."""


@dataclass(frozen=True)
class Reply:
    """The answer of a model: text, calls of tools, tokens."""

    text: str
    calls: tuple[ToolCall, ...]
    usage: TokenUsage
    is_cut: bool = False
    """It ended at the limit of output tokens."""
    extra: Message = field(default_factory=dict)
    """What the provider wants to have back as it stands: Anthropic's signed thoughts."""

    def message(self) -> Message:
        """As it goes back into the conversation; what providers would refuse there is replaced."""
        content = self.text or ("" if self.calls else NO_ANSWER)  # some servers fail on null
        message: Message = {"role": "assistant", "content": content}
        if self.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": _sendable_name(call.name), "arguments": _sendable_arguments(call.arguments)},
                }
                for call in self.calls
            ]
        return message | self.extra


def read_reply(choice: Any, usage: Any) -> Reply:
    """Read an answer of litellm.

    Args:
        choice: Its first choice.
        usage: Its tokens.
    """
    message = choice.message
    thoughts = getattr(message, "thinking_blocks", None)
    return Reply(
        _clean(text_of(message.content)),
        _calls(message.tool_calls or ()),
        _usage(usage),
        is_cut=choice.finish_reason == "length",
        extra={"thinking_blocks": thoughts} if thoughts else {},
    )


def _calls(found: Any) -> tuple[ToolCall, ...]:
    """The calls of an answer. One without an id, or with that of another, gets an id of its own."""
    calls: dict[str, ToolCall] = {}
    for call in found:
        arguments = call.function.arguments or "{}"
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        name = redact(call.id or "")
        while not name or name in calls:
            name = f"call_{secrets.token_hex(8)}"
        calls[name] = ToolCall(name, _clean(call.function.name), _clean(text))
    return tuple(calls.values())


def _sendable_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)[:64] or "unnamed"


def _sendable_arguments(arguments: str) -> str:
    """Arguments that are a JSON object; others inside one, since servers read them and fail on what is none."""
    try:
        is_object = isinstance(parse_arguments(arguments), dict)
    except ValueError:
        is_object = False
    return arguments if is_object else json.dumps({"malformed": arguments[:_MAX_MALFORMED]})


def _clean(text: str | None) -> str:
    """A text of the provider's, whole and without secrets: it goes to the agent and into files."""
    return redact(whole_letters(text or ""))


def _usage(usage: Any) -> TokenUsage:
    """Litellm's usage is OpenAI's, and `prompt_tokens` holds what was cached and what was written to the cache."""
    prompt, details = getattr(usage, "prompt_tokens_details", None), getattr(usage, "completion_tokens_details", None)
    cached = whole(getattr(prompt, "cached_tokens", 0))
    written = whole(getattr(usage, "cache_creation_input_tokens", 0)) or whole(getattr(prompt, "cache_write_tokens", 0))
    return TokenUsage(
        input=max(0, whole(getattr(usage, "prompt_tokens", 0)) - cached - written),
        cached_input=cached,
        cache_write=written,
        output=whole(getattr(usage, "completion_tokens", 0)),
        reasoning=whole(getattr(details, "reasoning_tokens", 0)),
    )
