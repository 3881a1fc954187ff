"""Columns of a raw table: from JSON schema to DuckDB types, and from JSON values to Arrow arrays."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sources.loader.errors import LoadError, RecordError

RAW_ID = "_airbyte_raw_id"
EXTRACTED_AT = "_airbyte_extracted_at"
META = "_airbyte_meta"

META_COLUMNS = {RAW_ID: "VARCHAR", EXTRACTED_AT: "TIMESTAMP WITH TIME ZONE", META: "JSON"}


@dataclass(frozen=True)
class Column:
    """One column of a raw table."""

    name: str
    duckdb_type: str

    @property
    def wanted(self) -> str:
        """The type in words, for messages."""
        return _WORDS.get(self.duckdb_type, f"a {self.duckdb_type}")


_WORDS = {
    "BIGINT": "an integer of 64 bits",
    "DOUBLE": "a number",
    "BOOLEAN": "true or false",
    "VARCHAR": "text",
    "JSON": "a value that JSON knows",
    "DATE": "a date (YYYY-MM-DD)",
    "TIMESTAMP": "a date-time (ISO 8601)",
    "TIMESTAMP WITH TIME ZONE": "a date-time (ISO 8601)",
}

_PLAIN: dict[str, tuple[pa.DataType, set[type]]] = {
    "BIGINT": (pa.int64(), {int}),
    "DOUBLE": (pa.float64(), {float, int}),
    "BOOLEAN": (pa.bool_(), {bool}),
}
"""Arrow type, and the Python types that it takes as they are; everything else travels as text."""


def columns_of(json_schema: Mapping[str, Any]) -> list[Column]:
    """Columns that a stream's JSON schema asks for, in its order.

    Raises:
        LoadError: No properties, two names that differ only in case, or a name that the loader uses itself.
    """
    properties = json_schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        raise LoadError(
            "its schema declares no properties, so there is no column to write. "
            "In a manifest, add schema_loader with type InlineSchemaLoader."
        )
    taken: dict[str, str] = {name.lower(): name for name in META_COLUMNS}
    columns = []
    for key, schema in properties.items():
        name = str(key)
        if (other := taken.get(name.lower())) is not None:
            raise LoadError(f"columns '{other}' and '{name}' clash; column names do not tell upper from lower case.")
        taken[name.lower()] = name
        columns.append(Column(name, duckdb_type(schema)))
    return columns


def duckdb_type(schema: Any) -> str:
    """DuckDB type of one property of a JSON schema."""
    if not isinstance(schema, Mapping):
        return "JSON"
    declared = schema.get("type")
    listed = declared if isinstance(declared, list) else [declared]
    kinds = {kind for kind in listed if isinstance(kind, str) and kind != "null"}
    if kinds == {"string"}:
        return _string_type(schema)
    if kinds == {"integer"}:
        return "BIGINT"
    if kinds and kinds <= {"number", "integer"}:
        return "DOUBLE"
    if kinds == {"boolean"}:
        return "BOOLEAN"
    if kinds and not kinds & {"object", "array"}:
        return "VARCHAR"
    return "JSON"


def _string_type(schema: Mapping[str, Any]) -> str:
    if schema.get("airbyte_type") == "decimal":
        precision, scale = schema.get("precision"), schema.get("scale")
        if isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision <= 38:
            return f"DECIMAL({precision},{scale})"
    if schema.get("format") == "date":
        return "DATE"
    if schema.get("format") == "date-time":
        naive = schema.get("airbyte_type") == "timestamp_without_timezone"
        return "TIMESTAMP" if naive else "TIMESTAMP WITH TIME ZONE"
    return "VARCHAR"


def arrow_array(column: Column, values: Sequence[Any]) -> pa.Array:
    """Values of one column of a batch; what DuckDB parses itself (dates, decimals, JSON) goes as text.

    Raises:
        RecordError: A value that does not fit, with its position.
    """
    arrow_type, plain = _PLAIN.get(column.duckdb_type, (pa.string(), {str}))
    # Arrow alone would make 0.5 an integer by cutting it.
    if column.duckdb_type != "JSON" and set(map(type, values)) <= plain | {type(None)}:
        try:
            return pa.array(values, arrow_type)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            pass  # at least one value is too large, or no Unicode: look at each
    convert: Callable[[Any], Any] = _CONVERTERS.get(column.duckdb_type, _to_text)
    converted = []
    for index, value in enumerate(values):
        try:
            converted.append(None if value is None else convert(value))
        except (TypeError, ValueError) as error:
            raise RecordError(index, column.name, value, column.wanted) from error
    return pa.array(converted, arrow_type)


def _to_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    text.encode()  # half a surrogate pair is an error here and not later
    return text


def _to_text(value: Any) -> str:
    if not isinstance(value, str):
        return _to_json(value)
    value.encode()
    return value


def _to_integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise TypeError
    if not -(2**63) <= int(value) < 2**63:
        raise ValueError
    return int(value)


def _to_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _to_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "BIGINT": _to_integer,
    "DOUBLE": _to_number,
    "BOOLEAN": _to_boolean,
    "JSON": _to_json,
}
