"""Rows of a JSON file: JSON lines, an array of objects, or objects one after the other over several lines."""

import itertools
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any

import ijson  # type: ignore[import-untyped]

from sources.connectors.exact_json import TooDeepError, allow_levels, parse_json, parse_lines, plain_number
from sources.connectors.file_reading.column_types import Property
from sources.connectors.file_reading.delivered_file import Batch, DeliveredFile, in_blocks
from sources.connectors.file_reading.errors import FileError
from sources.connectors.file_reading.json_stream import JsonStream
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.text import open_text
from sources.connectors.record_size import size_bytes

_BLOCK_CHARACTERS = 64 * 1024
_MOST_CELLS = 1_000_000
"""Rows by columns of a batch: rows of which each has other keys than the one before make a wide one."""


class JsonFile(DeliveredFile):
    """One JSON file: JSON lines, an array, objects one after the other, or a list inside of a document."""

    def _batches(self, spelling: Spelling, properties: Mapping[str, Property]) -> Iterator[Batch]:
        with open_text(self.path, self.options, self.notes) as text:
            first = next((line for line in text if line.strip()), None)
            if first is None:
                self.notes.add(self.path, "holds no rows")
                return
            for values in self._blocks(first, text):
                for rows in self._objects(values):
                    yield from _by_column(rows, spelling)
        if self.options.record_path and not self.n_rows:
            self._expect_list()

    def _blocks(self, first: str, text: IO[str]) -> Iterator[list[Any]]:
        """Values of the file, many at once."""
        if self.options.record_path:
            return self._records(first, text)
        if first.lstrip().startswith("["):
            self.notes.add(self.path, "read as a JSON array")
            return self._located(JsonStream(first, text).elements())
        if first.lstrip().startswith("{") and not _is_json(first):
            return self._located(JsonStream(first, text).values())
        return self._lines(itertools.chain([first], text))

    def _objects(self, values: list[Any]) -> Iterator[list[dict[str, Any]]]:
        """The values; the first that is no object is an error."""
        if set(map(type, values)) <= {dict}:
            yield values
            return
        n_objects = next(place for place, value in enumerate(values) if not isinstance(value, dict))
        yield values[:n_objects]
        raise self._error("not a JSON object")

    def _lines(self, lines: Iterator[str]) -> Iterator[list[Any]]:
        number = 1
        for block in in_blocks(lines, len):
            values = parse_lines(block)
            if values is None:
                yield from self._careful(block, number)
            else:
                yield values
            number += len(block)

    def _careful(self, lines: list[str], number: int) -> Iterator[list[Any]]:
        """Values of lines that may be wrong, or hold what only the slower parser reads exactly."""
        values: list[Any] = []
        for place, line in enumerate(lines, number):
            reason = None
            try:
                if line.strip():
                    values.append(parse_json(line))
            except json.JSONDecodeError as error:
                reason = f"not valid JSON ({error.msg} at column {error.colno}, line {place})"
            except TooDeepError as error:
                reason = f"{error} (line {place})"
            if reason:
                yield values
                raise self._error(reason)
        yield values

    def _located(self, values: Iterator[Any]) -> Iterator[list[Any]]:
        try:
            yield from in_blocks(values, size_bytes)
        except json.JSONDecodeError as error:
            reason = f"not valid JSON ({error.msg}, line {error.lineno})"
            raise self._error(reason) from error
        except TooDeepError as error:
            raise self._error(str(error)) from error

    def _records(self, first: str, text: IO[str]) -> Iterator[list[Any]]:
        """Elements of a list inside of a document."""
        prefix = ".".join([*self.options.record_path, "item"])
        blocks = _Blocks(first, text)
        values = ijson.items(blocks, prefix, multiple_values=True, buf_size=_BLOCK_CHARACTERS)
        try:
            yield from in_blocks(map(_plain_numbers, values), size_bytes)
        except ijson.JSONError as error:
            sentence = " ".join(str(error).split())
            reason = f"not valid JSON ({sentence}; line {blocks.n_lines} or before)"
            raise self._error(reason) from error
        except TooDeepError as error:
            raise self._error(str(error)) from error

    def _expect_list(self) -> None:
        path = ".".join(self.options.record_path)
        with open_text(self.path, self.options, self.notes) as text:
            events = ijson.parse(_Blocks("", text), multiple_values=True)
            if not any(prefix == path and event == "start_array" for prefix, event, _ in events):
                raise FileError(self.path, 0, f"no list at options.record_path '{path}'")


def _by_column(rows: list[dict[str, Any]], spelling: Spelling) -> Iterator[Batch]:
    shapes = list(dict.fromkeys(map(tuple, rows)))
    if len(rows) > 1 and len(rows) * len(set().union(*shapes)) > _MOST_CELLS:
        middle = len(rows) // 2
        yield from _by_column(rows[:middle], spelling)
        yield from _by_column(rows[middle:], spelling)
    else:
        yield Batch(len(rows), spelling.columns(rows, shapes))


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
