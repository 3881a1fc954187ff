"""What goes wrong while a load writes."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

from benchmark.errors import LockgateError


class LoadError(LockgateError):
    """A stream cannot be written as asked, or the warehouse cannot be used."""


class RecordError(LoadError):
    """One record does not fit the stream's schema.

    Args:
        index: Position inside the batch, from 0.
        column: The field.
        value: What it holds.
        wanted: What the schema says.
        key: The record's key, for example `id=7`; empty where it has none.
    """

    def __init__(self, index: int, column: str, value: object, wanted: str, key: str = "") -> None:
        self.index = index
        self.column = column
        self.value = value
        self.wanted = wanted
        self.key = key
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:80]}…"
        super().__init__(f"field '{column}': {shown} is not {wanted}, which the stream's schema says")


@contextlib.contextmanager
def located(first: int, key_at: Callable[[int], Mapping[str, object]]) -> Iterator[None]:
    """Make a `RecordError` that counts inside a batch count from the beginning of the load, and name the record's key.

    Args:
        first: Records before the batch.
        key_at: The key of the record at a position of the batch.
    """
    try:
        yield
    except RecordError as error:
        key = ", ".join(f"{name}={value}" for name, value in key_at(error.index).items())
        raise RecordError(first + error.index, error.column, error.value, error.wanted, key[:200]) from error
