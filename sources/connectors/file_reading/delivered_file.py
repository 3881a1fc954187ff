"""What the readers of all formats share: a delivered file is read in batches of columns."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.column_types import Property
from sources.connectors.file_reading.errors import FileError, Notes, broken
from sources.connectors.file_reading.names import Spelling, clean_names, renamed
from sources.connectors.record_batch import Values

MOST_ROWS = 10_000
MOST_CHARACTERS = 4 * 1024 * 1024
"""A batch ends with the row that reaches one of these limits."""

T = TypeVar("T")


class Batch(NamedTuple):
    """Rows of a file, by column."""

    n_rows: int
    columns: dict[str, Values]
    """Values of each column as JSON has them, `n_rows` each; or an array of the type that the loader writes."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows; what JSON has no type for is text."""
        columns = [listed(values) for values in self.columns.values()]
        for values in zip(*columns, strict=True) if columns else [()] * self.n_rows:
            yield dict(zip(self.columns, values, strict=True))


def listed(values: Values) -> Sequence[Any]:
    """Values of a column as JSON has them."""
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    return [format(value, "f") if isinstance(value, Decimal) else value for value in values.to_pylist()]


class DeliveredFile(ABC):
    """One file.

    Args:
        path: The file.
        options: What is known of it.
        notes: Takes what is detected.
    """

    def __init__(self, path: Path, options: FileOptions, notes: Notes) -> None:
        self.path = path
        self.options = options
        self.notes = notes
        self.n_rows = 0
        """Rows that were read so far."""

    def batches(self, spelling: Spelling, properties: Mapping[str, Property]) -> Iterator[Batch]:
        """Yield every row.

        Args:
            spelling: How the stream writes the names of its columns.
            properties: Types of the stream's columns; a column that has none is given as the file has it.

        Raises:
            FileError: The file is broken or truncated; the rows before that were yielded.
        """
        with broken(self.path, lambda: self.n_rows + 1 if self.n_rows else 0):
            for batch in self._batches(spelling, properties):
                if batch.n_rows:
                    self.n_rows += batch.n_rows
                    yield batch

    @abstractmethod
    def _batches(self, spelling: Spelling, properties: Mapping[str, Property]) -> Iterator[Batch]:
        """Yield every row; what the libraries raise on broken input may pass."""

    def _clean_names(self, fields: Sequence[str]) -> list[str]:
        """Names of columns from the fields of a header; says which were changed."""
        names = clean_names(fields)
        for sentence in renamed(fields, names):
            self.notes.add(self.path, sentence)
        return names

    def _error(self, reason: str) -> FileError:
        """The error that the row after those read so far is broken."""
        return FileError(self.path, self.n_rows + 1, reason)


def in_blocks(items: Iterable[T], n_characters: Callable[[T], int]) -> Iterator[list[T]]:
    """Cut into lists of bounded size. Where the items end with an error, those before it are yielded first.

    Args:
        items: Rows or lines.
        n_characters: Size of one of them.
    """
    block: list[T] = []
    size = 0
    try:
        for item in items:
            block.append(item)
            size += n_characters(item)
            if size >= MOST_CHARACTERS or len(block) >= MOST_ROWS:
                yield block
                block, size = [], 0
    except Exception:
        if block:
            yield block
        raise
    if block:
        yield block
