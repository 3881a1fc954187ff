"""What goes wrong while a load writes."""

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
    """

    def __init__(self, index: int, column: str, value: object, wanted: str) -> None:
        self.index = index
        self.column = column
        self.value = value
        self.wanted = wanted
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:80]}…"
        super().__init__(f"field '{column}': {shown} is not {wanted}, which the stream's schema says")
