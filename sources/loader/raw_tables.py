"""Making and changing the tables that a load writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from sources.loader.column_types import META_COLUMNS, Column
from sources.loader.conversions import from_typed, trimmed
from sources.loader.errors import LoadError
from sources.loader.warehouse import Warehouse, quote
from sources.loader.widening import Facts, facts_query


def create_statement(target: str, columns: Sequence[Column], *, kind: str = "table") -> str:
    """SQL that makes a table with the columns of a stream and the loader's own; target is quoted."""
    listed = [f"{quote(column.name)} {column.table_type}" for column in columns]
    listed += [f"{quote(name)} {duckdb_type}" for name, duckdb_type in META_COLUMNS.items()]
    return f"create or replace {kind} {target} ({', '.join(listed)})"


def add_columns(warehouse: Warehouse, target: str, columns: Sequence[Column], existing: Mapping[str, str]) -> None:
    """Add the columns that a raw table has not yet, NULL in the rows that are there; what the source lost stays.

    Args:
        warehouse: Open.
        target: The table, quoted.
        columns: The stream's columns.
        existing: Name and type of the table's columns.
    """
    known = {name.lower() for name in existing}
    wanted = {column.name: column.table_type for column in columns} | META_COLUMNS
    for name, kind in wanted.items():
        if name.lower() not in known:
            warehouse.execute(f"alter table {target} add column {quote(name)} {kind}")


def fit_to_table(columns: Sequence[Column], existing: Mapping[str, str]) -> list[Column]:
    """The stream's columns with the types that the table has; a new column begins with its own."""
    types = {name.lower(): kind for name, kind in existing.items()}
    return [replace(column, duckdb_type=types.get(column.name.lower(), column.table_type)) for column in columns]


def column_facts(warehouse: Warehouse, tables: Sequence[str], column: Column) -> Facts:
    """What the values need that stand in a column of one or more tables, quoted."""
    query = facts_query("value", column.duckdb_type, is_text=False)
    values = " union all ".join(f"select {quote(column.name)} as value from {table}" for table in tables)
    row = warehouse.execute(f"select {query} from ({values})").fetchone()
    return Facts(**row[0]) if row else Facts(column.duckdb_type, 0)


def change_type(warehouse: Warehouse, target: str, column: Column, kind: str, *, is_trimmed: bool) -> None:
    """Give a column another type, which holds its values.

    Args:
        warehouse: Open.
        target: The table, quoted.
        column: The column with the type that it has.
        kind: The type that it gets.
        is_trimmed: Numbers that become text lose the zeros at their end, since one scale for all gave them those.

    Raises:
        LoadError: DuckDB does not change it, for example because of an index.
    """
    name = quote(column.name)
    converted = from_typed(name, column.duckdb_type, kind)
    if is_trimmed and kind == "VARCHAR" and column.duckdb_type.startswith("DECIMAL"):
        converted = trimmed(converted)
    try:
        warehouse.execute(f"alter table {target} alter column {name} set data type {kind} using {converted}")
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise LoadError(
            f"column '{column.field}' is {column.duckdb_type} in the raw table, and its new values need {kind}. "
            f"DuckDB does not change the column ({reason}). Take away what depends on it and load again."
        ) from error
