"""Gold of one run in an in-memory DuckDB, in which one model at a time is replaced and what follows is built again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import duckdb

from benchmark.duckdb_sql import quote, quote_relation
from benchmark.tables import TableSpec
from benchmark.time_limit import time_limit
from evaluators.compare.relations import one_line
from evaluators.compare.tables import tables_match
from evaluators.pipeline.gold import Gold
from evaluators.proof.loaded_gold import GOLD, LoadedGold, give_back, take_loaded
from evaluators.proof.sql_trees import at, parse, render
from runtime.parquet_types import readable

TIME_LIMIT_SECONDS = 120.0
"""Time of one query; a mutant that takes longer, or more memory than there is, is rejected."""
_EXACT = re.compile(
    r"BOOLEAN|U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,\d+\)|VARCHAR|DATE|TIMESTAMP(?: WITH TIME ZONE)?"
)
"""Types whose values match only where they are the same (docs/equality.md), and then have one hash."""
_STILLBORN = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)


class Watch(NamedTuple):
    """What some tasks score of a table."""

    spec: TableSpec
    tasks: frozenset[str]


def watch_tables(scored: Mapping[str, Mapping[str, TableSpec]]) -> dict[str, tuple[Watch, ...]]:
    """Which tasks score a table alike.

    Args:
        scored: Task -> its scored tables.

    Returns:
        Table -> one watch for each way of scoring it.
    """
    found: dict[str, list[Watch]] = {}
    for task, tables in scored.items():
        for table, spec in tables.items():
            watches = found.setdefault(table, [])
            alike = next((place for place, watch in enumerate(watches) if watch.spec == spec), None)
            if alike is None:
                watches.append(Watch(spec, frozenset({task})))
            else:
                watches[alike] = Watch(spec, watches[alike].tasks | {task})
    return {table: tuple(watches) for table, watches in found.items()}


class MutantOutcome(NamedTuple):
    """What became of one version of a model on one run's data, for one task."""

    verdict: str
    """`rejected`, `accepted`, `stillborn` (no SQL that runs at all), or `unknown`: what follows needs dbt."""
    table: str = ""
    """The scored table that differs."""
    reason: str = ""


Outcomes = dict[str, MutantOutcome]
"""Task -> what became of a version for it."""


