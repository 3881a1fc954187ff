"""Values of columns as plain text."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sources.systems.file_writing.json_text import json_texts
from sources.systems.file_writing.plain_values import plain_values

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
