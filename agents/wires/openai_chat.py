"""The wire format of OpenAI's chat completions API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import Field

from agents.wires.base import Event, Json, RequestSummary, Turn, chunks, mapping, text_of, whole
from agents.wires.body import ModelName, RequestSpec, check_request
from benchmark.usage import TokenUsage


class _Message(RequestSpec):
    role: str
    content: str | list[Any] | None = None


class _Request(RequestSpec):
    model: ModelName
    messages: list[_Message]
    stream: bool | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)


class OpenAIChat:
    """`POST …/chat/completions`."""

    name: ClassVar[str] = "openai-chat"

    def fits(self, path: str) -> bool:
        """Whether a request to this path is of this format."""
        return path.endswith("/chat/completions")

    def read(self, path: str, body: Json) -> RequestSummary:
        """Read a request."""
        del path
        request = check_request(_Request, body)
        system = [text_of(item.content) for item in request.messages if item.role in ("system", "developer")]
        user = [text_of(item.content) for item in request.messages if item.role == "user"]
        n_turns = sum(item.role == "assistant" for item in request.messages)
        return RequestSummary(request.model, bool(request.stream), "\n".join(system + user[:1]), n_turns)

    def answer(self, turn: Turn, model: str) -> Json:
        """Write one choice with its message."""
        message: Json = {"role": "assistant", "content": turn.text or None}
        if turn.calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in turn.calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": _finish(turn)}
        return {**_head(turn, model, "chat.completion"), "choices": [choice], "usage": _usage(turn.usage)}

    def stream(self, turn: Turn, model: str) -> Iterator[Event]:
        """Deltas, then the usage, then `[DONE]`."""

        def event(delta: Json, finish: str | None = None) -> Event:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            return None, {**_head(turn, model, "chat.completion.chunk"), "choices": [choice]}

        yield event({"role": "assistant", "content": ""})
        for piece in chunks(turn.text):
            yield event({"content": piece})
        for index, call in enumerate(turn.calls):
            start = {"name": call.name, "arguments": ""}
            yield event({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": start}]})
            for piece in chunks(call.arguments):
                yield event({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        yield event({}, _finish(turn))
        yield None, {**_head(turn, model, "chat.completion.chunk"), "choices": [], "usage": _usage(turn.usage)}
        yield None, "[DONE]"

    def error(self, status: int, message: str, code: str) -> Json:
        """An error in the provider's format."""
        kind = "invalid_request_error" if status < 429 else "server_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def usage(self, body: Json) -> TokenUsage | None:
        """`prompt_tokens` holds the cached ones."""
        usage = mapping(body.get("usage"))
        if not usage:
            return None
        prompt = mapping(usage.get("prompt_tokens_details"))
        cached, written = whole(prompt.get("cached_tokens")), whole(prompt.get("cache_write_tokens"))
        return TokenUsage(
            input=max(0, whole(usage.get("prompt_tokens")) - cached - written),
            cached_input=cached,
            cache_write=written,
            output=whole(usage.get("completion_tokens")),
            reasoning=whole(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        )

    def stream_usage(self, events: Iterable[Json]) -> TokenUsage | None:
        """In the last chunk, where the client asked for it."""
        found = [usage for event in events if (usage := self.usage(event))]
        return found[-1] if found else None


def _head(turn: Turn, model: str, kind: str) -> Json:
    return {"id": f"chatcmpl-{turn.number}", "object": kind, "created": 0, "model": model}


def _finish(turn: Turn) -> str:
    if turn.is_cut:
        return "length"
    return "tool_calls" if turn.calls else "stop"


def _usage(usage: TokenUsage) -> Json:
    prompt = usage.input + usage.cached_input + usage.cache_write
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
