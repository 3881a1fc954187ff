"""What a wire format is: how a request is read, how an answer, a stream and an error are written; tokens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from benchmark.usage import TokenUsage

Json = dict[str, Any]
Event = tuple[str | None, Json | str]
"""Name of a server-sent event (None = it has none) and its data."""


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    id: str
    name: str
    arguments: str
    """JSON text; may be malformed on purpose."""


@dataclass(frozen=True)
class Turn:
    """One answer of a model, in no particular format: each wire writes it in its own."""

    text: str
    calls: tuple[ToolCall, ...]
    usage: TokenUsage
    number: int = 0
    """Its place in the conversation, for its id: clients take answers with one id for parts of one answer."""
    is_cut: bool = False
    """Whether it ended at the limit of output tokens."""


@dataclass(frozen=True)
class RequestSummary:
    """What the model server needs to know of a request, in whatever format it came."""

    model: str
    is_stream: bool
    opening: str
    """Text of the system prompt and of the first message of the user."""
    n_turns: int
    """Answers of the model that the request already holds."""


class Wire(Protocol):
    """How one API of a provider looks on the wire."""

    name: ClassVar[str]

    def fits(self, path: str) -> bool:
        """Whether a path, without query, is a call in this format."""

    def read(self, path: str, body: Json) -> RequestSummary:
        """Read a request.

        Raises:
            RequestError: It has not the shape of this format.
        """

    def answer(self, turn: Turn, model: str) -> Json:
        """Write the body of an answer, as the model `model`."""

    def stream(self, turn: Turn, model: str) -> Iterator[Event]:
        """The same answer as server-sent events."""

    def error(self, status: int, message: str, code: str) -> Json:
        """The body of an error.

        Args:
            status: HTTP status, from 400.
            message: For people.
            code: The provider's short name of the error, where the format has room for one.
        """

    def usage(self, body: Json) -> TokenUsage | None:
        """Tokens of an answer; None where it tells none."""

    def stream_usage(self, events: Iterable[Json]) -> TokenUsage | None:
        """Tokens of a streamed answer, from the data of its events."""


def text_of(content: Any) -> str:
    """The text of a message's content, whatever its shape."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return text_of(content.get("text", content.get("content", content.get("parts", ""))))
    if isinstance(content, list):
        return "\n".join(filter(None, (text_of(part) for part in content)))
    return ""


def count_turns(is_models: Iterable[bool]) -> int:
    """Answers of the model in a list of items: its consecutive items are one answer."""
    n_turns, previous = 0, False
    for is_model in is_models:
        n_turns += is_model and not previous
        previous = is_model
    return n_turns


def mapping(value: Any) -> Json:
    """A value that should be an object; one that is none counts as an empty one."""
    return value if isinstance(value, dict) else {}


def chunks(text: str, size: int = 400) -> Iterator[str]:
    """A text in pieces, as a stream brings it."""
    for start in range(0, len(text), size):
        yield text[start : start + size]


def whole(value: Any) -> int:
    """A number of tokens; providers send null where there are none, and what is no number counts as none."""
    return max(0, int(value)) if isinstance(value, int | float) and math.isfinite(value) else 0
