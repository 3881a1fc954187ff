"""Values of columns as plain text."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow


def text_columns(table: "pyarrow.Table", decimal: str = ".", null_text: str = "") -> list[list[str]]:
    """The texts of each column.

    Args:
        table: Flat columns; nested ones are written as JSON.
        decimal: Sign before the fraction of a number.
        null_text: For missing values.
    """
    return [_texts(column, decimal, null_text) for column in table.columns]


def _texts(column: "pyarrow.ChunkedArray", decimal: str, null_text: str) -> list[str]:
    from pyarrow import types

    from sources.systems.file_writing.json_text import json_texts

    if types.is_nested(column.type):
        return [null_text if text == "null" else text for text in json_texts(column)]
    values = plain_values(column)
    is_number = types.is_floating(column.type) or types.is_decimal(column.type)
    texts = [null_text if value is None else _text(value) for value in values]
    return [text.replace(".", decimal) for text in texts] if is_number and decimal != "." else texts


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


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
