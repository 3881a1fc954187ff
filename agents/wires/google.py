"""The wire format of Google's generateContent API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import Field

from agents.wires.base import Event, Json, RequestSummary, Turn, count_turns, mapping, text_of, whole
from agents.wires.body import RequestSpec, check_request
from benchmark.usage import TokenUsage

_PATH = re.compile(r"/models/(?P<model>[^/]+):(?P<verb>generateContent|streamGenerateContent)$")
_KINDS = {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}


class _Content(RequestSpec):
    role: str | None = None
    parts: list[dict[str, Any]] = Field(default_factory=list)


class _Limits(RequestSpec):
    maxOutputTokens: int | None = Field(default=None, ge=1)


class _Request(RequestSpec):
    contents: list[_Content]
    generationConfig: _Limits | None = None


class GoogleGenerate:
    """`POST …/models/MODEL:generateContent` and `:streamGenerateContent`."""

    name: ClassVar[str] = "google"

    def fits(self, path: str) -> bool:
        """Whether a request to this path is of this format."""
        return _PATH.search(path) is not None

    def read(self, path: str, body: Json) -> RequestSummary:
        """Read a request; model and streaming stand in the path."""
        found = _PATH.search(path.partition("?")[0])
        assert found is not None, "fits() was asked first"
        contents = check_request(_Request, body).contents
        user = [text_of(item.parts) for item in contents if item.role != "model"]
        opening = "\n".join([text_of(body.get("systemInstruction", body.get("system_instruction"))), *user[:1]])
        n_turns = count_turns(item.role == "model" for item in contents)
        return RequestSummary(found["model"], found["verb"].startswith("stream"), opening, n_turns)

    def answer(self, turn: Turn, model: str) -> Json:
        """Write one candidate with the parts text and calls."""
        parts: list[Json] = [{"text": turn.text}] if turn.text or not turn.calls else []
        for call in turn.calls:
            parts.append({"functionCall": {"id": call.id, "name": call.name, "args": _parsed(call.arguments)}})
        finish = "MAX_TOKENS" if turn.is_cut else "STOP"
        candidate = {"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0}
        usage = turn.usage
        prompt = usage.input + usage.cached_input + usage.cache_write
        counts = {
            "promptTokenCount": prompt,
            "cachedContentTokenCount": usage.cached_input,
            "candidatesTokenCount": usage.output - usage.reasoning,
            "thoughtsTokenCount": usage.reasoning,
            "totalTokenCount": prompt + usage.output,
        }
        head = {"modelVersion": model, "responseId": f"response_{turn.number}"}
        return {**head, "candidates": [candidate], "usageMetadata": counts}

    def stream(self, turn: Turn, model: str) -> Iterator[Event]:
        """Send the whole answer as one chunk."""
        yield None, self.answer(turn, model)

    def error(self, status: int, message: str, code: str) -> Json:
        """An error in the provider's format."""
        del code
        return {"error": {"code": status, "message": message, "status": _KINDS.get(status, "INVALID_ARGUMENT")}}

    def usage(self, body: Json) -> TokenUsage | None:
        """The candidates' tokens leave out the thoughts; the prompt's hold the cached ones."""
        counts = mapping(body.get("usageMetadata"))
        if not counts:
            return None
        cached, thoughts = whole(counts.get("cachedContentTokenCount")), whole(counts.get("thoughtsTokenCount"))
        return TokenUsage(
            input=max(0, whole(counts.get("promptTokenCount")) - cached),
            cached_input=cached,
            output=whole(counts.get("candidatesTokenCount")) + thoughts,
            reasoning=thoughts,
        )

    def stream_usage(self, events: Iterable[Json]) -> TokenUsage | None:
        """Each chunk tells the sum so far."""
        found = [usage for event in events if (usage := self.usage(event))]
        return found[-1] if found else None


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return {"malformed": arguments}
