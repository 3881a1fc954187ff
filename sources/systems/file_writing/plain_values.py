"""Values of flat columns as Python has them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow


def plain_values(column: "pyarrow.ChunkedArray") -> Sequence[Any]:
    """Values of a flat column as Python has them; days and instants as ISO 8601 text, bytes as hexadecimal text."""
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        return plain_values(column.cast(kind.value_type))
    if types.is_timestamp(kind):
        # As Python objects, instants would make pyarrow import pandas (1 s); casting with a zone needs its data.
        naive = column.cast(pa.int64()).cast(pa.timestamp(kind.unit)).cast(pa.string()).to_pylist()
        zone = "Z" if kind.tz else ""
        return [None if text is None else _short(text) + zone for text in naive]
    if types.is_date(kind) or types.is_time(kind):
        return list(column.cast(pa.string()).to_pylist())
    values: list[Any] = column.to_pylist()
    if types.is_binary(kind) or types.is_large_binary(kind):
        return [None if value is None else value.hex() for value in values]
    return values


def _short(text: str) -> str:
    """ISO 8601 without zeros at the end of the fraction."""
    day, _, clock = text.partition(" ")
    whole, _, fraction = clock.partition(".")
    fraction = fraction.rstrip("0")
    return f"{day}T{whole}{'.' if fraction else ''}{fraction}"
