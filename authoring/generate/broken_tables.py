"""What becomes of a run's tables when models are broken: gold in DuckDB, with what follows built again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

import duckdb

from authoring.generate.differences import Counts, count_differences
from benchmark.duckdb_sql import quote, quote_relation
from benchmark.tables import TableSpec
from benchmark.time_limit import time_limit
from evaluators.pipeline.gold import Gold
from evaluators.proof.sql_trees import at, parse, render
from evaluators.proof.targets import upstream_first
from runtime.parquet_types import readable

_SECONDS = 20.0
"""Time of all queries of one break."""
_RIGHT = "right_tables"


class CannotTellError(Exception):
    """What a break does to the tables cannot be told by queries."""


class StillbornError(CannotTellError):
    """The SQL cannot run at all, whatever the data."""


class BrokenTables:
    """Tables of one gold run, of which some are built from broken models. Use it as a context manager."""

    def __init__(self, gold: Gold, pinned_now: str) -> None:
        """Nothing is loaded yet.

        Args:
            gold: Gold of the first run on a seed.
            pinned_now: Its instant, as it stands in compiled SQL.
        """
        self.gold = gold
        self.pinned_now = pinned_now
        self._order = upstream_first(gold.lineage)
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        self._loaded: set[str] = set()
        self._connection.execute(
            f"set enable_progress_bar = false; set TimeZone = 'UTC'; set memory_limit = '2GB'; create schema {_RIGHT}"
        )

    def __enter__(self) -> BrokenTables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def columns(self, relation: str) -> dict[str, str]:
        """Column -> type of a gold table; empty where there is none."""
        self._load(relation)
        if relation not in self._loaded:
            return {}
        rows = self._connection.execute(f"describe {_RIGHT}.{quote(relation)}").fetchall()
        return {str(row[0]).lower(): str(row[1]) for row in rows}

    def count(self, broken: Mapping[str, str], tables: Mapping[str, TableSpec]) -> dict[str, Counts]:
        """Count the wrong rows of some tables.

        Args:
            broken: Model -> its SQL, as a mutant has it.
            tables: The tables, each with a key.

        Returns:
            Tables below the broken models, as far as only queries lie between.

        Raises:
            StillbornError: The SQL cannot run.
            CannotTellError: It fails on these rows, or takes too long.
        """
        rebuilt = self._below(broken.keys(), tables)
        for relation in dict.fromkeys(name for item in rebuilt for name in (item, *self.gold.lineage.get(item, ()))):
            self._load(relation)
        with self._undone():
            try:
                for relation in rebuilt:
                    self._build(relation, broken.get(relation))
                return {
                    name: count_differences(
                        self._connection, f"{_RIGHT}.{quote(name)}", quote_relation(name), tables[name]
                    )
                    for name in rebuilt
                    if name in tables
                }
            except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
                raise StillbornError(str(error)) from error
            except duckdb.Error as error:
                raise CannotTellError(str(error)) from error

    @contextmanager
    def _undone(self) -> Iterator[None]:
        self._connection.execute("begin")
        try:
            with time_limit(self._connection, _SECONDS):
                yield
        finally:
            self._connection.execute("rollback")

    def _below(self, broken: Collection[str], tables: Collection[str]) -> list[str]:
        """The broken models and what is made from them, as far as a table is made from it; upstream first."""
        lineage = self.gold.lineage
        reached = set(broken)
        for name in self._order:
            if reached & set(lineage.get(name, ())):
                reached.add(name)
        queries = {name for name in reached if self._is_query(name)}
        for name in self._order:
            if name not in broken and set(lineage.get(name, ())) & (reached - queries):
                queries.discard(name)
        needed: set[str] = set()
        todo = [name for name in tables if name in queries]
        while todo:
            name = todo.pop()
            if name not in needed:
                needed.add(name)
                todo += [parent for parent in lineage.get(name, ()) if parent in queries]
        return [name for name in self._order if name in needed]

    def _is_query(self, relation: str) -> bool:
        """Whether the first run of a model gives the rows of its query."""
        node = self.gold.relations[relation]
        return bool(node["compiled"]) and node["type"] in ("view", "table", "incremental")

    def _build(self, relation: str, sql: str | None) -> None:
        compiled = self.gold.relations[relation]["compiled"]
        text = sql if sql is not None else render(parse(compiled, self.pinned_now))
        self._connection.execute(f"drop view {quote_relation(relation)}")
        self._connection.execute(f"create table {quote_relation(relation)} as {at(text, self.pinned_now)}")

    def _load(self, relation: str) -> None:
        path = self.gold.folder / f"{relation}.parquet"
        if relation in self._loaded or not path.is_file():
            return
        schema, _, _ = relation.partition(".")
        self._connection.execute(
            f"create schema if not exists {quote(schema)}; "
            f"create table {_RIGHT}.{quote(relation)} as {readable(self._connection, path)}; "
            f"create view {quote_relation(relation)} as from {_RIGHT}.{quote(relation)}"
        )
        self._loaded.add(relation)
