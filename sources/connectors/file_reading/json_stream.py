"""Values of a JSON text that is too large to be parsed at once: an array's elements, or values one after the other."""

import json
import re
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from sources.connectors.exact_json import DECODER, allow_levels, levels_of

_BLOCK_CHARACTERS = 256 * 1024
_LONGEST_TOKEN = 16
"""Characters of a literal or an escape, which may be cut at the end of a block."""
_SPACES = re.compile(r"[ \t\r\n]*")


class JsonStream:
    """Parses a text value by value; holds one value and one block in memory.

    Args:
        first: The beginning of the text.
        text: The rest.
    """

    def __init__(self, first: str, text: IO[str]) -> None:
        self._text = text
        self._buffer = first
        self._place = 0
        self._n_lines_dropped = 0
        self._is_at_end = False

    def elements(self) -> Iterator[Any]:
        """Yield the elements of the array that comes, and of arrays that follow it.

        Raises:
            json.JSONDecodeError: Not valid; its `lineno` counts from the beginning of the text.
            TooDeepError: Too many levels.
        """
        while self._sign():
            self._expect("[")
            if self._sign() == "]":
                self._place += 1
                continue
            while True:
                yield self._value()
                if self._sign() == "]":
                    self._place += 1
                    break
                self._expect(",")

    def values(self) -> Iterator[Any]:
        """Yield values that follow each other.

        Raises:
            json.JSONDecodeError: As `elements`.
            TooDeepError: Too many levels.
        """
        while self._sign():
            yield self._value()

    def _sign(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self._place = _SPACES.match(self._buffer, self._place).end()  # type: ignore[union-attr] # always matches
            if self._place < len(self._buffer):
                return self._buffer[self._place]
            if not self._read_more():
                return ""

    def _expect(self, sign: str) -> None:
        if self._sign() != sign:
            self._fail(f"Expecting '{sign}'", self._place)
        self._place += 1

    def _value(self) -> Any:
        self._sign()
        n_characters = _BLOCK_CHARACTERS
        while True:
            try:
                value, self._place = self._parsed()
                return value
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._buffer) - _LONGEST_TOKEN
                if not is_cut or not self._read_more(n_characters):
                    self._fail(error.msg, error.pos)
                n_characters *= 2

    def _parsed(self) -> tuple[Any, int]:
        try:
            return DECODER.raw_decode(self._buffer, self._place)
        except RecursionError:
            allow_levels(levels_of(self._buffer[self._place :]))
        return DECODER.raw_decode(self._buffer, self._place)

    def _read_more(self, n_characters: int = _BLOCK_CHARACTERS) -> bool:
        block = "" if self._is_at_end else self._text.read(n_characters)
        self._is_at_end = not block
        self._n_lines_dropped += self._buffer.count("\n", 0, self._place)
        self._buffer = self._buffer[self._place :] + block
        self._place = 0
        return bool(block)

    def _fail(self, message: str, place: int) -> NoReturn:
        error = json.JSONDecodeError(message, self._buffer, min(place, len(self._buffer)))
        error.lineno += self._n_lines_dropped
        raise error
