"""Tables leave the child as Parquet; the judge never opens a database file that a submission wrote."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
from duckdb.sqltypes import DuckDBPyType

from benchmark.border import plain_text
from benchmark.duckdb_sql import quote, quote_relation
from benchmark.errors import LockgateError
from runtime.dbt.lock import lock
from runtime.parquet_types import Unreadable, encoded, metadata_option, needs_encoding, readable
from runtime.warehouse import open_warehouse

SEARCH_SECONDS = 30.0
"""For finding the columns of one table that cannot be written."""
_DECIMAL = "DECIMAL(38, 0)"


def file_name(relation: str) -> str:
    """Name of the Parquet file of a relation."""
    return f"{relation}.parquet"


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Write relations of a warehouse to Parquet files.

    Args:
        arguments: `warehouse` (path), `output` (folder), `relations` (names; empty = all but internal schemas).

    Returns:
        `unreadable`: relation -> why it cannot be read. One that is not there either was written, or does not exist
        and has no file.
    """
    output = Path(arguments["output"])
    output.mkdir(parents=True, exist_ok=True)
    if not Path(arguments["warehouse"]).is_file():
        return {"unreadable": {}}
    log = Path(f"{arguments['warehouse']}.wal")
    if log.exists() and not log.is_file():  # opening a pipe would wait until the job's time is up
        return {"unreadable": dict.fromkeys(arguments["relations"], f"{log.name} is no plain file")}
    with open_warehouse(arguments["warehouse"], read_only=True) as connection:
        lock(
            connection, [output, Path(arguments["warehouse"]).resolve().parent]
        )  # a view may read the workspace's files
        existing = {name.lower(): name for name in _list_relations(connection)}
        wanted = arguments["relations"] or sorted(existing.values())
        reasons = {
            name: export_query(connection, f"from {quote_relation(existing[name.lower()])}", output / file_name(name))
            for name in wanted
            if name.lower() in existing
        }
    return {"unreadable": {name: reason for name, reason in reasons.items() if reason is not None}}


def export_query(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> str | None:
    """Write a query's rows to a Parquet file, sorted: equal tables are then equal files, whichever thread came first.

    Types that Parquet lacks travel in another form (`runtime.parquet_types`). A column that cannot be written is left
    out, and the file says so.

    Args:
        connection: To the warehouse.
        query: A SELECT.
        path: The file; replaced where it exists.

    Returns:
        None, or why the query cannot be read.
    """
    try:
        columns = _columns(connection, query)
        for huge in (_DECIMAL, "VARCHAR"):
            try:
                _write(connection, query, columns, path, huge)
            except duckdb.ConversionException:
                if huge == "VARCHAR":
                    raise
            else:
                break
    except duckdb.Error as error:
        _unlink(path)
        return None if _write_without_broken_columns(connection, query, path) else _reason(error)
    return None


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, DuckDBPyType]:
    return {str(found[0]): found[1] for found in connection.execute(f"select * from (\n{query}\n) limit 0").description}


def _write(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    columns: Mapping[str, DuckDBPyType],
    path: Path,
    huge: str,
    unreadable: tuple[Unreadable, ...] = (),
) -> None:
    selected = ", ".join(f"{encoded(quote(name), kind, huge)} as {quote(name)}" for name, kind in columns.items())
    moved = {name: kind for name, kind in columns.items() if needs_encoding(kind)}
    target = f"'{_literal(path)}' (format parquet{metadata_option(moved, unreadable)})"
    rows = f"select {selected} from (\n{query}\n)"
    try:
        connection.execute(f"copy (from ({rows}) order by all) to {target}")
    except (duckdb.OutOfMemoryException, duckdb.BinderException, duckdb.NotImplementedException):
        # Sorting holds all rows at once, writing them does not; and not every type has an order.
        connection.execute(f"copy ({rows}) to {target}")


def _write_without_broken_columns(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> bool:
    """Find the columns that cannot be written, one by one, and write the others; False where that does not help."""
    deadline = time.monotonic() + SEARCH_SECONDS
    good: dict[str, DuckDBPyType] = {}
    broken = []
    try:
        for name, kind in _columns(connection, query).items():
            try:
                _write(connection, query, {name: kind}, path, "VARCHAR")
                good[name] = kind
            except duckdb.Error as error:
                broken.append(Unreadable(name, _reason(error)))
            if time.monotonic() > deadline:
                return False
        if good and broken:
            _write(connection, query, good, path, "VARCHAR", tuple(broken))
            return True
    except duckdb.Error:
        pass  # the caller tells the first error
    _unlink(path)
    return False


def _unlink(path: Path) -> None:
    with suppress(OSError):  # a name too long for a file system has no file
        path.unlink()


def _reason(error: duckdb.Error) -> str:
    return plain_text(error, 600)


def copy_in(connection: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
    """Create a table from a Parquet file, in place of whatever has the name.

    Args:
        connection: To the warehouse.
        relation: `schema.identifier`; the schema is made where it is missing.
        path: A file that `export_query` wrote.
    """
    schema, _, _ = relation.partition(".")
    connection.execute(f"create schema if not exists {quote(schema)}")
    drop(connection, relation)
    connection.execute(f"create table {quote_relation(relation)} as {readable(connection, path)}")


def drop(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Drop the view or table of this name, if there is one."""
    schema, _, identifier = relation.partition(".")
    row = connection.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = current_database() and lower(table_schema) = lower(?) and lower(table_name) = lower(?)",
        [schema, identifier],
    ).fetchone()
    if row:
        kind = "view" if row[0] == "VIEW" else "table"
        connection.execute(f"drop {kind} {quote_relation(relation)} cascade")


def _list_relations(connection: duckdb.DuckDBPyConnection) -> Iterable[str]:
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema not like '\\_airbyte%' escape '\\' order by 1"
    ).fetchall()
    return [str(row[0]) for row in rows]


def _literal(path: Path) -> str:
    text = str(path)
    if "\0" in text:
        raise LockgateError(f"A path holds a NUL character: {text!r}.")
    return text.replace("'", "''")
