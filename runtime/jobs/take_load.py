"""A load taken over: the raw tables of a warehouse become those that another load left, inside a child.

A build of a submission wrote the warehouse. So it is opened beside a database of our own, where nothing that is stored
in it (macros, types, views) is looked up, and it is changed only where the raw tables and what is kept beside them are
exactly those of the load before, and nothing else is there that a load could notice.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmark.duckdb_sql import literal, quote
from runtime.dbt.clock import parse_pinned, pin_warehouse

_OWN, _BEFORE, _AFTER = "own", "before", "after"
_LISTINGS = {"a type": "duckdb_types()", "a sequence": "duckdb_sequences()", "an index": "duckdb_indexes()"}
"""What no pipeline needs, and could change what a load does."""
_NO_INTERNAL = frozenset({"a type"})
"""Listings that hold DuckDB's own, too."""


def run(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Replace the raw tables of a warehouse.

    Args:
        arguments: `warehouse` (path), `before` and `after` (warehouses of loads alone), `pinned` (the instant of the
            last build, whose clock is stored in the warehouse).

    Returns:
        `refused`: why nothing was changed; empty where the tables were replaced.
    """
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        for name, options in ((_OWN, ""), (_BEFORE, " (read_only)"), (_AFTER, " (read_only)")):
            path = arguments["warehouse" if name == _OWN else name]
            connection.execute(f"attach {literal(path)} as {name}{options}")
        reason = _reason_to_refuse(connection, arguments["pinned"])
        if reason is None:
            _replace(connection)
        else:
            print(f"The raw tables are not those of the load before: {reason}.")  # noqa: T201 - the log
    return {"refused": reason or ""}


def _reason_to_refuse(connection: duckdb.DuckDBPyConnection, pinned: str) -> str | None:
    for what, listing in _LISTINGS.items():
        condition = " and not internal" if what in _NO_INTERNAL else ""
        if connection.execute(f"from {listing} where database_name = '{_OWN}'{condition} limit 1").fetchone():
            return f"{what} of its own"
    if _macros(connection, _OWN) - _pinned_macros(pinned):
        return "a macro of its own"
    if connection.execute(
        f"from duckdb_constraints() where database_name = '{_OWN}' and constraint_type = 'FOREIGN KEY' limit 1"
    ).fetchone():
        return "a foreign key"
    before, after, own = (_relations(connection, name) for name in (_BEFORE, _AFTER, _OWN))
    schemas = {schema.lower() for schema, _ in before | after}
    if {key: own[key] for key in own if key[0].lower() in schemas} != before:
        return "other raw tables"
    for schema, name in before:
        if not _are_equal(connection, f"{quote(schema)}.{quote(name)}"):
            return f"other rows in {schema}.{name}"
    return None


def _macros(connection: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    rows = connection.execute(
        "select schema_name, function_name, function_type, parameters, macro_definition from duckdb_functions() "
        f"where database_name = '{database}' and not internal"
    ).fetchall()
    return {repr(row) for row in rows}


def _pinned_macros(pinned: str) -> set[str]:
    """The clock's macros, written to a file and read again, as those of the warehouse were: that changes their text."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "pinned.duckdb")
        with duckdb.connect(path) as connection:
            pin_warehouse(connection, parse_pinned(pinned))
        with duckdb.connect(path, read_only=True) as connection:
            return _macros(connection, "pinned")


def _relations(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Schema and name of each table and view -> all that is known of it but its rows."""
    tables = connection.execute(
        "select schema_name, table_name, sql, comment, tags::varchar, temporary "
        f"from duckdb_tables() where database_name = '{database}'"
    ).fetchall()
    columns = connection.execute(
        "select schema_name, table_name, list([column_name, data_type, comment, column_default] order by column_index) "
        f"from duckdb_columns() where database_name = '{database}' and not internal group by all"
    ).fetchall()
    views = connection.execute(
        f"select schema_name, view_name from duckdb_views() where database_name = '{database}' and not internal"
    ).fetchall()
    described = {(schema, name): tuple(map(tuple, found)) for schema, name, found in columns}
    found = {(str(s), str(name)): (*facts, described.get((s, name))) for s, name, *facts in tables}
    return found | {(str(schema), str(name)): ("a view",) for schema, name in views}


def _are_equal(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a table has the rows of the load before, in the same order."""
    counts = {connection.execute(f"select count(*) from {database}.{table}").fetchone() for database in (_BEFORE, _OWN)}
    different = connection.execute(
        f"select count(*) from {_BEFORE}.{table} theirs positional join {_OWN}.{table} ours "
        "where theirs is distinct from ours"
    ).fetchone()
    return len(counts) == 1 and different == (0,)


def _replace(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin transaction")
    for schema, name in _relations(connection, _BEFORE):
        connection.execute(f"drop table {_OWN}.{quote(schema)}.{quote(name)}")
    connection.execute(f"use {_OWN}")
    for (schema, name), facts in sorted(_relations(connection, _AFTER).items()):
        table = f"{quote(schema)}.{quote(name)}"
        connection.execute(f"create schema if not exists {quote(schema)}")
        connection.execute(facts[0])
        connection.execute(f"insert into {_OWN}.{table} select * from {_AFTER}.{table}")
        for statement in _comments(table, facts):
            connection.execute(statement)
    connection.execute("commit")
    connection.execute("use memory")


def _comments(table: str, facts: tuple[Any, ...]) -> Iterator[str]:
    if facts[1] is not None:
        yield f"comment on table {table} is {literal(facts[1])}"
    for name, _, comment, _ in facts[-1]:
        if comment is not None:
            yield f"comment on column {table}.{quote(name)} is {literal(comment)}"
