"""Gold of one run in an in-memory DuckDB, in which one model at a time is replaced and what follows is built again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import duckdb
from sqlglot import exp

from benchmark.duckdb_sql import quote
from benchmark.scorecard import Verdict
from benchmark.tables import TableSpec
from benchmark.time_limit import time_limit
from evaluators.compare.relations import one_line
from evaluators.compare.tables import compare_tables
from evaluators.pipeline.gold import Gold
from evaluators.proof.sql_trees import at, parse, render
from runtime.jobs.export import quote_relation
from runtime.parquet_types import readable

TIME_LIMIT_SECONDS = 120.0
"""Time of one query; a mutant that takes longer, or more memory than there is, is rejected."""
MEMORY_LIMIT = "3GB"
_GOLD = "gold_of_run"
_STILLBORN = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)


class MutantOutcome(NamedTuple):
    """What became of one version of a model on one run's data."""

    verdict: str
    """`rejected`, `accepted`, `stillborn` (no SQL that runs at all), or `unknown`: what follows needs dbt."""
    table: str = ""
    """The scored table that differs."""
    reason: str = ""


class GoldDatabase:
    """The tables of one gold run, twice: as they are, and as a mutant changes them.

    Use it as a context manager.
    """

    def __init__(
        self, gold: Gold, pinned_now: str, scored: Mapping[str, TableSpec], known: Mapping[str, TableSpec], n_runs: int
    ) -> None:
        """Nothing is loaded yet.

        Args:
            gold: Gold of the run.
            pinned_now: The run's instant, as it stands in compiled SQL.
            scored: The task's scored tables.
            known: Specs of tables that need not be scored; their keys make comparisons quick.
            n_runs: Runs before and with this one; from the second on incremental models need dbt.
        """
        self.pinned_now = pinned_now
        self.relations = gold.relations
        self.scored = scored
        self._known = known
        self._n_runs = n_runs
        self._order = _downstream_order(gold.lineage)
        self._rendered: dict[str, str] = {}
        self._checksums: dict[str, tuple[object, ...] | None] = {}
        self._columns: dict[str, dict[str, str]] = {}
        self._gold = gold
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The database, loaded when it is first asked for."""
        if self._connection is None:
            self._connection = self._load()
        return self._connection

    def _load(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={"threads": 1})  # the order of ties must not depend on threads
        connection.execute(
            f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_LIMIT}'; SET python_enable_replacements = false; "
            f"CREATE SCHEMA {_GOLD}"
        )
        for path in sorted(self._gold.folder.glob("*.parquet")):
            relation = path.name.removesuffix(".parquet")
            schema = quote(relation.partition(".")[0])
            connection.execute(
                f"CREATE SCHEMA IF NOT EXISTS {schema}; "
                f"CREATE TABLE {_GOLD}.{quote(relation)} AS {readable(connection, path)}; "
                f"CREATE VIEW {quote_relation(relation)} AS FROM {_GOLD}.{quote(relation)}"
            )
            described = connection.execute(f"DESCRIBE {_GOLD}.{quote(relation)}").fetchall()
            self._columns[relation] = {str(row[0]): str(row[1]) for row in described}
        return connection

    def __enter__(self) -> GoldDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    def columns(self, relation: str) -> dict[str, str]:
        """Column -> type of a gold table, in its order; empty where there is none."""
        assert self.connection
        return self._columns.get(relation, {})

    def needs_dbt(self, relation: str) -> bool:
        """Whether a model is more than its query in this run."""
        node = self.relations[relation]
        if not node.get("compiled") or node["type"] == "snapshot":
            return True
        return node["type"] not in ("view", "table") and not (node["type"] == "incremental" and self._n_runs == 1)

    def has_unique_rows(self, relation: str) -> bool:
        """Whether no two rows of a gold table are equal."""
        name = f"{_GOLD}.{quote(relation)}"
        row = self.connection.execute(
            f"SELECT (SELECT count(*) FROM {name}) = (SELECT count(*) FROM (SELECT DISTINCT * FROM {name}))"
        ).fetchone()
        return bool(row and row[0])

    def try_sql(self, relation: str, sql: str, *, is_reversed: bool = False) -> MutantOutcome:
        """Replace a model by other SQL (with the clock taken out) and see whether a scored table notices.

        Args:
            relation: The model.
            sql: DuckDB SQL; its columns may come in any order.
            is_reversed: Whether the tables that the model reads have their rows the other way round.
        """
        self.connection.execute("BEGIN")
        try:
            with time_limit(self.connection, TIME_LIMIT_SECONDS):
                if is_reversed:
                    self._reverse(self.relations[relation]["parents"])
                return self._try(relation, f"({at(sql, self.pinned_now)})")
        finally:
            self.connection.execute("ROLLBACK")

    def try_reversed(self, relation: str) -> MutantOutcome:
        """Run a model of the solution on tables whose rows stand the other way round."""
        return self.try_sql(relation, render(self._tree(relation)), is_reversed=True)

    def is_steady(self, relation: str) -> bool:
        """Whether a model of the solution gives the same, whatever way round the rows are that it reads."""
        return self.try_reversed(relation).verdict == "accepted"

    def try_file(self, relation: str, path: str) -> MutantOutcome:
        """The same with a Parquet file in place of the model's table."""
        self.connection.execute("BEGIN")
        try:
            with time_limit(self.connection, TIME_LIMIT_SECONDS):
                return self._try(relation, f"({readable(self.connection, Path(path))})")
        finally:
            self.connection.execute("ROLLBACK")

    def compare_files(self, folder: Path) -> MutantOutcome:
        """Compare tables that were built, one Parquet file each, with gold, as far as they are scored."""
        self.connection.execute("BEGIN")
        try:
            with time_limit(self.connection, TIME_LIMIT_SECONDS):
                for path in sorted(folder.glob("*.parquet")):
                    relation = path.name.removesuffix(".parquet")
                    if relation not in self.scored:
                        continue
                    self._replace(relation, f"({readable(self.connection, path)})")
                    if not (verdict := self.compare(relation, self.scored[relation])).is_match:
                        return MutantOutcome("rejected", relation, verdict.kind)
        finally:
            self.connection.execute("ROLLBACK")
        return MutantOutcome("accepted")

    def below(self, relation: str) -> dict[str, str]:
        """Models between this one and a scored table, and those tables: relation -> dbt's name, upstream first."""
        needed = self._order.get(relation, ())
        return {name: name.partition(".")[2] for name in needed if self.relations.get(name, {}).get("type")}

    def _try(self, relation: str, source: str) -> MutantOutcome:
        try:
            self._replace(relation, source)
        except _STILLBORN as error:
            return MutantOutcome("stillborn", reason=one_line(error))
        except duckdb.Error as error:
            self._restart()
            return MutantOutcome("rejected", relation, f"does not run: {one_line(error)}")
        return self._follow(relation)

    def _follow(self, relation: str) -> MutantOutcome:
        """Compare a replaced model, and build again what reads it as far as anything changes."""
        changed, is_unknown = {relation}, False
        for name in [relation, *self._order.get(relation, ())]:
            if name != relation:
                if not changed & set(self.relations[name]["parents"]):
                    continue
                if self.needs_dbt(name):
                    is_unknown = True
                    continue
                try:
                    self._replace(name, f"({self._own_sql(name)})")
                except duckdb.Error as error:
                    self._restart()
                    return MutantOutcome("rejected", name, f"does not run: {one_line(error)}")
            if self._is_identical(name):
                changed.discard(name)
                if name == relation:
                    return MutantOutcome("accepted")
                continue
            if name in self.scored and not (verdict := self.compare(name, self.scored[name])).is_match:
                return MutantOutcome("rejected", name, verdict.kind)
            if self._is_unchanged(name):
                changed.discard(name)
                if name == relation:
                    return MutantOutcome("accepted")
            else:
                changed.add(name)
        return MutantOutcome("unknown" if is_unknown else "accepted")

    def compare(self, relation: str, spec: TableSpec) -> Verdict:
        """The table as it now is against gold."""
        return compare_tables(
            self.connection,
            f"{_GOLD}.{quote(relation)}",
            quote_relation(relation),
            key=spec.key,
            columns=spec.columns,
            options=spec.tolerance,
            strict=spec.strict,
        )

    def _is_identical(self, relation: str) -> bool:
        """Whether a table has gold's columns in their types and equal rows: a quick yes, or no answer."""
        columns = self.columns(relation)
        described = self.connection.execute(f"DESCRIBE {quote_relation(relation)}").fetchall()
        own = {str(row[0]): str(row[1]) for row in described}
        if not columns or any(own.get(name) != kind for name, kind in columns.items()):
            return False
        if relation in self.scored and self.scored[relation].strict and len(own) > len(columns):
            return False
        row = f"hash({', '.join(quote(name) for name in columns)})"
        checksum = f"SELECT count(*), sum({row}), bit_xor({row}) FROM "
        if relation not in self._checksums:
            self._checksums[relation] = self.connection.execute(f"{checksum}{_GOLD}.{quote(relation)}").fetchone()
        return self.connection.execute(checksum + quote_relation(relation)).fetchone() == self._checksums[relation]

    def _is_unchanged(self, relation: str) -> bool:
        """Whether a table is gold's in every column that gold has."""
        columns = tuple(self.columns(relation))
        if not columns:
            return False
        spec = self._known.get(relation)
        key = tuple(name for name in spec.key if name in columns) if spec else ()
        whole = TableSpec(stage="marts", key=key, columns=columns)
        return self.compare(relation, whole).is_match

    def _replace(self, relation: str, source: str) -> None:
        name = quote_relation(relation)
        exists = self.connection.execute(
            "SELECT count(*) FROM duckdb_views() WHERE schema_name || '.' || view_name = ?", [relation]
        ).fetchone()
        if exists and exists[0]:
            self.connection.execute(f"DROP VIEW {name}")
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM {source}")

    def _reverse(self, relations: Iterable[str]) -> None:
        for relation in relations:
            if relation in self._columns:
                self._replace(relation, f"(FROM {_GOLD}.{quote(relation)} ORDER BY rowid DESC)")

    def _own_sql(self, relation: str) -> str:
        if relation not in self._rendered:
            self._rendered[relation] = at(render(self._tree(relation)), self.pinned_now)
        return self._rendered[relation]

    def _tree(self, relation: str) -> exp.Expr:
        return parse(self.relations[relation]["compiled"], self.pinned_now)

    def _restart(self) -> None:
        """A query that failed has ended the transaction; `try_sql` rolls the next one back."""
        self.connection.execute("ROLLBACK")
        self.connection.execute("BEGIN")


def _downstream_order(lineage: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Relation -> everything that is built from it, upstream first."""
    from graphlib import TopologicalSorter

    order = list(TopologicalSorter({k: sorted(v) for k, v in sorted(lineage.items())}).static_order())
    found: dict[str, tuple[str, ...]] = {}
    for start in order:
        reached = {start}
        below = []
        for name in order:
            if reached & set(lineage.get(name, ())):
                reached.add(name)
                below.append(name)
        found[start] = tuple(below)
    return found
