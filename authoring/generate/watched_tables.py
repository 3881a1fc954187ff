"""Some of gold's tables on the data of several seeds, where tests and faults are tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import duckdb

from authoring.generate.promises import Known
from benchmark.duckdb_sql import literal, quote, quote_relation

if TYPE_CHECKING:
    from authoring.new_task.contract import Contract

_MAX_VALUES = 12
"""Distinct values of a text that may be a list."""


class WatchedTables:
    """Tables of the first run on each seed. Use it as a context manager."""

    def __init__(self, folders: Mapping[int, Path]) -> None:
        """Nothing is loaded yet.

        Args:
            folders: Seed -> gold.
        """
        self._connections = {seed: duckdb.connect(":memory:", config={"threads": 1}) for seed in folders}
        self._folders = folders
        self._loaded: set[str] = set()
        for connection in self._connections.values():
            connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'; set memory_limit = '2GB'")

    def __enter__(self) -> WatchedTables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections.values():
            connection.close()

    def known(self, contract: Contract) -> Known:
        """What is known of a table."""
        table = contract.table
        self._load(table)
        first = next(iter(self._connections.values()))
        rows = first.execute(f"describe {quote_relation(table)}").fetchall()
        types = {str(row[0]): str(row[1]) for row in rows}
        columns = [column.name for column in contract.columns]
        empty = {c for c in columns if self._any(f"select 1 from {quote_relation(table)} where {quote(c)} is null")}
        numbers = [c for c in columns if types[c].startswith(("INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "DECIMAL"))]
        negative = {c for c in numbers if self._any(f"select 1 from {quote_relation(table)} where {quote(c)} < 0")}
        values = {c: self._values(table, c) for c in columns if types[c] == "VARCHAR"}
        few = {c: found for c, found in values.items() if len(found) <= _MAX_VALUES}
        return Known(contract, types, frozenset(empty), few, frozenset(negative))

    def least_rows(self, table: str) -> int:
        """Rows of a table on the seed where it has the fewest."""
        self._load(table)
        return min(
            self._count(connection, f"from {quote_relation(table)}") for connection in self._connections.values()
        )

    def is_quiet(self, test: str) -> bool:
        """Whether a test finds nothing, on every seed."""
        try:
            return not self._any(test)
        except duckdb.Error:
            return False

    def catches(self, fault: Sequence[str], test: str) -> bool:
        """Whether a test finds a fault, on every seed."""
        for connection in self._connections.values():
            connection.execute("begin")
            try:
                for statement in fault:
                    connection.execute(statement)
                if not self._count(connection, f"from ({test})"):
                    return False
            except duckdb.Error:
                return False
            finally:
                connection.execute("rollback")
        return True

    def load(self, tables: Iterable[str]) -> None:
        """Load tables that tests read."""
        for table in tables:
            self._load(table)

    def _load(self, table: str) -> None:
        if table in self._loaded:
            return
        for seed, connection in self._connections.items():
            schema, _, _ = table.partition(".")
            path = self._folders[seed] / f"{table}.parquet"
            connection.execute(
                f"create schema if not exists {quote(schema)}; "
                f"create table {quote_relation(table)} as from {literal(str(path))}"
            )
        self._loaded.add(table)

    def _any(self, query: str) -> bool:
        return any(self._count(connection, f"from ({query})") for connection in self._connections.values())

    def _values(self, table: str, column: str) -> frozenset[str]:
        found: set[str] = set()
        for connection in self._connections.values():
            name = quote(column)
            query = (
                f"select distinct {name} from {quote_relation(table)} where {name} is not null limit {_MAX_VALUES + 1}"
            )
            found |= {str(row[0]) for row in connection.execute(query).fetchall()}
        return frozenset(found)

    @staticmethod
    def _count(connection: duckdb.DuckDBPyConnection, rest: str) -> int:
        (n,) = connection.execute(f"select count(*) {rest}").fetchone() or (0,)
        return int(n)
