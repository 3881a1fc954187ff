"""A small shop whose pipeline tests build end to end and again on gold, with real dbt; rows come without a load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Semaphore
from typing import Any

import duckdb

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import StepResult, Verdict
from benchmark.tables import TableSpec
from evaluators.pipeline.rebuilds import Rebuilds, ScenarioRuns, gold_runs_of
from evaluators.pipeline.runner import PipelineChain
from evaluators.pipeline.workspace_copies import MAX_COPIED_BYTES, WorkspaceCopies
from evaluators.scenarios import Runs, Scenario, days, get_scenario
from evaluators.scoring.components import ComponentCase, Place, Rebuild, Replaced, settle_components
from evaluators.scoring.scores import upstream_tables
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime
from runtime.interface import Runtime

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodels: {shop: {+schema: marts}}\n"
    "seeds: {shop: {+schema: marts}}\nsnapshots: {shop: {+schema: marts}}\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: '{{ env_var(\"WAREHOUSE_PATH\") }}'}}}\n",
    "macros/schema.sql": "{% macro generate_schema_name(name, node) %}{{ name or 'marts' }}{% endmacro %}",
    "models/_sources.yml": "sources: [{name: raw, schema: raw_shop, tables: [{name: orders}]}]\n",
    "models/stg.sql": "{{ config(materialized='view') }} "
    "select id, customer, total, day, placed_at from {{ source('raw', 'orders') }}",
    "models/mid.sql": "{{ config(materialized='table') }} "
    "select id, customer, total * 2 as twice, day, placed_at from {{ ref('stg') }}",
    "models/mart.sql": "{{ config(materialized='table') }} "
    "select customer, sum(twice) as total, count(*) as n from {{ ref('mid') }} group by 1",
}
TABLES = {
    "raw_shop.orders": TableSpec(stage="raw", columns=("id", "customer", "total", "day", "placed_at"), key=("id",)),
    "marts.stg": TableSpec(stage="staging", columns=("id", "customer", "total", "day", "placed_at"), key=("id",)),
    "marts.mid": TableSpec(stage="intermediate", columns=("id", "twice", "day", "placed_at"), key=("id",)),
    "marts.mart": TableSpec(stage="marts", columns=("customer", "total", "n"), key=("customer",)),
}
ORDERS = """
create schema if not exists raw_shop;
create or replace table raw_shop.orders as
select
    i as id, 'c' || (i % 3) as customer, i * 10 + {day} as total, {day} as day,
    timestamp '2013-03-13 20:30:00' + to_hours(i) as placed_at
from range({n}) t(i)
"""

Files = Mapping[str, str]


class ShopChain(PipelineChain):
    """A chain whose load writes the orders of the day itself."""

    def load(self, folder: Path, runs: Runs, connections: Sequence[str] | None = None) -> StepResult:
        assert connections is None
        day = runs[-1].day
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            connection.execute(ORDERS.format(day=day, n=8 + day))
        return StepResult(name=f"load on day {day}", status="ok")


class Golds:
    """Right pipelines and their tables, each built once for all tests that ask for it: nobody changes them."""

    def __init__(self, servers: ForkRuntime, folder: Path) -> None:
        self._servers, self._folder = servers, folder
        self._chains: dict[tuple[tuple[str, str], ...], tuple[Path, ShopChain]] = {}

    def chain(self, files: Files) -> ShopChain:
        """The chain of a right project."""
        return self._made(files)[1]

    def tables(self, files: Files, runs: Runs) -> Path:
        """Folder of a right project's tables after some runs."""
        folder, chain = self._made(files)
        state = chain.state(runs)
        assert all(step.status == "ok" for step in state.steps), state.steps
        tables = folder / f"gold-tables-{'-'.join(str(run.day) for run in runs)}"
        if not tables.exists():
            assert chain.export(state, [], tables) == {}
        return tables

    def _made(self, files: Files) -> tuple[Path, ShopChain]:
        key = tuple(sorted(files.items()))
        if key not in self._chains:
            folder = self._folder / f"gold-{len(self._chains)}"
            self._chains[key] = folder, _chain(folder, files, self._servers, None)
        return self._chains[key]


