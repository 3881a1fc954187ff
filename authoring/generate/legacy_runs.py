"""Whether a script makes the tables that the models make: it is read back, and run on gold of every seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
from sqlglot.errors import SqlglotError

from authoring.generate.broken_tables import BrokenTables
from authoring.generate.differences import count_differences
from authoring.generate.legacy_dialects import read_back, said_in
from authoring.generate.legacy_scripts import Script, Step, table_node
from benchmark.duckdb_sql import quote, quote_relation
from benchmark.tables import TableSpec
from benchmark.time_limit import time_limit
from evaluators.proof.sql_trees import at, render
from runtime.parquet_types import readable

_SECONDS = 60.0


def makes_gold(script: Script, runs: Iterable[BrokenTables], specs: Mapping[str, TableSpec]) -> bool:
    """Whether a script makes gold's tables from gold's inputs, on each seed.

    Args:
        script: The script.
        runs: First runs on the seeds.
        specs: Of the tables that it makes, each with a key.
    """
    return all(_makes_gold(script, run, specs) for run in runs)


def _makes_gold(script: Script, run: BrokenTables, specs: Mapping[str, TableSpec]) -> bool:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'; set memory_limit = '2GB'")
        connection.execute("create schema dbo; create schema rpt")
        connection.execute("create schema right_tables")
        for name in (*script.inputs, *specs):
            schema, _, _ = name.partition(".")
            place = f"right_tables.{quote(name)}" if name in specs else quote_relation(name)
            path = run.gold.folder / f"{name}.parquet"
            connection.execute(
                f"create schema if not exists {quote(schema)}; create table {place} as {readable(connection, path)}"
            )
        try:
            with time_limit(connection, _SECONDS):
                for step in script.steps:
                    connection.execute(_as_duckdb(step, script, run.pinned_now))
                return all(_is_right(name, spec, script, connection) for name, spec in specs.items())
        except (duckdb.Error, SqlglotError):
            return False


def _as_duckdb(step: Step, script: Script, pinned_now: str) -> str:
    place = table_node(step.target, step.is_kept, script.legacy).sql(dialect="duckdb")
    query = render(read_back(said_in(step.query, script.legacy), script.legacy))
    return f"create table {place} as {at(query, pinned_now)}"


def _is_right(name: str, spec: TableSpec, script: Script, connection: duckdb.DuckDBPyConnection) -> bool:
    place = table_node(script.targets[name], True, script.legacy).sql(dialect="duckdb")
    columns = ", ".join(f"{quote(script.columns[column])} as {quote(column)}" for column in spec.columns)
    connection.execute(f"create or replace view shown as select {columns} from {place}")
    counts = count_differences(connection, f"right_tables.{quote(name)}", "shown", spec)
    return not counts.n_wrong
