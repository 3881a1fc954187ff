"""Rows of a JSON file: JSON lines, an array of objects, or objects one after the other over several lines."""

import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import ijson  # type: ignore[import-untyped]

from benchmark.file_options import FileOptions
from sources.connectors.exact_json import TooDeepError, allow_levels, parse_json, plain_number
from sources.connectors.file_reading.errors import FileError, Notes
from sources.connectors.file_reading.json_stream import JsonStream
from sources.connectors.file_reading.text import open_text

_BLOCK_CHARACTERS = 64 * 1024


class JsonFile:
    """One JSON file.

    Args:
        path: The file.
        options: What is known of it.
        notes: Takes what is detected.
    """

    def __init__(self, path: Path, options: FileOptions, notes: Notes) -> None:
        self._path = path
        self._options = options
        self._notes = notes
        self.n_rows = 0
        """Rows that were read so far."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every object.

        Raises:
            FileError: Not valid JSON, or something else than objects.
        """
        with open_text(self._path, self._options, self._notes) as text:
            first = next((line for line in text if line.strip()), None)
            if first is None:
                self._notes.add(self._path, "holds no rows")
                return
            for value in self._values(first, text):
                self.n_rows += 1
                if not isinstance(value, dict):
                    raise FileError(self._path, self.n_rows, "not a JSON object")
                yield value
        if self._options.record_path and not self.n_rows:
            self._expect_list()

    def _values(self, first: str, text: IO[str]) -> Iterator[Any]:
        if self._options.record_path:
            return self._records(first, text)
        if first.lstrip().startswith("["):
            self._notes.add(self._path, "read as a JSON array")
            return self._located(JsonStream(first, text).elements())
        if first.lstrip().startswith("{") and not _is_json(first):
            return self._located(JsonStream(first, text).values())
        return self._lines(first, text)

    def _lines(self, first: str, text: IO[str]) -> Iterator[Any]:
        for number, line in enumerate(itertools.chain([first], text), start=1):
            if not line.strip():
                continue
            try:
                yield parse_json(line)
            except json.JSONDecodeError as error:
                reason = f"not valid JSON ({error.msg} at column {error.colno}, line {number})"
                raise FileError(self._path, self.n_rows + 1, reason) from error
            except TooDeepError as error:
                raise FileError(self._path, self.n_rows + 1, f"{error} (line {number})") from error

    def _located(self, values: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from values
        except json.JSONDecodeError as error:
            reason = f"not valid JSON ({error.msg}, line {error.lineno})"
            raise FileError(self._path, self.n_rows + 1, reason) from error
        except TooDeepError as error:
            raise FileError(self._path, self.n_rows + 1, str(error)) from error

    def _records(self, first: str, text: IO[str]) -> Iterator[Any]:
        """Elements of a list inside of a document."""
        prefix = ".".join([*self._options.record_path, "item"])
        blocks = _Blocks(first, text)
        try:
            for value in ijson.items(blocks, prefix, multiple_values=True, buf_size=_BLOCK_CHARACTERS):
                yield _plain_numbers(value)
        except ijson.JSONError as error:
            sentence = " ".join(str(error).split())
            reason = f"not valid JSON ({sentence}; line {blocks.n_lines} or before)"
            raise FileError(self._path, self.n_rows + 1, reason) from error
        except TooDeepError as error:
            raise FileError(self._path, self.n_rows + 1, str(error)) from error

    def _expect_list(self) -> None:
        path = ".".join(self._options.record_path)
        with open_text(self._path, self._options, self._notes) as text:
            events = ijson.parse(_Blocks("", text), multiple_values=True)
            if not any(prefix == path and event == "start_array" for prefix, event, _ in events):
                raise FileError(self._path, 0, f"no list at options.record_path '{path}'")


def _is_json(line: str) -> bool:
    try:
        parse_json(line)
    except json.JSONDecodeError:
        return False
    except TooDeepError:
        return True  # whoever reads the line says so
    return True


def _plain_numbers(value: Any) -> Any:
    """A value whose Decimals are floats where these are the same number; changed in place, level by level."""
    if not isinstance(value, dict | list):
        return value
    containers, n_levels = [value], 1
    while containers:
        inner = []
        for container in containers:
            items = container.items() if isinstance(container, dict) else enumerate(container)
            for key, child in items:
                if isinstance(child, Decimal):
                    container[key] = plain_number(child)
                elif isinstance(child, dict | list):
                    inner.append(child)
        containers, n_levels = inner, n_levels + 1
    allow_levels(n_levels)
    return value


class _Blocks:
    """A text as the parser reads it: blocks of UTF-8."""

    def __init__(self, first: str, text: IO[str]) -> None:
        self._first = first
        self._text = text
        self.n_lines = 1

    def read(self, n_characters: int = -1) -> bytes:
        if n_characters == 0:  # the parser asks whether these are bytes
            return b""
        block = self._first or self._text.read(n_characters)
        self._first = ""
        self.n_lines += block.count("\n")
        return block.encode("utf-8", "surrogatepass")
