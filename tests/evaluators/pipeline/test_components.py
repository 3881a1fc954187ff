"""The component score's tables: every kind of model alone on gold upstream, on a first run and a second one."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.tables import TableSpec
from evaluators.pipeline.runner import PipelineChain, PipelineState
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodels: {shop: {+schema: marts}}\n"
    "seeds: {shop: {+schema: marts}}\nsnapshots: {shop: {+schema: marts}}\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: '{{ env_var(\"WAREHOUSE_PATH\") }}'}}}\n",
    "macros/schema.sql": "{% macro generate_schema_name(name, node) %}{{ name or 'marts' }}{% endmacro %}",
    "models/_sources.yml": "sources: [{name: raw, schema: raw, tables: [{name: orders}]}]\n",
    "models/a_view.sql": "{{ config(materialized='view') }}\n"
    "select *, total * 2 as twice from {{ source('raw', 'orders') }}",
    "models/b_table.sql": "{{ config(materialized='table') }}\n"
    "select id, twice + 1 as more, day from {{ ref('a_view') }}",
    "models/c_ephemeral.sql": "{{ config(materialized='ephemeral') }}\n"
    "select id, more * 3 as most from {{ ref('b_table') }}",
    "models/d_reader.sql": "{{ config(materialized='view') }} select id, most from {{ ref('c_ephemeral') }}",
    "models/e_incremental.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, more, day from {{ ref('b_table') }}\n"
    "{% if is_incremental() %} where day > (select max(day) from {{ this }}) {% endif %}",
    "models/f_python.py": "def model(dbt, session):\n    dbt.config(materialized='table')\n"
    "    return dbt.ref('b_table').project('id, more + 5 as python_total')\n",
    "models/g_last.sql": "{{ config(materialized='table') }} select count(*) as n, sum(more) as total, "
    "max(rate) as rate from {{ ref('e_incremental') }}, {{ ref('h_seed') }}",
    "seeds/h_seed.csv": "code,rate\nx,3\ny,4\n",
    "snapshots/i_snapshot.sql": "{% snapshot i_snapshot %}\n"
    "{{ config(unique_key='id', strategy='check', check_cols=['total'], target_schema='marts') }}\n"
    "select id, total from {{ source('raw', 'orders') }}\n{% endsnapshot %}",
}
COLUMNS = {
    "a_view": ("id", "total", "day", "twice"),
    "b_table": ("id", "more", "day"),
    "d_reader": ("id", "most"),
    "e_incremental": ("id", "more", "day"),
    "f_python": ("id", "python_total"),
    "g_last": ("n", "total", "rate"),
    "h_seed": ("code", "rate"),
    "i_snapshot": ("id", "total", "dbt_valid_from", "dbt_valid_to"),
}
TABLES = {f"marts.{name}": TableSpec(stage="marts", columns=columns) for name, columns in COLUMNS.items()}
BREAKS = {
    "a_view": ("models/a_view.sql", "total * 2", "total * 3"),
    "b_table": ("models/b_table.sql", "twice + 1", "twice + 2"),
    "d_reader": (
        "models/c_ephemeral.sql",
        "more * 3",
        "more * 4",
    ),  # an ephemeral model is no table: its reader is wrong
    "e_incremental": ("models/e_incremental.sql", "select id, more", "select id, more - 1 as more"),
    "f_python": ("models/f_python.py", "more + 5", "more + 6"),
    "g_last": ("models/g_last.sql", "sum(more)", "min(more)"),
    "h_seed": ("seeds/h_seed.csv", "y,4", "y,5"),
    "i_snapshot": ("snapshots/i_snapshot.sql", "select id, total from", "select id, total + 1 as total from"),
}
ORDERS = (
    "create or replace table raw.orders as "
    "select i as id, i * 10 + {change} as total, {day} as day from range({n}) t(i)"
)


class Bench:
    """Builds a project on day 1 and then on day 2, and makes each model's component table."""

    def __init__(self, runtime: ForkRuntime, folder: Path) -> None:
        self.runtime, self.folder = runtime, folder
        world = get_task("flights_feeds").world
        self.chain = PipelineChain(folder, world, Dials(0, 14, 1), runtime, folder, folder / "logs", lambda *_: None)

    def build(self, name: str, changes: dict[str, str], day: int) -> PipelineState:
        """Day 2 is built on a copy of what day 1 left."""
        state = self.folder / f"{name}-{day}"
        if day == 2:
            shutil.copytree(self.folder / f"{name}-1", state)
        for path, text in (PROJECT | changes).items():
            (state / "dbt" / path).parent.mkdir(parents=True, exist_ok=True)
            (state / "dbt" / path).write_text(text)
        with duckdb.connect(str(state / "warehouse.duckdb")) as connection:
            connection.execute("create schema if not exists raw; " + ORDERS.format(n=4 + day, change=day, day=day))
        clock = self.chain.now_environment(day)
        arguments = {"warehouse": "../warehouse.duckdb", "now": clock["PINNED_NOW"]}
        environment = {"WAREHOUSE_PATH": "../warehouse.duckdb", **clock}
        log = self.folder / "build.log"
        child = self.runtime.run(
            ChildRequest("runtime.jobs.build:run", arguments, state / "dbt", log, environment=environment)
        )
        assert child.status == "ok", child.message
        assert child.value["is_success"], child.value
        return PipelineState(state, (), child.value["relations"], day)

    def gold(self, state: PipelineState) -> Path:
        folder = self.folder / f"gold-{state.n_runs}"
        assert set(self.chain.export(state, [], folder).values()) == {None}
        return folder

    def mismatches(self, state: PipelineState, gold: dict[int, Path]) -> set[str]:
        day = state.n_runs
        output = self.folder / f"components-{state.folder.name}"
        outcomes = self.chain.components(state, day, gold[day], gold.get(day - 1), list(TABLES), output)
        verdicts = judge_tables(gold[day], output, TABLES, outcomes)
        assert not list(self.folder.glob("*-components*")), "a workspace is left behind"
        return {name.removeprefix("marts.") for name, verdict in verdicts.items() if not verdict.is_match}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with ForkRuntime() as runtime:
        yield Bench(runtime, tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def gold(bench: Bench) -> dict[int, Path]:
    return {day: bench.gold(bench.build("gold", {}, day)) for day in (1, 2)}


def broken(model: str) -> dict[str, str]:
    path, old, new = BREAKS[model]
    assert old in PROJECT[path]
    return {path: PROJECT[path].replace(old, new)}


def test_the_solution_itself_has_every_component_right(bench: Bench, gold: dict[int, Path]) -> None:
    for day in (1, 2):
        assert bench.mismatches(bench.build("same", {}, day), gold) == set()


@pytest.mark.parametrize("model", sorted(BREAKS))
def test_a_wrong_model_of_each_kind_is_wrong_alone(bench: Bench, gold: dict[int, Path], model: str) -> None:
    first = bench.build(f"broken-{model}", broken(model), 1)
    assert bench.mismatches(first, gold) == {model}
    # On day 2 an incremental model is built upon gold of day 1: what it adds is wrong, and so is the table.
    assert bench.mismatches(bench.build(f"broken-{model}", broken(model), 2), gold) == {model}


def test_a_model_that_depends_on_a_wrong_one_of_its_own_is_right_on_gold(bench: Bench, gold: dict[int, Path]) -> None:
    """An upstream model that gold has under the same name is replaced by gold; one that it has not is run."""
    extra = {
        "models/b_table.sql": "{{ config(materialized='table') }} select id, more, day from {{ ref('own_step') }}",
        "models/own_step.sql": "select id, twice + 1 as more, day from {{ ref('a_view') }}",
        "models/a_view.sql": PROJECT["models/a_view.sql"].replace("* 2", "* 7"),
    }
    assert bench.mismatches(bench.build("renamed", extra, 1), gold) == {"a_view"}


@pytest.mark.parametrize(
    "query", ["from marts.g_last", "from '{gold}/marts.g_last.parquet'", "from '../gold/*.parquet'"]
)
def test_a_forged_manifest_does_not_reach_gold(bench: Bench, gold: dict[int, Path], query: str) -> None:
    state = bench.build(f"forged-{len(query)}", {}, 1)
    path = state.folder / "dbt" / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["nodes"]["model.shop.g_last"]["compiled_code"] = query.format(gold=gold[1])
    path.write_text(json.dumps(manifest))
    assert bench.mismatches(state, gold) == {"g_last"}


def test_a_manifest_that_is_a_link_is_not_followed(bench: Bench, gold: dict[int, Path]) -> None:
    state = bench.build("linked", {}, 1)
    path = state.folder / "dbt" / "target" / "manifest.json"
    path.rename(bench.folder / "elsewhere.json")
    path.symlink_to(bench.folder / "elsewhere.json")
    assert bench.mismatches(state, gold) == set(COLUMNS)