class GoldDatabase:
    """The tables of one gold run, twice: as they are, and as a mutant changes them; loaded as they are needed.

    Use it as a context manager.
    """

    def __init__(
        self,
        gold: Gold,
        pinned_now: str,
        watches: Mapping[str, Sequence[Watch]],
        known: Mapping[str, TableSpec],
        n_runs: int,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            gold: Gold of the run.
            pinned_now: The run's instant, as it stands in compiled SQL.
            watches: What tasks score.
            known: Specs of tables that need not be scored; their keys make comparisons quick.
            n_runs: Runs before and with this one; from the second on incremental models need dbt.
        """
        self.pinned_now = pinned_now
        self.relations = gold.relations
        self.watches = watches
        self._known = known
        self._n_runs = n_runs
        self._order = _downstream_order(gold.lineage)
        self._replaced: set[str] = set()
        """Relations that are tables in the open transaction; others are views of gold."""
        self._around: dict[str, frozenset[str]] = {}
        self._gold = gold
        self._files = [path.name.removesuffix(".parquet") for path in sorted(gold.folder.glob("*.parquet"))]
        self._loaded: LoadedGold | None = None

    @property
    def loaded(self) -> LoadedGold:
        """The database, opened when it is first asked for; another one of the same gold may use it, too."""
        if self._loaded is None:
            self._loaded = take_loaded(self._gold.folder)
        return self._loaded

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """To the database."""
        return self.loaded.connection

    def _load(self, relations: Iterable[str]) -> None:
        """Load gold of these relations, as far as it is there and was not; outside of a transaction."""
        for relation in sorted(set(relations) - self.loaded.columns.keys()):
            path = self._gold.folder / f"{relation}.parquet"
            if not path.is_file():
                continue
            connection = self.connection
            connection.execute(
                f"CREATE SCHEMA IF NOT EXISTS {quote(relation.partition('.')[0])}; "
                f"CREATE TABLE {GOLD}.{quote(relation)} AS {readable(connection, path)}; "
                f"CREATE VIEW {quote_relation(relation)} AS FROM {GOLD}.{quote(relation)}"
            )
            described = connection.execute(f"DESCRIBE {GOLD}.{quote(relation)}").fetchall()
            self.loaded.columns[relation] = {str(row[0]): str(row[1]) for row in described}

    def _load_around(self, relation: str) -> None:
        """Load what is needed to replace a model and to build what follows."""
        self._load(self.around(relation))

    def around(self, relation: str) -> frozenset[str]:
        """A model, all that is built from it, and all tables whose names stand in their SQL."""
        if relation not in self._around:
            built = [relation, *self._order.get(relation, ())]
            nodes = [self.relations[name] for name in built if name in self.relations]
            text = "\n".join(str(node["compiled"]).lower() for node in nodes if node.get("compiled"))
            named = {name for name in self._files if name.partition(".")[2].lower() in text}
            parents = {parent for node in nodes for parent in node["parents"]}
            self._around[relation] = frozenset({*built, *named, *parents})
        return self._around[relation]

    def __enter__(self) -> GoldDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loaded is not None:
            give_back(self._gold.folder, is_whole=error is None)
            self._loaded = None

    def columns(self, relation: str) -> dict[str, str]:
        """Column -> type of a gold table, in its order; empty where there is none."""
        self._load([relation])
        return self.loaded.columns.get(relation, {})

    def needs_dbt(self, relation: str) -> bool:
        """Whether a model is more than its query in this run."""
        node = self.relations[relation]
        if not node.get("compiled") or node["type"] == "snapshot":
            return True
        return node["type"] not in ("view", "table") and not (node["type"] == "incremental" and self._n_runs == 1)

    def has_unique_rows(self, relation: str) -> bool:
        """Whether no two rows of a gold table are equal."""
        self._load([relation])
        name = f"{GOLD}.{quote(relation)}"
        row = self.connection.execute(
            f"SELECT (SELECT count(*) FROM {name}) = (SELECT count(*) FROM (SELECT DISTINCT * FROM {name}))"
        ).fetchone()
        return bool(row and row[0])

    def try_sql(self, relation: str, sql: str, tasks: Collection[str], *, is_reversed: bool = False) -> Outcomes:
        """Replace a model by other SQL (with the clock taken out) and see for which tasks a scored table notices.

        Args:
            relation: The model.
            sql: DuckDB SQL; its columns may come in any order.
            tasks: Those that ask.
            is_reversed: Whether the tables that the model reads have their rows the other way round.
        """
        return self._try(relation, f"({at(sql, self.pinned_now)})", tasks, is_reversed=is_reversed)

    def try_reversed(self, relation: str, tasks: Collection[str]) -> Outcomes:
        """Run a model of the solution on tables whose rows stand the other way round."""
        return self.try_sql(relation, self._own_sql(relation), tasks, is_reversed=True)

    def try_file(self, relation: str, path: Path, tasks: Collection[str]) -> Outcomes:
        """The same with a Parquet file in place of the model's table."""
        return self._try(relation, f"({readable(self.connection, path)})", tasks)

    def _try(self, relation: str, source: str, tasks: Collection[str], *, is_reversed: bool = False) -> Outcomes:
        self._load_around(relation)
        self._begin()
        try:
            with time_limit(self.connection, TIME_LIMIT_SECONDS):
                if is_reversed:
                    self._reverse(self.relations[relation]["parents"])
                try:
                    self._replace(relation, source)
                except _STILLBORN as error:
                    return dict.fromkeys(tasks, MutantOutcome("stillborn", reason=one_line(error)))
                except duckdb.Error as error:
                    self._restart()
                    rejected = MutantOutcome("rejected", relation, f"does not run: {one_line(error)}")
                    return dict.fromkeys(tasks, rejected)
                return self._follow(relation, tasks)
        finally:
            self.connection.execute("ROLLBACK")

    def compare_files(self, folder: Path, tasks: Collection[str]) -> Outcomes:
        """Compare tables that were built, one Parquet file each, with gold, as far as they are scored."""
        files = {path.name.removesuffix(".parquet"): path for path in sorted(folder.glob("*.parquet"))}
        self._load(files.keys() & self.watches.keys())
        found: Outcomes = {}
        self._begin()
        try:
            with time_limit(self.connection, TIME_LIMIT_SECONDS):
                for relation, path in files.items():
                    if relation in self.watches:
                        self._replace(relation, f"({readable(self.connection, path)})")
                        found |= self._notice(relation, set(tasks) - found.keys())
        finally:
            self.connection.execute("ROLLBACK")
        return dict.fromkeys(tasks, MutantOutcome("accepted")) | found

    def below_in_order(self, relation: str) -> tuple[str, ...]:
        """Everything that is built from a relation, upstream first."""
        return self._order.get(relation, ())

    def below(self, relation: str) -> dict[str, str]:
        """Models between this one and a scored table, and those tables: relation -> dbt's name, upstream first."""
        needed = self._order.get(relation, ())
        return {name: name.partition(".")[2] for name in needed if self.relations.get(name, {}).get("type")}

    def _follow(self, relation: str, tasks: Collection[str]) -> Outcomes:
        """Compare a replaced model, and build again what reads it as far as anything changes."""
        found: Outcomes = {}
        changed, is_unknown = {relation}, False
        for name in [relation, *self._order.get(relation, ())]:
            waiting = set(tasks) - found.keys()
            if not waiting:
                return found
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
                    return found | dict.fromkeys(
                        waiting, MutantOutcome("rejected", name, f"does not run: {one_line(error)}")
                    )
            is_equal = self._is_equal(name)
            if not is_equal:
                found |= self._notice(name, waiting, is_different=is_equal is False)
                if waiting <= found.keys():
                    return found
                if is_equal is False or not self._is_unchanged(name):
                    changed.add(name)
                    continue
            changed.discard(name)
            if name == relation:
                break
        return dict.fromkeys(tasks, MutantOutcome("unknown" if is_unknown else "accepted")) | found

    def _notice(self, relation: str, tasks: Collection[str], *, is_different: bool = False) -> Outcomes:
        """Tasks that score the table as it now is as a mismatch.

        Args:
            relation: The table.
            tasks: Those that ask.
            is_different: Whether its rows are known to differ from gold's, in columns that compare exactly.
        """
        found: Outcomes = {}
        for watch in self.watches.get(relation, ()):
            asking = watch.tasks & set(tasks)
            is_told = is_different and not watch.spec.tolerance and self._has_all_columns(relation, watch.spec)
            if asking and (is_told or not self._matches(relation, watch.spec)):
                found |= dict.fromkeys(asking, MutantOutcome("rejected", relation, "differs"))
        return found

    def _matches(self, relation: str, spec: TableSpec) -> bool:
        """Whether the table as it now is matches gold."""
        return tables_match(
            self.connection,
            f"{GOLD}.{quote(relation)}",
            quote_relation(relation),
            key=spec.key,
            columns=spec.columns,
            options=spec.tolerance,
            strict=spec.strict,
        )

    def _is_equal(self, relation: str) -> bool | None:
        """Whether a table has gold's columns in their types and equal rows.

        Returns:
            None = that does not say whether the tables match: types differ, or values that may differ a little.
        """
        columns = self.columns(relation)
        described = self.connection.execute(f"DESCRIBE {quote_relation(relation)}").fetchall()
        own = {str(row[0]): str(row[1]) for row in described}
        if not columns or any(own.get(name) != kind for name, kind in columns.items()):
            return None
        if len(own) > len(columns) and any(watch.spec.strict for watch in self.watches.get(relation, ())):
            return None
        row = f"hash({', '.join(quote(name) for name in columns)})"
        checksum = f"SELECT count(*), sum({row}), bit_xor({row}) FROM "
        if relation not in self.loaded.checksums:
            self.loaded.checksums[relation] = self.connection.execute(f"{checksum}{GOLD}.{quote(relation)}").fetchone()
        if self.connection.execute(checksum + quote_relation(relation)).fetchone() == self.loaded.checksums[relation]:
            return True
        return False if all(map(_EXACT.fullmatch, columns.values())) else None

    def _has_all_columns(self, relation: str, spec: TableSpec) -> bool:
        """Whether every column of gold is scored."""
        return {name.lower() for name in self.columns(relation)} <= {name.lower() for name in spec.columns}

    def _is_unchanged(self, relation: str) -> bool:
        """Whether a table is gold's in every column that gold has."""
        columns = tuple(self.columns(relation))
        if not columns:
            return False
        spec = self._known.get(relation)
        key = tuple(name for name in spec.key if name in columns) if spec else ()
        whole = TableSpec(stage="marts", key=key, columns=columns)
        return self._matches(relation, whole)

    def _replace(self, relation: str, source: str) -> None:
        name = quote_relation(relation)
        if relation in self.loaded.columns and relation not in self._replaced:
            self.connection.execute(f"DROP VIEW {name}")
            self._replaced.add(relation)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM {source}")

    def _reverse(self, relations: Iterable[str]) -> None:
        for relation in relations:
            if relation in self.loaded.columns:
                self._replace(relation, f"(FROM {GOLD}.{quote(relation)} ORDER BY rowid DESC)")

    def _own_sql(self, relation: str) -> str:
        return at(_rendered(self.relations[relation]["compiled"], self.pinned_now), self.pinned_now)

    def _restart(self) -> None:
        """A query that failed has ended the transaction; `try_sql` rolls the next one back."""
        self.connection.execute("ROLLBACK")
        self._begin()

    def _begin(self) -> None:
        """Begin a transaction, in which all relations are gold's."""
        self.connection.execute("BEGIN")
        self._replaced.clear()


@lru_cache(maxsize=2_000)
def _rendered(compiled: str, pinned_now: str) -> str:
    """A model's SQL as mutants have it; the same model is built below many others."""
    return render(parse(compiled, pinned_now))


def _downstream_order(lineage: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Relation -> everything that is built from it, upstream first."""
    from graphlib import TopologicalSorter

    order = list(TopologicalSorter({k: sorted(v) for k, v in sorted(lineage.items())}).static_order())
    places = {name: place for place, name in enumerate(order)}
    below: dict[str, set[str]] = {name: set() for name in order}
    for name in reversed(order):
        for parent in lineage.get(name, ()):
            below[parent] |= {name, *below[name]}
    return {name: tuple(sorted(below[name], key=places.__getitem__)) for name in order}
