"""Warehouses of a `data_tests` task: gold's tables as they are, or with one seeded fault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from benchmark.duckdb_sql import literal, quote, quote_relation
from benchmark.errors import LockgateError
from benchmark.seeded_faults import Fault
from evaluators.compare.relations import one_line
from runtime.dbt.clock import pin_warehouse
from runtime.parquet_types import readable


class FaultBrokenError(LockgateError):
    """A seeded fault cannot be made, or changes nothing: a mistake of the task's, never of the agent's."""

    def __init__(self, task: str, fault: str, reason: str) -> None:
        super().__init__(f"Task {task}, faults.yaml, fault '{fault}': {reason}")


def write_warehouse(
    path: Path,
    gold: Path,
    tables: Sequence[str],
    now: datetime,
    task: str,
    fault: Fault | None,
    *,
    right: Path | None = None,
    is_empty: bool = False,
) -> None:
    """Write a warehouse with some of gold's tables.

    Every table is written anew, in an order that depends on its content alone: neither gaps between row ids nor the
    place of a row tell right data from wrong.

    Args:
        path: The file; must not exist.
        gold: Folder of gold's Parquet files.
        tables: Tables that the warehouse has.
        now: Where its clock stands.
        task: For messages.
        fault: What is wrong in it; None = nothing.
        right: The warehouse with nothing wrong, from which tables are copied that the fault does not name; None = all
            are read from gold.
        is_empty: The tables have their columns and no rows.

    Raises:
        FaultBrokenError: The fault's SQL fails, or leaves the fault's table as it was.
    """
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        untouched = _unnamed(tables, fault) if fault and right else set()
        for table in tables:
            if table not in untouched:
                rows = readable(connection, gold / f"{table}.parquet")
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(table.partition('.')[0])}")
                connection.execute(f"CREATE TABLE {quote_relation(table)} AS {rows}")
        if fault is not None:
            _apply(connection, task, fault)
        limit = " LIMIT 0" if is_empty else ""
        connection.execute(f"ATTACH {literal(str(path.resolve()))} AS made")
        if untouched:
            connection.execute(f"ATTACH {literal(str(right))} AS right_data (READ_ONLY)")
        for table in tables:
            relation = quote_relation(table)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS made.{quote(table.partition('.')[0])}")
            rows = (
                f"FROM right_data.{relation}"  # its rows have their order
                if table in untouched
                else f"SELECT * FROM {relation} AS row ORDER BY hash(row){limit}"
            )
            connection.execute(f"CREATE TABLE made.{relation} AS {rows}")
        connection.execute("DETACH made")
    with duckdb.connect(str(path)) as connection:
        pin_warehouse(connection, now)


def _unnamed(tables: Sequence[str], fault: Fault) -> set[str]:
    """Tables whose names stand nowhere in a fault's SQL."""
    text = " ".join(fault.sql).lower()
    return {table for table in tables if table.partition(".")[2].lower() not in text and table != fault.table}


def _apply(connection: duckdb.DuckDBPyConnection, task: str, fault: Fault) -> None:
    before = _checksum(connection, fault.table)
    try:
        for statement in fault.sql:
            connection.execute(statement)
    except duckdb.Error as error:
        raise FaultBrokenError(task, fault.name, f"its SQL fails: {one_line(error)}") from error
    if _checksum(connection, fault.table) == before:
        raise FaultBrokenError(task, fault.name, f"it changes nothing in {fault.table} on this data. Sharpen its SQL.")


def _checksum(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[object, ...] | None:
    return connection.execute(
        f"SELECT count(*), sum(hash(row)::HUGEINT), bit_xor(hash(row)) FROM {quote_relation(table)} AS row"
    ).fetchone()
