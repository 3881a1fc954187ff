"""Columns of a PostgreSQL table: what they are in JSON schema, and how their value is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

_INTEGERS = {"smallint", "integer", "bigint"}
_FLOATS = {"real", "double precision"}
_TIMESTAMPS = {
    "timestamp without time zone": "timestamp_without_timezone",
    "timestamp with time zone": "timestamp_with_timezone",
}
_LARGEST_PRECISION = 38


@dataclass(frozen=True)
class Column:
    """One column as `information_schema.columns` has it."""

    name: str
    data_type: str
    precision: int | None
    scale: int | None

    @property
    def is_decimal(self) -> bool:
        """A numeric of bounded size, kept exact; an unbounded one becomes a float."""
        return self.data_type == "numeric" and self.precision is not None and self.precision <= _LARGEST_PRECISION

    def json_schema(self) -> dict[str, Any]:
        """Property of the stream's JSON schema; every column may be null."""
        if self.data_type in _INTEGERS:
            return {"type": ["null", "integer"]}
        if self.is_decimal:
            decimal = {"airbyte_type": "decimal", "precision": self.precision, "scale": self.scale or 0}
            return {"type": ["null", "string"], **decimal}
        if self.data_type in _FLOATS or self.data_type == "numeric":
            return {"type": ["null", "number"]}
        if self.data_type == "boolean":
            return {"type": ["null", "boolean"]}
        if self.data_type == "date":
            return {"type": ["null", "string"], "format": "date"}
        if self.data_type in _TIMESTAMPS:
            return {"type": ["null", "string"], "format": "date-time", "airbyte_type": _TIMESTAMPS[self.data_type]}
        if self.data_type in ("json", "jsonb"):
            return {"type": ["null", "object"]}
        if self.data_type == "ARRAY":
            return {"type": ["null", "array"]}
        return {"type": ["null", "string"]}

    def expression(self) -> sql.Composable:
        """SQL that gives the value as JSON has it: ISO 8601 for instants, text for what JSON does not know.

        Formatting in the server is several times faster than parsing and printing dates in Python.
        """
        column = sql.Identifier(self.name)
        return _expression(self)(column)


def _expression(column: Column) -> Callable[[sql.Composable], sql.Composable]:
    native = column.data_type in _INTEGERS | _FLOATS | {"boolean", "json", "jsonb"}
    if native:
        return lambda name: name
    if column.data_type == "numeric" and not column.is_decimal:
        return lambda name: sql.SQL("{}::double precision").format(name)
    if column.data_type in _TIMESTAMPS:
        return lambda name: sql.SQL("to_json({}) #>> '{{}}'").format(name)
    if column.data_type == "ARRAY":
        return lambda name: sql.SQL("to_json({})").format(name)
    return lambda name: sql.SQL("{}::text").format(name)
