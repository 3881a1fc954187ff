"""Tables as JSON, with every digit of decimals."""

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sources.systems.file_writing.plain_values import plain_values

if TYPE_CHECKING:
    import pyarrow


def json_objects(table: "pyarrow.Table") -> list[str]:
    """One object a row; a missing value is null."""
    names = [json.dumps(name, ensure_ascii=False) for name in table.column_names]
    columns = [json_texts(column) for column in table.columns]
    return [
        "{" + ", ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True)) + "}"
        for texts in zip(*columns, strict=True)
    ]


def json_texts(column: "pyarrow.ChunkedArray | pyarrow.Array") -> list[str]:
    """The values of a column; structs are objects, lists are arrays, decimals are numbers."""
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # what an empty column, or one of several large parts, stays
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], kind)
    if types.is_struct(kind):
        names = [json.dumps(field.name, ensure_ascii=False) for field in kind]
        fields = [json_texts(child) for child in array.flatten()]
        valid = array.is_valid().to_pylist()
        return [
            "{" + ", ".join(f"{name}: {values[row]}" for name, values in zip(names, fields, strict=True)) + "}"
            if is_valid
            else "null"
            for row, is_valid in enumerate(valid)
        ]
    if types.is_list(kind) or types.is_large_list(kind):
        items = iter(json_texts(array.flatten()))
        lengths = [None if value is None else value for value in array.value_lengths().to_pylist()]
        return [
            "null" if length is None else "[" + ", ".join(next(items) for _ in range(length)) + "]"
            for length in lengths
        ]
    return [_text(value) for value in plain_values(pa.chunked_array([array]))]


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        return "null"  # JSON has no such number
    return json.dumps(value, ensure_ascii=False)
