"""Values of records, as JSON has them, as Arrow arrays: plain where that is exact, else as text with its type."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa

from sources.connectors.record_batch import Values
from sources.loader.column_types import Column
from sources.loader.conversions import is_number
from sources.loader.errors import RecordError
from sources.loader.widening import UNBOUNDED


class ColumnValues(NamedTuple):
    """One column of a batch."""

    array: pa.Array
    kind: str
    """The DuckDB type of the values, which is not always the one that the schema says."""

    @property
    def is_text(self) -> bool:
        """Whether the values are still written as text."""
        return bool(pa.types.is_string(self.array.type) or pa.types.is_large_string(self.array.type))


_PLAIN: dict[str, tuple[pa.DataType, set[type]]] = {
    "BIGINT": (pa.int64(), {int}),
    "DOUBLE": (pa.float64(), {float, int}),
    "BOOLEAN": (pa.bool_(), {bool}),
    "VARCHAR": (pa.large_string(), {str}),
}
"""Arrow type, and the Python types that it takes as they are."""


def arrow_values(column: Column, values: Values) -> ColumnValues:
    """Values of one column of a batch; an array is of the column's type already, or its text.

    Integers that a plain array would change (beyond 64 bits, beyond 2^53 among fractions) travel as text, and so does
    what DuckDB parses itself (dates, decimals, JSON).

    Raises:
        RecordError: A value that is of another sort than the schema says, with its position.
    """
    kind = column.duckdb_type
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return ColumnValues(values, kind)
    arrow_type, plain = _PLAIN.get(kind, (pa.large_string(), set()))
    if set(map(type, values)) <= plain | {type(None)}:
        try:
            return ColumnValues(pa.array(values, arrow_type), kind)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            pass  # at least one value is too large, or no Unicode: look at each
    convert = _converter(kind)
    converted = _each(column, values, convert)
    if is_number(kind) and not kind.startswith(UNBOUNDED):
        kind = UNBOUNDED
    return ColumnValues(pa.array(converted, pa.bool_() if kind == "BOOLEAN" else pa.large_string()), kind)


def no_values(column: Column, n_rows: int) -> ColumnValues:
    """NULL in every row."""
    return ColumnValues(pa.nulls(n_rows, pa.large_string()), column.duckdb_type)


def _converter(kind: str) -> Callable[[Any], Any]:
    if kind.startswith(UNBOUNDED):
        return _decimal_text
    return _number_text if is_number(kind) else _CONVERTERS.get(kind, _to_text)


def _each(column: Column, values: Sequence[Any], convert: Callable[[Any], Any]) -> list[Any]:
    converted = []
    for index, value in enumerate(values):
        try:
            converted.append(None if value is None else convert(value))
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise RecordError(index, column.field, value, column.wanted) from error
    return converted


def json_text(value: Any) -> str:
    """A value as JSON; numbers keep every digit.

    Raises:
        ValueError: NaN or an infinity, which JSON does not know, or half a surrogate pair.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_no_decimal)
    except _HasDecimal:
        text = _exact_json(value)
    text.encode()  # half a surrogate pair is an error here and not later
    return text


class _HasDecimal(Exception):
    """Python's encoder would write a Decimal with quotes."""


def _no_decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        raise _HasDecimal
    return str(value)


def _exact_json(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(str(key))}:{_exact_json(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_exact_json, value)) + "]"
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("JSON does not know it")
    return str(value) if isinstance(value, Decimal) else json_text(value)


def _to_text(value: Any) -> str:
    if not isinstance(value, str):
        return json_text(value)
    value.encode()
    return value


def _number_text(value: Any) -> str:
    """An exact number as text: an integer without a point, a float by its shortest digits."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 400 else str(value)
    return str(value)


def _decimal_text(value: Any) -> str:
    """The same, where the value may be written as text."""
    return _number_text(Decimal(value) if isinstance(value, str) and "_" not in value else value)


def _to_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {"BOOLEAN": _to_boolean, "JSON": json_text}
