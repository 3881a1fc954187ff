"""The wire format of OpenAI's responses API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import Field

from agents.wires.base import Event, Json, RequestSummary, Turn, chunks, count_turns, mapping, text_of, whole
from agents.wires.body import ModelName, RequestSpec, check_request
from benchmark.usage import TokenUsage

_MODEL_ITEMS = frozenset({"function_call", "custom_tool_call", "local_shell_call", "reasoning"})


class _Item(RequestSpec):
    role: str | None = None
    type: str | None = None
    content: str | list[Any] | None = None


class _Request(RequestSpec):
    model: ModelName
    input: str | list[_Item]
    stream: bool | None = None
    max_output_tokens: int | None = Field(default=None, ge=1)


class OpenAIResponses:
    """`POST …/responses`."""

    name: ClassVar[str] = "openai-responses"

    def fits(self, path: str) -> bool:
        """Whether a request to this path is of this format."""
        return path.endswith("/responses")

    def read(self, path: str, body: Json) -> RequestSummary:
        """Read a request; its input is a text or a list of items."""
        del path
        request = check_request(_Request, body)
        items = [_Item(role="user", content=request.input)] if isinstance(request.input, str) else request.input
        user = [text_of(item.content) for item in items if item.role in ("system", "developer", "user")]
        is_models = (item.role == "assistant" or item.type in _MODEL_ITEMS for item in items)
        # Clients put what they know of the surroundings into user messages ahead of the person's own, so all count.
        opening = "\n".join([text_of(body.get("instructions")), *user])
        return RequestSummary(request.model, bool(request.stream), opening, count_turns(is_models))

    def answer(self, turn: Turn, model: str) -> Json:
        """Write the output items: a message, then calls."""
        return _response(turn, model, _status(turn))

    def stream(self, turn: Turn, model: str) -> Iterator[Event]:
        """Item by item, with deltas."""
        events = self._events(turn, model)
        for number, (kind, data) in enumerate(events):
            yield kind, {"type": kind, "sequence_number": number, **data}

    def _events(self, turn: Turn, model: str) -> Iterator[tuple[str, Json]]:
        started = {**_response(turn, model, "in_progress"), "output": [], "usage": None}
        yield "response.created", {"response": started}
        yield "response.in_progress", {"response": started}
        for index, item in enumerate(_items(turn)):
            place = {"item_id": item["id"], "output_index": index}
            if item["type"] == "message":
                part = {**place, "content_index": 0}
                text, empty = item["content"][0]["text"], {"type": "output_text", "text": "", "annotations": []}
                yield "response.output_item.added", {"output_index": index, "item": {**item, "content": []}}
                yield "response.content_part.added", {**part, "part": empty}
                for piece in chunks(text):
                    yield "response.output_text.delta", {**part, "delta": piece, "logprobs": []}
                yield "response.output_text.done", {**part, "text": text, "logprobs": []}
                yield "response.content_part.done", {**part, "part": item["content"][0]}
            else:
                yield "response.output_item.added", {"output_index": index, "item": {**item, "arguments": ""}}
                for piece in chunks(item["arguments"]):
                    yield "response.function_call_arguments.delta", {**place, "delta": piece}
                done = {**place, "name": item["name"], "arguments": item["arguments"]}
                yield "response.function_call_arguments.done", done
            yield "response.output_item.done", {"output_index": index, "item": item}
        yield f"response.{_status(turn)}", {"response": _response(turn, model, _status(turn))}

    def error(self, status: int, message: str, code: str) -> Json:
        """An error in the provider's format."""
        kind = "invalid_request_error" if status < 429 else "server_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def usage(self, body: Json) -> TokenUsage | None:
        """`input_tokens` holds the cached ones."""
        usage = mapping(body.get("usage"))
        if not usage:
            return None
        details = mapping(usage.get("input_tokens_details"))
        cached, written = whole(details.get("cached_tokens")), whole(details.get("cache_write_tokens"))
        return TokenUsage(
            input=max(0, whole(usage.get("input_tokens")) - cached - written),
            cached_input=cached,
            cache_write=written,
            output=whole(usage.get("output_tokens")),
            reasoning=whole(mapping(usage.get("output_tokens_details")).get("reasoning_tokens")),
        )

    def stream_usage(self, events: Iterable[Json]) -> TokenUsage | None:
        """In the event that ends the response."""
        responses = [event["response"] for event in events if isinstance(event.get("response"), dict)]
        found = [usage for response in responses if (usage := self.usage(response))]
        return found[-1] if found else None


def _items(turn: Turn) -> list[Json]:
    items: list[Json] = []
    if turn.text or not turn.calls:
        content = [{"type": "output_text", "text": turn.text, "annotations": []}]
        head = {"id": f"msg_{turn.number}", "type": "message", "role": "assistant", "status": "completed"}
        items.append({**head, "content": content})
    for call in turn.calls:
        item = {"id": f"fc_{call.id}", "type": "function_call", "call_id": call.id, "status": "completed"}
        items.append({**item, "name": call.name, "arguments": call.arguments})
    return items


def _status(turn: Turn) -> str:
    return "incomplete" if turn.is_cut else "completed"


def _response(turn: Turn, model: str, status: str) -> Json:
    usage = turn.usage
    prompt = usage.input + usage.cached_input + usage.cache_write
    return {
        "id": f"resp_{turn.number}",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "output": _items(turn),
        "usage": {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": usage.cached_input},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": prompt + usage.output,
        },
    }
