"""Columns of a table as JSON texts, and as the texts of CSV and XML."""

import base64
import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from benchmark.http_records import TimeFormat

if TYPE_CHECKING:
    import pyarrow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_quoted = json.encoder.encode_basestring_ascii


class Number(str):
    """A number as it is written."""


def plain_values(column: "pyarrow.ChunkedArray", time_format: TimeFormat) -> list[Any]:
    """Values of which JSON has a kind: instants are texts or numbers by the format.

    They are None, bool, int, float, str, Number, and lists and dicts of these.
    """
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind):
        write = _instant_writer(time_format, has_zone=kind.tz is not None)
        return [None if value is None else write(value) for value in microseconds(column)]
    values: list[Any] = column.to_pylist()
    types = pyarrow.types
    if types.is_integer(kind) or types.is_string(kind) or types.is_boolean(kind):
        return values
    write_inside = _instant_writer(time_format, has_zone=True)
    return [_plain(value, write_inside) for value in values]


def microseconds(column: "pyarrow.ChunkedArray") -> list[int | None]:
    """Instants as numbers since 1970. As Python objects they would make pyarrow import pandas (1 s)."""
    import pyarrow

    values: list[int | None] = (
        column.cast(pyarrow.timestamp("us", column.type.tz), safe=False).cast("int64").to_pylist()
    )
    return values


def json_text(value: Any) -> str:
    """A plain value as JSON, every number as it is."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Number():
            return value
        case str():
            return _quoted(value)
        case int() | float():
            return repr(value)
        case dict():
            return "{" + ", ".join(f"{_quoted(name)}: {json_text(child)}" for name, child in value.items()) + "}"
    return "[" + ", ".join(map(json_text, value)) + "]"


def cell_text(value: Any) -> str:
    """A plain value as the text of a CSV field or an XML element; nothing for a missing one."""
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else json_text(value)


def json_rows(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[str]:
    """Each row of plain values as a JSON object."""
    keys = ", ".join(f"{_quoted(name)}: ".replace("%", "%%") + "%s" for name in names)
    pattern = "{" + keys + "}"
    return [pattern % texts for texts in zip(*([*map(json_text, column)] for column in columns), strict=True)]


def _instant_writer(time_format: TimeFormat, *, has_zone: bool) -> Callable[[int], Any]:
    if time_format == "epoch_seconds":
        return lambda value: value // 1_000_000
    if time_format == "epoch_milliseconds":
        return lambda value: value // 1_000
    precision = "seconds" if time_format == "seconds" else "microseconds"
    zone = "Z" if has_zone else ""
    return lambda value: (_NAIVE_EPOCH + timedelta(microseconds=value)).isoformat(timespec=precision) + zone


def _plain(value: Any, write_instant: Callable[[int], Any]) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return Number(format(value, "f"))
        case datetime():
            instant = value if value.tzinfo else value.replace(tzinfo=UTC)
            return write_instant((instant - _EPOCH) // timedelta(microseconds=1))
        case date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {str(name): _plain(child, write_instant) for name, child in value.items()}
        case list() | tuple():
            return [_plain(child, write_instant) for child in value]
    return str(value)
