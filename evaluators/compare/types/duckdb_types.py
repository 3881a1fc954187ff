"""DuckDB's column types as the comparison sees them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from duckdb.sqltypes import DuckDBPyType


class Family(Enum):
    """Types whose values are compared in the same way."""

    NULL = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    BIGNUM = auto()
    DECIMAL = auto()
    FLOAT = auto()
    DOUBLE = auto()
    TEXT = auto()
    UUID = auto()
    JSON = auto()
    BLOB = auto()
    BIT = auto()
    DATE = auto()
    TIMESTAMP = auto()
    TIME = auto()
    TIME_WITH_ZONE = auto()
    INTERVAL = auto()
    LIST = auto()
    STRUCT = auto()
    MAP = auto()
    UNION = auto()
    VARIANT = auto()
    OTHER = auto()


EXACT_NUMBERS = frozenset({Family.INTEGER, Family.BIGNUM, Family.DECIMAL})
BINARY_NUMBERS = frozenset({Family.FLOAT, Family.DOUBLE})
NUMBERS = EXACT_NUMBERS | BINARY_NUMBERS
INSTANTS = frozenset({Family.DATE, Family.TIMESTAMP})

INTEGER_DIGITS = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "hugeint": 39,
    "utinyint": 3, "usmallint": 5, "uinteger": 10, "ubigint": 20, "uhugeint": 39,
}  # fmt: skip

_FAMILIES = {
    "boolean": Family.BOOLEAN, "bignum": Family.BIGNUM, "decimal": Family.DECIMAL, "float": Family.FLOAT,
    "double": Family.DOUBLE, "varchar": Family.TEXT, "enum": Family.TEXT, "uuid": Family.UUID, "blob": Family.BLOB,
    "bit": Family.BIT, "date": Family.DATE, "timestamp": Family.TIMESTAMP, "timestamp_s": Family.TIMESTAMP,
    "timestamp_ms": Family.TIMESTAMP, "timestamp_ns": Family.TIMESTAMP, "timestamp with time zone": Family.TIMESTAMP,
    "time": Family.TIME, "time_ns": Family.TIME, "time with time zone": Family.TIME_WITH_ZONE,
    "interval": Family.INTERVAL, "list": Family.LIST, "array": Family.LIST, "struct": Family.STRUCT,
    "map": Family.MAP, "union": Family.UNION, "variant": Family.VARIANT,
    "null": Family.NULL, '"null"': Family.NULL, "sqlnull": Family.NULL,
    **dict.fromkeys(INTEGER_DIGITS, Family.INTEGER),
}  # fmt: skip


@dataclass(frozen=True)
class ColumnType:
    """One type, nested ones with their parts."""

    family: Family
    name: str
    """DuckDB's type id, lower case: `bigint`, `timestamp_ns`, `array`."""
    text: str
    """As DuckDB writes it; good for a CAST."""
    precision: int = 0
    """DECIMAL and integers: digits in all."""
    scale: int = 0
    """DECIMAL: digits after the point."""
    children: tuple[tuple[str, ColumnType], ...] = ()
    """LIST: (`child`); STRUCT and UNION: fields by name ('' = unnamed); MAP: `key`, `value`."""

    @property
    def levels(self) -> int:
        """How deep it is nested; 0 for a scalar."""
        return 1 + max(child.levels for _, child in self.children) if self.children else 0


def read_type(found: DuckDBPyType) -> ColumnType:
    """Read a type from DuckDB's description of a column."""
    text, name = str(found), str(found.id).lower()
    if text.upper() == "JSON":
        return ColumnType(Family.JSON, "json", text)
    family = _FAMILIES.get(name, Family.OTHER)
    if family is Family.DECIMAL:
        digits = {str(label): int(str(value)) for label, value in found.children}
        return ColumnType(family, name, text, digits["precision"], digits["scale"])
    if family is Family.INTEGER:
        return ColumnType(family, name, text, INTEGER_DIGITS[name])
    if family in (Family.LIST, Family.STRUCT, Family.MAP, Family.UNION):
        children = tuple(
            (str(label), read_type(child)) for label, child in found.children if isinstance(child, DuckDBPyType)
        )
        if family is Family.UNION:
            children = children[1:]  # the first one is the tag
        return ColumnType(family, name, text, children=children)
    return ColumnType(family, name, text)
