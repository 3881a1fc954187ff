"""JSON whose numbers keep all their digits, and which may be nested deeply."""

import json
import re
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import orjson

DEEPEST_LEVELS = 5_000
"""Lists and objects within each other; the C stack of a thread (8 MB) holds so many calls of the JSON parser."""
_USUAL_LEVELS = 200

_SHORT = 16
"""Characters of a number with 15 digits and a point, which a float gives back as it was."""
_SIGNS = bytes.maketrans(b"0123456789.E", b"00000000000e")
_LONG = b"0" * 16
_LARGE_EXPONENT = b"e000"
"""What a number with more than 15 digits, or a large exponent, contains once its signs are replaced; so may a text."""
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


class TooDeepError(ValueError):
    """A value has more levels than can be read."""

    def __init__(self) -> None:
        super().__init__(f"lists and objects are nested more than {DEEPEST_LEVELS:,} levels deep")


def exact_number(text: str) -> float | Decimal:
    """A number with a fraction or an exponent: a float where that is the same number, else a Decimal."""
    number = float(text)
    if len(text) <= _SHORT and "e" not in text and "E" not in text:
        return number
    exact = Decimal(text)
    return number if Decimal(repr(number)) == exact else exact


def plain_number(number: Decimal) -> float | Decimal:
    """A Decimal as a float where that is the same number."""
    as_float = float(number)
    return as_float if Decimal(repr(as_float)) == number else number


def exact_integer(text: str) -> int | Decimal:
    """An integer; Python itself refuses to read more than 4,300 digits as one, a Decimal takes them."""
    return int(text) if len(text) <= 4_000 else Decimal(text)


DECODER = json.JSONDecoder(parse_float=exact_number, parse_int=exact_integer)


def parse_json(text: str) -> Any:
    """Parse one JSON value: integers of any length, floats, and Decimals where a float would lose digits.

    Raises:
        json.JSONDecodeError: Not valid JSON.
        TooDeepError: Too many levels.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    if not has_long_number(encoded):
        try:
            return orjson.loads(encoded)
        except orjson.JSONDecodeError:
            pass  # not valid, or one of the things that only the other parser reads: NaN, deep nesting, lone surrogates
    return within_depth(text, lambda: DECODER.decode(text))


def parse_lines(lines: Sequence[str]) -> list[Any] | None:
    """Parse one JSON value a line, quickly; blank lines are none.

    Returns:
        What `parse_json` gives for each line; None where one of them needs a closer look.
    """
    if has_long_number("".join(lines).encode("utf-8", "surrogatepass")):
        return None
    try:
        return [orjson.loads(line) for line in lines if not line.isspace()]
    except orjson.JSONDecodeError:
        return None


def has_long_number(encoded: bytes) -> bool:
    """Whether a float may lose digits of some number of a JSON text; a text with many digits counts, too."""
    signs = encoded.translate(_SIGNS, b"+-")
    return _LONG in signs or _LARGE_EXPONENT in signs


def within_depth(text: str, action: Callable[[], Any]) -> Any:
    """Run a recursive parser on a text, with as many levels allowed as the text has.

    Raises:
        TooDeepError: More than `DEEPEST_LEVELS`.
    """
    try:
        return action()
    except RecursionError:
        pass
    allow_levels(levels_of(text))
    return action()


def allow_levels(n_levels: int) -> None:
    """Let Python's recursive functions go down so many levels.

    The limit stays: whoever writes the value as JSON again goes down just as deep.

    Raises:
        TooDeepError: More than `DEEPEST_LEVELS`.
    """
    if n_levels > DEEPEST_LEVELS:
        raise TooDeepError
    if n_levels > _USUAL_LEVELS:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 3 * DEEPEST_LEVELS))


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
