"""Asks the provider to cache the conversation, where it caches only what it is asked to: Claude, wherever it runs.

OpenAI, Google and others cache by themselves what begins as an earlier call did, and may refuse the marks.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.llm.reply import Message
from benchmark.llm import ModelSpec

_MARK = {"type": "ephemeral"}


def with_cache_marks(model: ModelSpec, messages: Sequence[Message]) -> list[Message]:
    """Return the messages as they are sent: with three marks for Claude, as they are for other models.

    The marks stand on the system prompt, on the message that the call before ended with (it is read from the cache),
    and on the last one (it is written to the cache). Anthropic allows four.
    """
    sent = list(messages)
    if model.provider != "anthropic" and "claude" not in model.name.lower():
        return sent
    for index in _places(messages):
        sent[index] = _marked(sent[index])
    return sent


def _places(messages: Sequence[Message]) -> set[int]:
    """Indices of the messages that get a mark: ends of what was sent, which no answer of the model is."""
    ends = [
        index
        for index, message in enumerate(messages)
        if message["role"] != "assistant" and (index + 1 == len(messages) or messages[index + 1]["role"] == "assistant")
    ]
    return {0, *ends[-2:]} if messages[0]["role"] == "system" else set(ends[-2:])


def _marked(message: Message) -> Message:
    if message["role"] == "tool":  # the mark belongs to the result as a whole
        return {**message, "cache_control": _MARK}
    return {**message, "content": [{"type": "text", "text": message["content"], "cache_control": _MARK}]}
