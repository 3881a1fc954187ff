"""Keeps a conversation within its model's context: old results of tools are shortened when it is nearly full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.llm.repeats import Repeats
from agents.llm.reply import Message
from agents.trajectory import cut
from benchmark.usage import TokenUsage

FULL_FRACTION = 0.85
"""Of the context, above which it counts as nearly full."""
GOAL_FRACTION = 0.5
"""Of the context, down to which it is shortened: seldom and by much, since what is cached is lost each time."""
N_RECENT = 4
"""Results of tools that are shortened only where the others are not enough."""
LEFT = 300
"""Characters that are left of an old result or argument."""
LEFT_RECENT = 2_000
_BYTES_PER_TOKEN = 3.0
"""Of what was not counted yet: fewer than texts have on average, so that the guess is rather too high."""


@dataclass
class Conversation:
    """Messages in OpenAI's form, and the tools that the model may call."""

    messages: list[Message] = field(default_factory=list)
    part: str | None = None
    tools: tuple[str, ...] = ()
    results: list[Message] = field(default_factory=list)
    """Those of the messages that are results of tools, oldest first."""
    repeats: Repeats = field(default_factory=Repeats)
    n_counted_tokens: float = 0.0
    """Tokens of the messages that the provider has counted."""
    n_counted: int = 0
    """How many messages these are."""

    def count(self, usage: TokenUsage) -> None:
        """Note what the provider says that the messages so far and its answer, which is the last of them, come to."""
        self.n_counted_tokens = float(usage.total - usage.reasoning)  # thoughts are not sent again
        self.n_counted = len(self.messages)

    @property
    def n_tokens(self) -> float:
        """Tokens of all messages: as counted, and guessed for those that are new."""
        return self.n_counted_tokens + sum(map(_size, self.messages[self.n_counted :])) / _BYTES_PER_TOKEN

    def shorten(self, n_tokens: float) -> int:
        """Shorten old results, and what was written into files, until about so many tokens are gone.

        Returns:
            How many texts were shortened.
        """
        n_shortened = 0
        for message, size in self._long_messages():
            if n_tokens <= 0:
                break
            before = _size(message)
            _shorten(message, size)
            freed = (before - _size(message)) / _BYTES_PER_TOKEN
            if freed <= 0:
                continue
            n_shortened += 1
            n_tokens -= freed
            if any(message is counted for counted in self.messages[: self.n_counted]):
                self.n_counted_tokens = max(0.0, self.n_counted_tokens - freed)
        return n_shortened

    def _long_messages(self) -> Iterator[tuple[Message, int]]:
        """Messages that may be shortened, the least needed first, and the characters that are left of their texts."""
        results = {id(message) for message in self.results}
        recent = {id(message) for message in self.results[-N_RECENT:]}
        first_recent = min((n for n, message in enumerate(self.messages) if id(message) in recent), default=0)
        old = [message for message in self.messages[:first_recent] if id(message) in results or "tool_calls" in message]
        yield from ((message, LEFT) for message in old)
        yield from ((message, LEFT_RECENT) for message in self.results[-N_RECENT:])
        yield from ((message, LEFT) for message in self.results[-N_RECENT:])


def _size(message: Message) -> int:
    """Bytes of a message as it is sent."""
    return len(json.dumps(message, ensure_ascii=False, default=str).encode(errors="replace"))


def _shorten(message: Message, size: int) -> None:
    """Cut the result in a message, or the long arguments of its calls."""
    if message["role"] != "assistant":
        message["content"] = _cut(message["content"], size)
        return
    if "thinking_blocks" in message:
        return  # they are signed together with the calls
    for call in message["tool_calls"]:
        function = call["function"]
        if len(function["arguments"]) <= 2 * size:
            continue
        arguments = json.loads(function["arguments"])
        short = {name: _cut(value, size) if isinstance(value, str) else value for name, value in arguments.items()}
        function["arguments"] = json.dumps(short)


def _cut(text: str, size: int) -> str:
    """A text that is well over a size, cut down to it."""
    return cut(text, size) if len(text) > 2 * size else text
