"""Columns of MySQL and MariaDB tables: which there are, what they are in JSON schema, how their value is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pymysql

INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
FLOATS = {"float", "double"}
TIMES = {"date": 10, "datetime": 26, "timestamp": 26}
"""Type -> characters of its longest text."""
BINARIES = {
    "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring", "polygon",
    "multipoint", "multilinestring", "multipolygon", "geometrycollection", "vector",
}  # fmt: skip
_CHOICES = {"enum", "set"}
_UNSORTABLE = {"json", "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"}
_LARGEST_PRECISION = 38
_UNSIGNED_64 = {"type": ["null", "string"], "airbyte_type": "decimal", "precision": 20, "scale": 0}

_COLUMNS = """
select table_name, column_name, data_type, column_type, numeric_precision, numeric_scale
from information_schema.columns where table_schema = %s order by table_name, ordinal_position
"""
_KEYS = """
select table_name, column_name from information_schema.statistics
where table_schema = %s and index_name = 'PRIMARY' order by table_name, seq_in_index
"""
# MariaDB's json is a longtext with a check.
_JSON_CHECKS = "select table_name, check_clause from information_schema.check_constraints where constraint_schema = %s"
_JSON_CHECK = re.compile(r"json_valid\(`((?:[^`]|``)+)`\)")


@dataclass(frozen=True)
class ReadingRules:
    """What a connection's settings say about values that have no one meaning."""

    tinyint1: Literal["boolean", "integer"] = "boolean"
    """What `tinyint(1)` is."""
    zero_dates: Literal["null", "text"] = "null"
    """What becomes of dates that no calendar has; text: every date and time is text."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    data_type: str
    """In small letters, without size; `json` also where MariaDB checks a text."""
    type_name: str
    """With size, and `unsigned`."""
    precision: int | None
    scale: int | None
    rules: ReadingRules = ReadingRules()

    @property
    def is_sortable(self) -> bool:
        """Whether the column can be a cursor."""
        return self.data_type not in _UNSORTABLE

    @property
    def is_boolean(self) -> bool:
        """`bit(1)`, and `tinyint(1)` unless the settings say otherwise."""
        if self.data_type == "bit":
            return self.precision == 1
        return self.type_name.startswith("tinyint(1)") and self.rules.tinyint1 == "boolean"

    @property
    def is_number(self) -> bool:
        """Whether the server compares it as a number."""
        return self.data_type in INTEGERS | FLOATS | {"decimal", "bit"}

    @property
    def is_time(self) -> bool:
        """Whether values are days or instants, which lookback can go back from."""
        return self.data_type in TIMES

    def json_schema(self) -> dict[str, Any]:
        """Property of the stream's JSON schema; every column may be null."""
        if self.is_boolean:
            return {"type": ["null", "boolean"]}
        is_unsigned_64 = self.data_type == "bigint" and "unsigned" in self.type_name
        if is_unsigned_64 or (self.data_type == "bit" and (self.precision or 0) == 64):
            return dict(_UNSIGNED_64)
        if self.data_type in INTEGERS | {"bit"}:
            return {"type": ["null", "integer"]}
        if self.data_type in FLOATS:
            return {"type": ["null", "number"]}
        if self.data_type == "decimal":
            size = {"precision": self.precision, "scale": self.scale}
            is_bounded = (self.precision or 0) <= _LARGEST_PRECISION
            return {"type": ["null", "string"], "airbyte_type": "decimal", **(size if is_bounded else {})}
        if self.is_time and self.rules.zero_dates == "null":
            if self.data_type == "date":
                return {"type": ["null", "string"], "format": "date"}
            zone = "timestamp_with_timezone" if self.data_type == "timestamp" else "timestamp_without_timezone"
            return {"type": ["null", "string"], "format": "date-time", "airbyte_type": zone}
        return {"type": ["null", "object"]} if self.data_type == "json" else {"type": ["null", "string"]}

    @property
    def expression(self) -> str:
        """SQL of the value: as the server writes it, but for what it would shorten, or send as raw bits."""
        return self.comparable if self.data_type in ("float", "bit") else quoted(self.name)

    @property
    def comparable(self) -> str:
        """SQL by which values are sorted and compared: a float by all of its digits, an enum by its text."""
        column = quoted(self.name)
        if self.data_type == "float":
            return f"({column} + 0e0)"
        if self.data_type == "bit":
            return f"cast({column} as unsigned)"
        return f"cast({column} as char)" if self.data_type in _CHOICES else column


def quoted(name: str) -> str:
    """A name in SQL of MySQL."""
    return "`" + name.replace("`", "``") + "`"


def read_columns(
    connection: pymysql.connections.Connection, database: str, rules: ReadingRules
) -> dict[str, list[Column]]:
    """Columns of every table and view that the user may read."""
    checked: set[tuple[str, str]] = set()
    if "mariadb" in connection.get_server_info().lower():
        for table, clause in _rows(connection, _JSON_CHECKS, database):
            checked |= {(table, name.replace("``", "`")) for name in _JSON_CHECK.findall(clause)}
    tables: dict[str, list[Column]] = {}
    for table, name, data_type, type_name, precision, scale in _rows(connection, _COLUMNS, database):
        kind = "json" if (table, name) in checked else data_type.lower()
        column = Column(name, kind, type_name.lower(), precision, scale, rules)
        tables.setdefault(table, []).append(column)
    return tables


def read_keys(connection: pymysql.connections.Connection, database: str) -> Mapping[str, list[str]]:
    """Primary key of every table that has one."""
    keys: dict[str, list[str]] = {}
    for table, column in _rows(connection, _KEYS, database):
        keys.setdefault(table, []).append(column)
    return keys


def _rows(connection: pymysql.connections.Connection, query: str, database: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [database])
        return [
            tuple(value.decode() if isinstance(value, bytes) else value for value in row) for row in cursor.fetchall()
        ]
