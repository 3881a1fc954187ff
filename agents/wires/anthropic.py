"""The wire format of Anthropic's messages API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import Field

from agents.wires.base import Event, Json, RequestSummary, Turn, chunks, mapping, text_of, whole
from agents.wires.body import ModelName, RequestSpec, check_request
from benchmark.usage import TokenUsage

_KINDS = {429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}


class _Message(RequestSpec):
    role: str
    content: str | list[Any] = ""


class _Request(RequestSpec):
    model: ModelName
    messages: list[_Message]
    stream: bool | None = None
    max_tokens: int | None = Field(default=None, ge=1)


class AnthropicMessages:
    """`POST …/messages`."""

    name: ClassVar[str] = "anthropic"

    def fits(self, path: str) -> bool:
        """Whether a request to this path is of this format."""
        return path.endswith("/messages")

    def read(self, path: str, body: Json) -> RequestSummary:
        """Read a request."""
        del path
        request = check_request(_Request, body)
        user = [text_of(item.content) for item in request.messages if item.role == "user"]
        n_turns = sum(item.role == "assistant" for item in request.messages)
        opening = "\n".join([text_of(body.get("system")), *user[:1]])
        return RequestSummary(request.model, bool(request.stream), opening, n_turns)

    def answer(self, turn: Turn, model: str) -> Json:
        """Write blocks of text and of tool use."""
        content: list[Json] = [{"type": "text", "text": turn.text}] if turn.text or not turn.calls else []
        for call in turn.calls:
            content.append({"type": "tool_use", "id": call.id, "name": call.name, "input": _parsed(call.arguments)})
        return {**_head(turn, model), "content": content, "stop_reason": _stop(turn), "usage": _usage(turn.usage)}

    def stream(self, turn: Turn, model: str) -> Iterator[Event]:
        """Send each block as start, deltas and stop."""
        for kind, data in self._events(turn, model):
            yield kind, {"type": kind, **data}

    def _events(self, turn: Turn, model: str) -> Iterator[tuple[str, Json]]:
        begin = {**_usage(turn.usage), "output_tokens": 1}
        yield "message_start", {"message": {**_head(turn, model), "content": [], "stop_reason": None, "usage": begin}}
        index = 0
        if turn.text or not turn.calls:
            yield "content_block_start", {"index": index, "content_block": {"type": "text", "text": ""}}
            for piece in chunks(turn.text):
                yield "content_block_delta", {"index": index, "delta": {"type": "text_delta", "text": piece}}
            yield "content_block_stop", {"index": index}
            index += 1
        for call in turn.calls:
            block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
            yield "content_block_start", {"index": index, "content_block": block}
            for piece in chunks(call.arguments):
                delta = {"type": "input_json_delta", "partial_json": piece}
                yield "content_block_delta", {"index": index, "delta": delta}
            yield "content_block_stop", {"index": index}
            index += 1
        stop = {"stop_reason": _stop(turn), "stop_sequence": None}
        yield "message_delta", {"delta": stop, "usage": {"output_tokens": turn.usage.output}}
        yield "message_stop", {}

    def error(self, status: int, message: str, code: str) -> Json:
        """An error in the provider's format."""
        del code
        return {"type": "error", "error": {"type": _KINDS.get(status, "invalid_request_error"), "message": message}}

    def usage(self, body: Json) -> TokenUsage | None:
        """`input_tokens` leaves out what was cached; thinking is in the output and not told apart."""
        usage = mapping(body.get("usage"))
        if not usage:
            return None
        return TokenUsage(
            input=whole(usage.get("input_tokens")),
            cached_input=whole(usage.get("cache_read_input_tokens")),
            cache_write=whole(usage.get("cache_creation_input_tokens")),
            output=whole(usage.get("output_tokens")),
        )

    def stream_usage(self, events: Iterable[Json]) -> TokenUsage | None:
        """The input in `message_start`, what it came to in `message_delta`; a stream without an end tells neither."""
        merged: Json = {}
        is_end = False
        for event in events:
            start = mapping(event.get("message")) if event.get("type") == "message_start" else event
            usage = mapping(start.get("usage"))
            is_end |= event.get("type") == "message_delta" and bool(usage)
            merged |= {name: value for name, value in usage.items() if value is not None}
        return self.usage({"usage": merged}) if is_end else None


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments


def _head(turn: Turn, model: str) -> Json:
    head = {"id": f"msg_{turn.number}", "type": "message", "role": "assistant"}
    return {**head, "model": model, "stop_sequence": None}


def _stop(turn: Turn) -> str:
    if turn.is_cut:
        return "max_tokens"
    return "tool_use" if turn.calls else "end_turn"


def _usage(usage: TokenUsage) -> Json:
    return {
        "input_tokens": usage.input,
        "cache_read_input_tokens": usage.cached_input,
        "cache_creation_input_tokens": usage.cache_write,
        "output_tokens": usage.output,
    }
