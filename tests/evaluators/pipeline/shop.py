"""A small shop whose pipeline tests build end to end and again on gold, with real dbt; rows come without a load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
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
from evaluators.scoring.components import ComponentCase, Rebuild, Replaced, settle_components
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


class Shop:
    """Builds projects in some scenarios and settles their component verdicts."""

    def __init__(
        self,
        servers: ForkRuntime,
        folder: Path,
        tables: Mapping[str, TableSpec] = TABLES,
        runtime: Runtime | None = None,
        max_bytes: int = MAX_COPIED_BYTES,
    ) -> None:
        self.servers, self.folder, self.tables = servers, folder, tables
        self.runtime: Runtime = runtime or servers
        """Where the submission runs."""
        self.copies = WorkspaceCopies(max_bytes)
        self.rows: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        """Scenario and table -> rows of the last rebuild."""
        self.rebuilt: list[tuple[str, Replaced]] = []
        """Scenario and replaced tables of each rebuild."""

    def chain(self, name: str, files: Files) -> ShopChain:
        project = self.folder / name / "project"
        for path, text in files.items():
            if text:
                (project / "dbt" / path).parent.mkdir(parents=True, exist_ok=True)
                (project / "dbt" / path).write_text(text)
        world = get_task("flights_feeds").world
        folder, logs = self.folder / name, self.folder / name / "logs"
        timer = lambda *_: None  # noqa: E731
        runtime = self.servers if name == "gold" else self.runtime
        copies = None if name == "gold" else self.copies
        return ShopChain(project, world, Dials(0, 14, 1), runtime, folder, logs, timer, keeps_loads=True, copies=copies)

    def components(
        self, gold_files: Files, files: Files, scenarios: tuple[str, ...] = ("visible",)
    ) -> tuple[dict[str, dict[str, Verdict]], dict[str, dict[str, Verdict]]]:
        """Verdicts end to end and alone: scenario -> table -> verdict."""
        gold_chain, chain = (
            self.chain("gold", PROJECT | dict(gold_files)),
            self.chain("submission", PROJECT | dict(files)),
        )
        chosen = [get_scenario(name) for name in scenarios]
        golds = {runs: self._gold(gold_chain, runs) for s in chosen for runs in gold_runs_of(s)}
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
        settle_components(cases, lambda replaced: self._open(replaced, runs))
        return {c.name: dict(c.verdicts) for c in cases}, {c.name: c.settled for c in cases}

    def _gold(self, chain: ShopChain, runs: Runs) -> Path:
        state = chain.state(runs)
        assert all(step.status == "ok" for step in state.steps), state.steps
        folder = self.folder / f"gold-tables-{'-'.join(str(run.day) for run in runs)}"
        if not folder.exists():
            assert chain.export(state, [], folder) == {}
        return folder

    def _end_to_end(self, chain: ShopChain, scenario: Scenario, gold: Path, own: Path) -> dict[str, Verdict]:
        unreadable = chain.export(chain.state(scenario.runs), list(self.tables), own)
        return judge_tables(gold, own, self.tables, unreadable)

    @contextmanager
    def _open(self, replaced: Replaced, runs: Mapping[str, ScenarioRuns]) -> Iterator[Rebuild]:
        folder = self.folder / f"rebuild-{len(self.rebuilt)}"
        tables = {name: self.tables[name] for name in sorted(replaced)}
        with Rebuilds(folder, self.folder / "logs", self.runtime, lambda *_: None, tables, self.copies) as rebuilds:

            def rebuild(case: ComponentCase, wanted: frozenset[str]) -> dict[str, Verdict]:
                self.rebuilt.append((case.name, replaced))
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
