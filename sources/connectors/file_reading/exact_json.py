"""JSON whose numbers keep all their digits, and which may be nested deeply."""

import json
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

DEEPEST_LEVELS = 5_000
"""Lists and objects within each other; the C stack of a thread holds about ten times as many."""

# A number of at most 15 digits comes back from a double as it was; longer ones, and large exponents, need a look.
_NEEDS_A_LOOK = re.compile(r"[\d.]{16}|[eE][+-]?\d{3}")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


class TooDeepError(ValueError):
    """A value has more levels than can be read."""

    def __init__(self) -> None:
        super().__init__(f"lists and objects are nested more than {DEEPEST_LEVELS:,} levels deep")


def exact_number(text: str) -> float | Decimal:
    """A number with a fraction or an exponent: a float where that is the same number, else a Decimal."""
    number = float(text)
    exact = Decimal(text)
    return number if Decimal(repr(number)) == exact else exact


def plain_number(number: Decimal) -> float | Decimal:
    """A Decimal as a float where that is the same number."""
    as_float = float(number)
    return as_float if Decimal(repr(as_float)) == number else number


def exact_integer(text: str) -> int | Decimal:
    """An integer; Python itself refuses to read more than 4,300 digits as one, a Decimal takes them."""
    return int(text) if len(text) <= 4_000 else Decimal(text)


_DECODER = json.JSONDecoder(parse_float=exact_number, parse_int=exact_integer)


def parse_json(text: str) -> Any:
    """Parse one JSON value: integers of any length, floats, and Decimals where a float would lose digits.

    Raises:
        json.JSONDecodeError: Not valid JSON.
        TooDeepError: Too many levels.
    """
    if _NEEDS_A_LOOK.search(text) is None:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # not valid, or one of the things that only the other parser reads: NaN, deep nesting, lone surrogates
    return within_depth(text, lambda: _DECODER.decode(text))


def within_depth(text: str, action: Callable[[], Any]) -> Any:
    """Run a recursive parser on a text, with as many levels allowed as the text has.

    The new limit stays: whoever writes the value as JSON again goes down just as deep.

    Raises:
        TooDeepError: More than `DEEPEST_LEVELS`.
    """
    try:
        return action()
    except RecursionError:
        if levels_of(text) > DEEPEST_LEVELS:
            raise TooDeepError from None
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 3 * DEEPEST_LEVELS))
        return action()


def levels_of(text: str) -> int:
    """Count how deep lists and objects are nested; brackets inside of strings do not count."""
    level = deepest = 0
    for match in _STRUCTURE.finditer(text):
        sign = match.group()
        if sign in "[{":
            level += 1
            deepest = max(deepest, level)
        elif sign in "]}":
            level -= 1
    return deepest
