"""What the tables of a warehouse turned out to be: rows, columns, types, and a few rows to look at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmark.duckdb_sql import quote, quote_relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

N_SAMPLES = 5
"""Rows shown of each table."""
_MAX_COLUMNS = 12
"""Columns of those rows: more do not fit on a page."""


class Rows(NamedTuple):
    """A few rows as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class TableFacts(NamedTuple):
    """One table."""

    n_rows: int
    columns: dict[str, str]
    """Name -> DuckDB's type, in the order of the table."""
    sample: Rows


def read_tables(warehouse: Path, wanted: Collection[str]) -> dict[str, TableFacts]:
    """Look at tables of a warehouse; those that are not there, or whose view is broken, are left out.

    Args:
        warehouse: DuckDB file of a trusted project.
        wanted: `schema.table`, in small letters.
    """
    import duckdb

    columns = read_columns(warehouse)
    found = {}
    with _opened(warehouse) as connection:
        for name in wanted:
            if name not in columns:
                continue
            relation = quote_relation(name)
            try:
                row = connection.execute(f"select count(*) from {relation}").fetchone()
                sample = _rows(connection, f"from {relation}", N_SAMPLES)
            except duckdb.Error:
                continue
            assert row is not None
            found[name] = TableFacts(row[0], columns[name], sample)
    return found


def read_columns(warehouse: Path) -> dict[str, dict[str, str]]:
    """`schema.table`, in small letters -> its columns and their types, of every table of a warehouse."""
    found: dict[str, dict[str, str]] = {}
    with _opened(warehouse) as connection:
        rows = connection.execute(
            "select lower(schema_name || '.' || table_name), column_name, data_type from duckdb_columns() "
            "where database_name = current_database() and not internal order by table_oid, column_index"
        ).fetchall()
    for table, column, kind in rows:
        found.setdefault(str(table), {})[str(column)] = str(kind)
    return found


def failing_rows(warehouse: Path, sql: str) -> Rows | None:
    """The first rows that a data test finds; None where its SQL does not run on its own."""
    import duckdb

    with _opened(warehouse) as connection:
        try:
            return _rows(connection, f"from (\n{sql}\n)", N_SAMPLES)
        except duckdb.Error:
            return None


def _opened(warehouse: Path) -> DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(str(warehouse), read_only=True)
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _rows(connection: DuckDBPyConnection, source: str, limit: int) -> Rows:
    names = [str(column[0]) for column in connection.execute(f"select * {source} limit 0").description]
    shown: Sequence[str] = names[:_MAX_COLUMNS]
    listed = ", ".join(f"{quote(name)}::varchar" for name in shown)
    rows = connection.execute(f"select {listed} {source} limit {limit}").fetchall() if shown else []
    return Rows(tuple(shown), tuple(tuple(row) for row in rows))
