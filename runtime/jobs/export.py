"""Tables leave the child as Parquet; the judge never opens a database file that a submission wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmark.errors import LockgateError
from runtime.dbt.lock import lock

_HUGE = re.compile(r"\bU?HUGEINT\b")


def quote(name: str) -> str:
    """A SQL identifier, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def quote_relation(name: str) -> str:
    """`schema.identifier`, quoted."""
    schema, _, identifier = name.partition(".")
    return f"{quote(schema)}.{quote(identifier)}"


def file_name(relation: str) -> str:
    """Name of the Parquet file of a relation."""
    return f"{relation}.parquet"


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Write relations of a warehouse to Parquet files.

    Args:
        arguments: `warehouse` (path), `output` (folder), `relations` (names; empty = all but internal schemas).

    Returns:
        `tables`: relation -> None when written, `"not built"`, or why it cannot be read.
    """
    output = Path(arguments["output"])
    output.mkdir(parents=True, exist_ok=True)
    if not Path(arguments["warehouse"]).is_file():
        return {"tables": dict.fromkeys(arguments["relations"], "not built")}
    with duckdb.connect(arguments["warehouse"], read_only=True) as connection:
        lock(
            connection, [output, Path(arguments["warehouse"]).resolve().parent]
        )  # a view may read the workspace's files
        existing = {name.lower(): name for name in _list_relations(connection)}
        wanted = arguments["relations"] or sorted(existing.values())
        tables: dict[str, str | None] = {}
        for name in wanted:
            found = existing.get(name.lower())
            tables[name] = (
                export_query(connection, f"from {quote_relation(found)}", output / file_name(name))
                if found
                else "not built"
            )
    return {"tables": tables}


def export_query(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> str | None:
    """Write a query's rows to a Parquet file, sorted: equal tables are then equal files, whichever thread came first.

    Parquet has no 128-bit integers and DuckDB would write them as DOUBLE: they are cast to DECIMAL(38, 0) first.
    UNION and BIT have no Parquet form either and are written as text.

    Returns:
        None, or why the query cannot be read.
    """
    try:
        described = connection.execute(f"describe select * from (\n{query}\n)").fetchall()
        columns = ", ".join(_exported(str(row[0]), str(row[1])) for row in described)
        selected = f"select {columns} from (\n{query}\n)"
        target = f"'{_literal(path)}' (format parquet)"
        try:
            connection.execute(f"copy (from ({selected}) order by all) to {target}")
        except duckdb.OutOfMemoryException:  # sorting holds all rows at once, writing them does not
            connection.execute(f"copy ({selected}) to {target}")
    except duckdb.Error as error:
        path.unlink(missing_ok=True)
        return f"cannot be read: {' '.join(str(error).split())[:600]}"
    return None


def copy_in(connection: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
    """Create a table from a Parquet file, in place of whatever has the name."""
    schema, _, _ = relation.partition(".")
    connection.execute(f"create schema if not exists {quote(schema)}")
    drop(connection, relation)
    connection.execute(f"create table {quote_relation(relation)} as from read_parquet('{_literal(path)}')")


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


def _exported(column: str, data_type: str) -> str:
    name = quote(column)
    if data_type.startswith("UNION") or data_type == "BIT":
        return f"cast({name} as varchar) as {name}"
    if _HUGE.search(data_type):
        return f"cast({name} as {_HUGE.sub('DECIMAL(38,0)', data_type)}) as {name}"
    return name


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
