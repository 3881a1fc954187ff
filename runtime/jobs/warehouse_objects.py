"""What a warehouse holds beside rows, read from another database beside it, where none of it is looked up."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from benchmark.duckdb_sql import quote
from runtime.dbt.clock import parse_pinned, pin_warehouse

Relations = dict[tuple[str, str], tuple[Any, ...]]
"""Schema and name of each table and view -> all that is known of it but its rows, its SQL first."""

_LISTINGS = {
    "a type": "duckdb_types() where not internal and",
    "a sequence": "duckdb_sequences() where",
    "an index": "duckdb_indexes() where",
    "a foreign key": "duckdb_constraints() where constraint_type = 'FOREIGN KEY' and",
}


def unusual_object(connection: duckdb.DuckDBPyConnection, database: str, pinned: str) -> str | None:
    """Something that no pipeline needs and that changes what other statements do; None = there is nothing.

    Args:
        connection: To another database.
        database: The attached warehouse.
        pinned: The instant whose clock may be stored in it.
    """
    for what, listing in _LISTINGS.items():
        if connection.execute(f"from {listing} database_name = '{database}' limit 1").fetchone():
            return what
    return "a macro" if _macros(connection, database) - _pinned_macros(pinned) else None


def _macros(connection: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    rows = connection.execute(
        "select schema_name, function_name, function_type, parameters, macro_definition from duckdb_functions() "
        f"where database_name = '{database}' and not internal"
    ).fetchall()
    return {repr(row) for row in rows}


@lru_cache(maxsize=64)
def _pinned_macros(pinned: str) -> frozenset[str]:
    """The clock's macros, written to a file and read again, as those of the warehouse were: that changes their text."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "pinned.duckdb")
        with duckdb.connect(path) as connection:
            pin_warehouse(connection, parse_pinned(pinned))
        with duckdb.connect(path, read_only=True) as connection:
            return frozenset(_macros(connection, "pinned"))


def relations_of(connection: duckdb.DuckDBPyConnection, database: str) -> Relations:
    """Tables and views of an attached warehouse."""
    tables = connection.execute(
        "select schema_name, table_name, sql, comment, tags::varchar, temporary "
        f"from duckdb_tables() where database_name = '{database}'"
    ).fetchall()
    columns = connection.execute(
        "select schema_name, table_name, list([column_name, data_type, comment, column_default] order by column_index) "
        f"from duckdb_columns() where database_name = '{database}' and not internal group by all"
    ).fetchall()
    views = connection.execute(
        f"select schema_name, view_name, sql from duckdb_views() where database_name = '{database}' and not internal"
    ).fetchall()
    described = {(schema, name): tuple(map(tuple, found)) for schema, name, found in columns}
    found = {(str(s), str(name)): (*facts, described.get((s, name))) for s, name, *facts in tables}
    return found | {(str(schema), str(name)): (sql, "a view") for schema, name, sql in views}


def copy_table(
    connection: duckdb.DuckDBPyConnection, source: str, schema: str, name: str, facts: tuple[Any, ...]
) -> None:
    """Copy a table of an attached database into the one in use.

    Args:
        connection: To the database in use.
        source: The attached database.
        schema: Of the table.
        name: Of the table.
        facts: What `relations_of` says of it.
    """
    table = f"{quote(schema)}.{quote(name)}"
    connection.execute(f"create schema if not exists {quote(schema)}")
    connection.execute(facts[0])
    connection.execute(f"insert into {table} select * from {source}.{table}")


def is_view(facts: tuple[Any, ...]) -> bool:
    """Whether what `relations_of` says is of a view."""
    return facts[1:] == ("a view",)
