"""DuckDB's types that Parquet lacks: how their values travel in a file, and how they are read again.

A value inside any nesting travels in a form that Parquet has: 128-bit integers as DECIMAL(38, 0), or as text where they
are longer; BIT, BIGNUM, INTERVAL and a TIME with a zone as text; a UNION as its tag and one field per member. The
file's metadata names the DuckDB type of each such column (key `lockgate.types`) and each column that could not be
written, with the reason (`lockgate.unreadable`). `readable` gives every column its type again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from duckdb.sqltypes import DuckDBPyType

from benchmark.bounded_json import parse_bounded
from benchmark.duckdb_sql import Sql, literal, quote

TYPES_KEY, UNREADABLE_KEY = "lockgate.types", "lockgate.unreadable"
MAX_METADATA_BYTES = 4 * 1024**2
_AS_TEXT = frozenset({"bit", "bignum", "interval", "time with time zone"})
_HUGE = frozenset({"hugeint", "uhugeint"})


class Unreadable(NamedTuple):
    """A column that could not be written."""

    column: str
    reason: str


def needs_encoding(kind: DuckDBPyType) -> bool:
    """Whether Parquet cannot hold values of a type as they are."""
    name = str(kind.id).lower()
    return name in _AS_TEXT or name in _HUGE or name == "union" or any(map(needs_encoding, _parts(kind)))


def encoded(value: Sql, kind: DuckDBPyType, huge: str, depth: int = 0) -> Sql:
    """A value in a form that Parquet has.

    Args:
        value: A SQL expression.
        kind: Its type.
        huge: Type in which 128-bit integers travel: `DECIMAL(38, 0)` or `VARCHAR`.
        depth: Of lambdas around it.
    """
    name = str(kind.id).lower()
    if not needs_encoding(kind):
        return value
    if name in _AS_TEXT or name in _HUGE:
        return f"CAST({value} AS {'VARCHAR' if name in _AS_TEXT else huge})"
    parts = _parts(kind)
    if name == "union":
        members = [
            f"m{n} := {encoded(f'union_extract({value}, {literal(label)})', part, huge, depth)}"
            for n, (label, part) in enumerate(zip(_labels(kind), parts, strict=True))
        ]
        return _unless_null(value, f"struct_pack(tag := CAST(union_tag({value}) AS VARCHAR), {', '.join(members)})")
    if name == "struct":
        fields = [encoded(f"struct_extract_at({value}, {n})", part, huge, depth) for n, part in enumerate(parts, 1)]
        return _unless_null(value, _struct(_labels(kind), fields))
    item = f"x{depth}"
    if name == "map":
        halves = [encoded(f"struct_extract_at({item}, {n})", part, huge, depth + 1) for n, part in enumerate(parts, 1)]
        return f"list_transform(map_entries({value}), lambda {item}: {_struct(('key', 'value'), halves)})"
    return f"list_transform({value}, lambda {item}: {encoded(item, parts[0], huge, depth + 1)})"


def decoded(value: Sql, kind: DuckDBPyType, depth: int = 0) -> Sql:
    """The value that `encoded` made of one of a type; an array comes back as a list."""
    name = str(kind.id).lower()
    if not needs_encoding(kind):
        return value
    if name in _AS_TEXT or name in _HUGE:
        return f"CAST({value} AS {kind})"
    parts = _parts(kind)
    if name == "union":
        whens = "".join(
            f" WHEN {literal(label)} THEN CAST(union_value({quote(label)} := "
            f"{decoded(f'struct_extract_at({value}, {n})', part, depth)}) AS {kind})"
            for n, (label, part) in enumerate(zip(_labels(kind), parts, strict=True), 2)
        )
        return f"CASE struct_extract_at({value}, 1){whens} END"
    if name == "struct":
        fields = [decoded(f"struct_extract_at({value}, {n})", part, depth) for n, part in enumerate(parts, 1)]
        return _unless_null(value, _struct(_labels(kind), fields))
    item = f"x{depth}"
    if name == "map":
        halves = [decoded(f"struct_extract_at({item}, {n})", part, depth + 1) for n, part in enumerate(parts, 1)]
        entries = f"list_transform({value}, lambda {item}: {_struct(('key', 'value'), halves)})"
        return f"map_from_entries({entries})"
    return f"list_transform({value}, lambda {item}: {decoded(item, parts[0], depth + 1)})"


def metadata_option(types: Mapping[str, DuckDBPyType], unreadable: tuple[Unreadable, ...]) -> Sql:
    """The option of COPY that names the columns which travel in another form, or not at all; empty where none does."""
    content = {}
    if types:
        content[TYPES_KEY] = {column: str(kind) for column, kind in types.items()}
    if unreadable:
        content[UNREADABLE_KEY] = dict(unreadable)
    pairs = ", ".join(f"{quote(key)}: {literal(json.dumps(value))}" for key, value in content.items())
    return f", kv_metadata {{{pairs}}}" if pairs else ""


def readable(connection: duckdb.DuckDBPyConnection, path: Path) -> Sql:
    """A query of a file's rows, each column in the DuckDB type that it had.

    Raises:
        duckdb.Error: The file cannot be read.
        ValueError: Its metadata is forged.
    """
    scan = f"read_parquet({literal(str(path.resolve()))}, hive_partitioning = false, union_by_name = false)"
    types = {column: duckdb.sqltype(text) for column, text in _metadata(connection, path, TYPES_KEY).items()}
    if not types:
        return f"SELECT * FROM {scan}"
    names = [str(column[0]) for column in connection.execute(f"SELECT * FROM {scan} LIMIT 0").description]
    columns = [
        f"{decoded(quote(name), types[name])} AS {quote(name)}" if name in types else quote(name) for name in names
    ]
    return f"SELECT {', '.join(columns)} FROM {scan}"


def unreadable_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[Unreadable, ...]:
    """Columns that the file lacks because they could not be written."""
    return tuple(Unreadable(*pair) for pair in _metadata(connection, path, UNREADABLE_KEY).items())


def _metadata(connection: duckdb.DuckDBPyConnection, path: Path, key: str) -> dict[str, str]:
    source = literal(str(path.resolve()))
    rows = connection.execute(
        f"SELECT value FROM parquet_kv_metadata({source}) WHERE key = {literal(key)}::BLOB LIMIT 1"
    ).fetchall()
    found: Any = parse_bounded(rows[0][0], MAX_METADATA_BYTES) if rows else {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError(f"The file's metadata {key} is not what an export writes")
    return found


def _parts(kind: DuckDBPyType) -> list[DuckDBPyType]:
    name = str(kind.id).lower()
    if name not in ("list", "array", "struct", "map", "union"):
        return []
    found = [child for _, child in kind.children if isinstance(child, DuckDBPyType)]
    return found[1:] if name == "union" else found  # the first one is the tag


def _labels(kind: DuckDBPyType) -> list[str]:
    found = [str(label) for label, child in kind.children if isinstance(child, DuckDBPyType)]
    return found[1:] if str(kind.id).lower() == "union" else found


def _struct(labels: list[str] | tuple[str, ...], fields: list[Sql]) -> Sql:
    if not all(labels):
        return f"row({', '.join(fields)})"
    return (
        f"struct_pack({', '.join(f'{quote(label)} := {field}' for label, field in zip(labels, fields, strict=True))})"
    )


def _unless_null(value: Sql, result: Sql) -> Sql:
    return f"CASE WHEN {value} IS NOT NULL THEN {result} END"
