"""Columns of a raw table: from JSON schema to names and types of DuckDB."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sources.loader.errors import LoadError
from sources.loader.widening import UNBOUNDED

RAW_ID = "_airbyte_raw_id"
EXTRACTED_AT = "_airbyte_extracted_at"
META = "_airbyte_meta"

META_COLUMNS = {RAW_ID: "VARCHAR", EXTRACTED_AT: "TIMESTAMP WITH TIME ZONE", META: "JSON"}
HELPERS = ("_lockgate_row", "_lockgate_ordinal", "_lockgate_copy", "_lockgate_known")
"""Columns of temporary tables."""


@dataclass(frozen=True)
class Column:
    """One column of a raw table."""

    name: str
    """In the raw table; differs from the source's where two names clash."""
    duckdb_type: str
    source_name: str = ""
    """What the source calls it; empty = the same."""

    @property
    def field(self) -> str:
        """The name in a record."""
        return self.source_name or self.name

    @property
    def wanted(self) -> str:
        """The type in words, for messages."""
        return _WORDS.get(self.duckdb_type, f"a {self.duckdb_type}")

    @property
    def table_type(self) -> str:
        """The type with which a new table begins; the first values of a column of unknown size change it."""
        return "DECIMAL(18,0)" if self.duckdb_type == UNBOUNDED else self.duckdb_type


_WORDS = {
    "BIGINT": "an integer of 64 bits",
    "DOUBLE": "a number",
    UNBOUNDED: "a number",
    "BOOLEAN": "true or false",
    "VARCHAR": "text",
    "JSON": "a value that JSON knows",
    "DATE": "a date (YYYY-MM-DD)",
    "TIMESTAMP": "a date-time (ISO 8601)",
    "TIMESTAMP WITH TIME ZONE": "a date-time (ISO 8601)",
}


def columns_of(json_schema: Mapping[str, Any], existing: Iterable[str] = ()) -> list[Column]:
    """Columns that a stream's JSON schema asks for, in its order.

    DuckDB does not tell upper from lower case, so of `id` and `Id` the second one becomes `Id_2`; a field that is
    called as a column of the loader gets a number, too.

    Args:
        json_schema: The stream's schema.
        existing: Columns that the raw table has: a field that is called exactly so keeps its column.

    Raises:
        LoadError: The schema has no properties.
    """
    properties = json_schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        raise LoadError(
            "its schema declares no properties, so there is no column to write. "
            "In a manifest, add schema_loader with type InlineSchemaLoader."
        )
    names = column_names([str(key) for key in properties], existing)
    return [Column(names[str(key)], duckdb_type(schema), str(key)) for key, schema in properties.items()]


def column_names(fields: Iterable[str], existing: Iterable[str] = ()) -> dict[str, str]:
    """Name of the column of each field: its own where no other one clashes, else with a number from 2."""
    fields, known = list(fields), set(existing)
    taken = {name.lower() for name in (*META_COLUMNS, *HELPERS)}
    counts = Counter(field.lower() for field in fields)
    names: dict[str, str] = {}
    # Who has a column of his own comes first, then who clashes with nobody: so a name is the same in every load.
    for field in sorted(fields, key=lambda field: (field not in known, counts[field.lower()] > 1)):
        name, number = field, 1
        while name.lower() in taken:
            number += 1
            name = f"{field}_{number}"
        taken.add(name.lower())
        names[field] = name
    return names


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
        if isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision <= 38 and precision:
            return f"DECIMAL({precision},{scale})"
        return UNBOUNDED
    if schema.get("format") == "date":
        return "DATE"
    if schema.get("format") == "date-time":
        naive = schema.get("airbyte_type") == "timestamp_without_timezone"
        return "TIMESTAMP" if naive else "TIMESTAMP WITH TIME ZONE"
    return "VARCHAR"
