"""One more build of a submission's project, in which some relations hold gold: what its component score is made of.

The room of this job holds gold of these relations and no other gold. They are tables that the submission got wrong, and
what is judged afterwards is never one of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmark.duckdb_sql import literal, quote
from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.dbt.held_relations import HeldRelations
from runtime.dbt.warm_up import close_adapter
from runtime.jobs import build, export
from runtime.jobs.replacement import write_replacement
from runtime.warehouse import open_warehouse

COMMAND = [*build.BUILD_TABLES, "--no-fail-fast"]
"""A data test that fails would skip the models below it, and so would a neighbour under `fail_fast`."""

RAW_SCHEMAS = "raw_"
"""How the names of schemas begin that a load writes, unless a connection names another one."""
NOTED = "_airbyte_internal.tables"
"""Where the loader notes every table that it wrote."""


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Build the dbt project in the current folder around some tables of gold.

    Args:
        arguments: `now` (pinned instant), `warehouse` (path), `is_walled` (see `runtime.jobs.build.run`), `gold` and
            `own` (folders with a Parquet file `schema.identifier.parquet` per relation, of gold and of the submission;
            the latter may lack some), `replaced` (relation -> its scored `columns` and its `key`), `loaded` (another
            warehouse, whose raw tables are to be taken over; None = they are there), optional `given` (see
            `runtime.jobs.build.run`) and `options` (of dbt, which then builds the others alone; empty = there are
            none), `is_around_gold` (whether that is right only where the replaced relations are gold itself).

    Returns:
        `error` and `failures` of dbt, see `runtime.jobs.build.run`.
    """
    now = parse_pinned(arguments["now"])
    with tempfile.TemporaryDirectory() as folder:
        files, changed = _replacements(arguments, Path(folder))
        if changed and arguments.get("is_around_gold"):
            return {"error": f"These have a shape of their own: {', '.join(changed)}", "failures": []}
        held = HeldRelations(files, export.copy_in)
        with open_warehouse(arguments["warehouse"]) as connection:
            if arguments["loaded"]:
                _take_over_raw_tables(connection, arguments["loaded"])
            given = arguments.get("given")
            if given:
                build.place_given_tables(connection, given["warehouse"])
            pin_warehouse(connection, now)
            held.place(connection)
            if given:
                build.place_given_views(connection, given["views"])
        pin_dbt(now)
        build.lock_where_no_walls(arguments)
        held.hold()
        options = arguments.get("options", ())
        is_built = bool(options) or not given
        if arguments.get("is_around_gold"):
            print(f"{'The rest' if is_built else 'Everything'} was copied: it reads gold alone.")  # noqa: T201 - the log
        result = build.invoke([*COMMAND, *options]) if is_built else {"error": "", "failures": []}
        close_adapter()
        with open_warehouse(arguments["warehouse"]) as connection:  # views are read after the last hook has run
            held.put_back(connection)
    return {"error": result["error"], "failures": result["failures"]}


def _replacements(arguments: Mapping[str, Any], folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The files of the replaced relations, and those relations that hold something else than gold's own table."""
    files, changed = {}, []
    for relation, spec in arguments["replaced"].items():
        name = export.file_name(relation)
        own = Path(arguments["own"]) / name
        files[relation] = folder / name
        gold = Path(arguments["gold"]) / name
        if not write_replacement(gold, own if own.is_file() else None, spec["columns"], spec["key"], files[relation]):
            changed.append(relation)
    return files, changed


def _take_over_raw_tables(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Replace the raw tables of a warehouse by those of another one."""
    connection.execute(f"attach {literal(path)} as lockgate_loaded (read_only)")
    noted = _noted_tables(connection)
    for schema, name in _raw_tables(connection, "current_database()", noted):
        connection.execute(f"drop table {quote(schema)}.{quote(name)} cascade")
    for schema, name in _raw_tables(connection, "'lockgate_loaded'", noted):
        table = f"{quote(schema)}.{quote(name)}"
        connection.execute(f"create schema if not exists {quote(schema)}")
        connection.execute(f"drop view if exists {table}")  # tables of these schemas are gone by now
        connection.execute(f"create table {table} as from lockgate_loaded.{table}")
    connection.execute("detach lockgate_loaded")


def _noted_tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Schema and name, in small letters, of what the loads of the other warehouse wrote."""
    try:
        rows = connection.execute(f"select schema_name, table_name from lockgate_loaded.{NOTED}").fetchall()
    except duckdb.Error:  # no load wrote it, or the submission changed it
        return set()
    return {(str(schema).lower(), str(name).lower()) for schema, name in rows}


def _raw_tables(
    connection: duckdb.DuckDBPyConnection, database: str, noted: set[tuple[str, str]]
) -> list[tuple[str, str]]:
    found = connection.execute(
        f"select schema_name, table_name from duckdb_tables() where database_name = {database} order by 1, 2"
    ).fetchall()
    tables = [(str(schema), str(name)) for schema, name in found]
    return [
        (schema, name)
        for schema, name in tables
        if schema.lower().startswith(RAW_SCHEMAS) or (schema.lower(), name.lower()) in noted
    ]
