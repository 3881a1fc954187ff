"""JSON schemas of delivered files."""

import contextlib
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from sources.connectors.file_formats import FileError, csv_columns, read_rows

_LARGEST_INTEGER = 2**63 - 1


def file_properties(paths: list[Path], file_format: str) -> dict[str, Any]:
    """Properties of the columns of all files together, in the order in which they first appear.

    CSV columns are text. JSON lines get the narrowest type that all values of all files have. A file that is broken
    contributes what can be read of it; reading the stream reports it.
    """
    if file_format == "csv":
        return _csv_properties(paths)
    if file_format == "jsonl":
        return _jsonl_properties(paths)
    return _parquet_properties(paths)


def _csv_properties(paths: list[Path]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for path in paths:
        with contextlib.suppress(FileError):
            properties |= {name: {"type": ["null", "string"]} for name in csv_columns(path)}
    return properties


def _jsonl_properties(paths: list[Path]) -> dict[str, Any]:
    kinds: dict[str, set[str]] = {}
    for path in paths:
        with contextlib.suppress(FileError):
            for row in read_rows(path, "jsonl"):
                for name, value in row.items():
                    known = kinds.setdefault(name, set())
                    if value is not None:
                        known.add(_kind(value))
    return {name: {"type": ["null", _common(found)]} for name, found in kinds.items()}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if abs(value) <= _LARGEST_INTEGER else "number"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def _common(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds == {"integer", "number"} else "string"


def _parquet_properties(paths: list[Path]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for path in paths:
        with contextlib.suppress(pa.ArrowException, OSError):
            for field in parquet.read_schema(path):
                properties.setdefault(field.name, _arrow_property(field.type))
    return properties


def _arrow_property(kind: pa.DataType) -> dict[str, Any]:
    types = pa.types
    if types.is_boolean(kind):
        return {"type": ["null", "boolean"]}
    if types.is_integer(kind):
        return {"type": ["null", "integer"]}
    if types.is_floating(kind):
        return {"type": ["null", "number"]}
    if types.is_decimal(kind) and kind.precision <= 38:
        decimal = {"airbyte_type": "decimal", "precision": kind.precision, "scale": kind.scale}
        return {"type": ["null", "string"], **decimal}
    if types.is_date(kind):
        return {"type": ["null", "string"], "format": "date"}
    if types.is_timestamp(kind):
        zone = "timestamp_with_timezone" if kind.tz else "timestamp_without_timezone"
        return {"type": ["null", "string"], "format": "date-time", "airbyte_type": zone}
    if types.is_struct(kind) or types.is_map(kind):
        return {"type": ["null", "object"]}
    if types.is_list(kind) or types.is_large_list(kind):
        return {"type": ["null", "array"]}
    return {"type": ["null", "string"]}
