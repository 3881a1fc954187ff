"""JSON that hostile code wrote, read in bounded memory."""

from __future__ import annotations

import json
import re
from typing import Any, Never

MAX_BYTES = 16 * 1024**2
MAX_VALUES = 1_000_000
"""Values, names and lists together; an empty list takes 2 bytes of text and 64 in memory."""
MAX_DEPTH = 40
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""One that is not closed goes to the end: no text is looked at twice."""
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{}"))


class HostileJsonError(ValueError):
    """It is no JSON, or more than is read."""


def parse_bounded(
    raw: bytes, max_bytes: int = MAX_BYTES, max_values: int = MAX_VALUES, max_depth: int = MAX_DEPTH
) -> Any:
    """Parse JSON; halves of letters become U+FFFD, numbers are finite.

    Args:
        raw: UTF-8, perhaps.
        max_bytes: Longer texts are refused unread.
        max_values: Values, names and lists together.
        max_depth: Levels of nesting.

    Raises:
        HostileJsonError: It is too long, has too many values, is nested too deep, or is no JSON.
    """
    if len(raw) > max_bytes:
        raise HostileJsonError(f"it is longer than {max_bytes:,} bytes")
    outline = _STRINGS.sub(b"", raw)
    if sum(outline.count(mark) for mark in (b",", b"[", b"{", b":")) > max_values:
        raise HostileJsonError(f"it has more than {max_values:,} values")
    if _depth(outline) > max_depth:
        raise HostileJsonError(f"it is nested more than {max_depth} levels deep")
    try:
        text = raw.decode("utf-8", errors="replace")
        return _whole(json.loads(text, parse_constant=_refuse_constant, parse_float=_finite))
    except (ValueError, RecursionError) as error:
        raise HostileJsonError(f"it is no JSON: {str(error)[:200]}") from error


def _depth(outline: bytes) -> int:
    depth = deepest = 0
    for mark in outline.translate(None, _NOT_STRUCTURE):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _whole(value: Any) -> Any:
    """The same value without halves of letters, which no file in UTF-8 can hold."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return value