def _chain(folder: Path, files: Files, runtime: Runtime, copies: WorkspaceCopies | None) -> ShopChain:
    project = folder / "project"
    for path, text in files.items():
        if text:
            (project / "dbt" / path).parent.mkdir(parents=True, exist_ok=True)
            (project / "dbt" / path).write_text(text)
    world = get_task("flights_feeds").world
    timer = lambda *_: None  # noqa: E731
    return ShopChain(
        project, world, Dials(0, 14, 1), runtime, folder, folder / "logs", timer, keeps_loads=True, copies=copies
    )


class Shop:
    """Builds projects in some scenarios and settles their component verdicts."""

    def __init__(
        self,
        golds: Golds,
        runtime: Runtime,
        folder: Path,
        tables: Mapping[str, TableSpec] = TABLES,
        max_bytes: int = MAX_COPIED_BYTES,
    ) -> None:
        self.golds, self.folder, self.tables = golds, folder, tables
        self.runtime = runtime
        """Where the submission runs."""
        self.copies = WorkspaceCopies(max_bytes)
        self.slots = Semaphore(2)
        self.rows: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        """Scenario and table -> rows of the last rebuild."""
        self.rebuilt: list[tuple[str, Replaced]] = []
        """Scenario and replaced tables of each rebuild; those of one round in any order."""

    def chain(self, files: Files) -> ShopChain:
        return _chain(self.folder / "submission", files, self.runtime, self.copies)

    def components(
        self, gold_files: Files, files: Files, scenarios: tuple[str, ...] = ("visible",)
    ) -> tuple[dict[str, dict[str, Verdict]], dict[str, dict[str, Verdict]]]:
        """Verdicts end to end and alone: scenario -> table -> verdict."""
        right = PROJECT | dict(gold_files)
        gold_chain, chain = self.golds.chain(right), self.chain(PROJECT | dict(files))
        chosen = [get_scenario(name) for name in scenarios]
        golds = {runs: self.golds.tables(right, runs) for s in chosen for runs in gold_runs_of(s)}
        lineage = upstream_tables({n: v["parents"] for n, v in gold_chain.state(days(1)).relations.items()})
        cases, runs = [], {}
        for scenario in chosen:
            own = self.folder / f"own-{scenario.name}"
            verdicts = self._end_to_end(chain, scenario, golds[scenario.gold_runs], own)
            state = chain.state(scenario.runs)
            wrong = {n for n, v in verdicts.items() if not v.is_match and not n.startswith("raw_")}
            cases.append(
                ComponentCase(
                    name=scenario.name,
                    verdicts=verdicts,
                    upstream={n: lineage.get(n, frozenset()) & self.tables.keys() for n in self.tables},
                    skipped=wrong if state.steps[-1].status != "ok" else (),
                )
            )
            runs[scenario.name] = ScenarioRuns(chain, scenario, golds, own)
        settle_components(cases, lambda place: self._open(place, runs))
        return {c.name: dict(c.verdicts) for c in cases}, {c.name: c.settled for c in cases}

    def _end_to_end(self, chain: ShopChain, scenario: Scenario, gold: Path, own: Path) -> dict[str, Verdict]:
        unreadable = chain.export(chain.state(scenario.runs), list(self.tables), own)
        return judge_tables(gold, own, self.tables, unreadable)

    @contextmanager
    def _open(self, place: Place, runs: Mapping[str, ScenarioRuns]) -> Iterator[Rebuild]:
        folder, logs = self.folder / f"rebuild-{place.number}", self.folder / "logs"
        tables = {name: self.tables[name] for name in sorted(place.replaced)}
        with Rebuilds(folder, logs, self.runtime, lambda *_: None, tables, self.copies, self.slots) as rebuilds:

            def rebuild(case: ComponentCase, wanted: frozenset[str]) -> dict[str, Verdict]:
                self.rebuilt.append((case.name, place.replaced))
                found = runs[case.name]
                output = folder / f"tables-{case.name}"
                unreadable = rebuilds.export(found, wanted, output)
                for file in output.glob("*.parquet"):
                    self.rows[case.name, file.stem] = duckdb.sql(f"from '{file}'").fetchall()
                gold = found.gold_dirs[found.scenario.gold_runs]
                return judge_tables(gold, output, {name: self.tables[name] for name in wanted}, unreadable)

            yield rebuild


def wrong(verdicts: Mapping[str, Verdict]) -> set[str]:
    """Tables that do not match."""
    return {name for name, verdict in verdicts.items() if not verdict.is_match}
