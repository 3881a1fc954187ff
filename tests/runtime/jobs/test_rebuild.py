"""A build around tables of gold: everything below reads them, and raw tables come from another load."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.jobs.rebuild import _take_over_raw_tables
from tests.helpers.small_project import NOW, PROJECT


def warehouse(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def tables_of(path: Path) -> dict[str, list[Any]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        return {
            f"{schema}.{name}": connection.execute(f'from "{schema}"."{name}"').fetchall() for schema, name in names
        }


@pytest.mark.parametrize(
    "own",
    [
        "create table raw_shop.orders as select 1 as old, 2 as more",
        "create table raw_shop.gone as select 1 as old; create view main.v as from raw_shop.gone",
        "create view raw_shop.orders as select 1 as old",
        "create table raw_shop.base as select 1 as old; create view raw_shop.orders as from raw_shop.base",
        'create schema "RAW_Other"; create table "RAW_Other"."x""y" as select 1 as old',
    ],
    ids=["the same table", "one more with a view on it", "a view of the name", "a view on a raw table", "odd names"],
)
def test_raw_tables_are_those_of_the_other_load_and_no_more(tmp_path: Path, own: str) -> None:
    loaded = warehouse(
        tmp_path / "loaded.duckdb",
        "create schema raw_shop; create table raw_shop.orders as select 7 as id",
        'create schema "raw_sh""op"; create table "raw_sh""op"."a.b" as select 8 as id',
        "create schema marts; create table marts.m as select 'not taken' as x",
    )
    path = warehouse(
        tmp_path / "w.duckdb",
        "create schema raw_shop; create schema marts; create table marts.m as select 1 as own",
        own,
    )
    with duckdb.connect(str(path)) as connection:
        _take_over_raw_tables(connection, str(loaded))
        attached = connection.execute("select count(*) from duckdb_databases() where not internal").fetchone()
        assert connection.execute("from raw_shop.orders").fetchall() == [(7,)]
        assert connection.execute('from "raw_sh""op"."a.b"').fetchall() == [(8,)]
        assert connection.execute("from marts.m").fetchall() == [(1,)]
        raw = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name ilike 'raw%' order by 1"
        ).fetchall()
    assert raw == [('raw_sh"op.a.b',), ("raw_shop.orders",)]
    assert attached == (1,)


def test_tables_that_the_loader_noted_are_taken_over_too(tmp_path: Path) -> None:
    loaded = warehouse(
        tmp_path / "loaded.duckdb",
        "create schema lake; create table lake.orders as select 7 as id; create table lake.model as select 8 as id",
        "create schema _airbyte_internal; "
        "create table _airbyte_internal.tables as select 'lake' as schema_name, 'Orders' as table_name",
    )
    path = warehouse(
        tmp_path / "w.duckdb",
        "create schema lake; create table lake.orders as select 1 as old; create table lake.model as select 1 as own",
    )
    with duckdb.connect(str(path)) as connection:
        _take_over_raw_tables(connection, str(loaded))
        assert connection.execute("from lake.orders").fetchall() == [(7,)]
        assert connection.execute("from lake.model").fetchall() == [(1,)]


FILES = {
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
    "models/sources.yml": "sources: [{name: raw, schema: raw_shop, tables: [{name: orders}]}]\n",
    "models/stg.sql": "{{ config(post_hook=\"create or replace table main.by_hook as select 'ran' as x\") }} "
    "select id, 'wrong' as name, id * 10 as extra from {{ source('raw', 'orders') }}",
    "models/renames.sql": "{{ config(post_hook='alter table main.stg rename name to label') }} select 1 as a",
    "models/broken.sql": "select error('no') as x from {{ ref('renames') }}",
    "models/mart.sql": "-- depends_on: {{ ref('renames') }}, {{ ref('broken') }}\n"
    "select id, name, extra from {{ ref('stg') }}",
    "models/alone.sql": "select count(*) as n, max(id) as last from {{ source('raw', 'orders') }}",
    "tests/fails.sql": "select * from {{ ref('stg') }}",
}  # fmt: skip


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory, run_job: Callable[..., Any]) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("rebuilt") / "w"
    for name in ("gold", "own"):
        (folder / name).mkdir(parents=True)
    warehouse(folder / "w.duckdb", "create schema raw_shop; create table raw_shop.orders as select 1 as id")
    warehouse(
        folder / "loaded.duckdb",
        "create schema raw_shop; create table raw_shop.orders as select i::int as id from range(3) t(i)",
    )
    duckdb.sql("select i as id, 'gold ' || i as name from range(3) t(i)").write_parquet(
        f"{folder}/gold/main.stg.parquet"
    )
    duckdb.sql("select i::int as id, 'wrong' as name, i * 10 as extra from range(2) t(i)").write_parquet(
        f"{folder}/own/main.stg.parquet"
    )
    duckdb.sql("select 5 as x").write_parquet(f"{folder}/gold/main.broken.parquet")
    replaced = {
        "main.stg": {"columns": ["id", "name"], "key": ["id"]},
        "main.broken": {"columns": ["x"], "key": []},
    }
    arguments = {
        "now": NOW, "warehouse": "../w.duckdb", "gold": "../gold", "own": "../own", "replaced": replaced,
        "loaded": "../loaded.duckdb",
    }  # fmt: skip
    result = run_job(folder, "runtime.jobs.rebuild:run", arguments, PROJECT | FILES)
    assert result.status == "ok", (result.message, (folder / "job.log").read_text())
    return folder, result.value


@pytest.mark.parametrize("own", ["7 as id, 'x' as name", "7 as id, 'x' as name, 1 as extra"])
def test_what_is_right_around_gold_alone_is_given_only_there(tmp_path: Path, own: str) -> None:
    """Nothing is left to build: the given tables stay beside gold, or nothing is changed at all."""
    for name, columns in (("gold", "1 as id, 'g' as name"), ("own", own)):
        (tmp_path / name).mkdir()
        duckdb.sql(f"copy (select {columns}) to '{tmp_path}/{name}/main.stg.parquet'")
    given = warehouse(tmp_path / "given.duckdb", "create table mart as select 'given' as x")
    path = warehouse(tmp_path / "w.duckdb", "create schema raw_shop; create table raw_shop.orders as select 1 as id")
    arguments: dict[str, Any] = {
        "now": NOW, "warehouse": str(path), "gold": str(tmp_path / "gold"), "own": str(tmp_path / "own"),
        "replaced": {"main.stg": {"columns": ["id", "name"], "key": ["id"]}}, "loaded": None, "is_walled": True,
        "given": {"warehouse": str(given), "views": []}, "options": [], "is_around_gold": True,
    }  # fmt: skip
    code = f"import json; from runtime.jobs.rebuild import run; print(json.dumps(run({arguments!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer, tables = json.loads(done.stdout.splitlines()[-1]), tables_of(path)
    if own.endswith("extra"):
        assert answer["error"] == "These have a shape of their own: main.stg"
        assert tables.keys() == {"raw_shop.orders"}
    else:
        assert answer["error"] == ""
        assert tables == {"raw_shop.orders": [(1,)], "main.mart": [("given",)], "main.stg": [(1, "g")]}


@pytest.mark.slow
def test_models_below_read_gold_in_the_shape_that_the_submission_gave_it(
    rebuilt: tuple[Path, dict[str, Any]],
) -> None:
    """Although a hook of a model in between renames a column of it, and a model above does not build."""
    tables = tables_of(rebuilt[0] / "w.duckdb")
    assert sorted(tables["main.mart"]) == [(0, "gold 0", 0), (1, "gold 1", 10), (2, "gold 2", None)]
    assert sorted(tables["main.stg"]) == sorted(tables["main.mart"])
    assert tables["main.broken"] == [(5,)]
    assert tables["main.alone"] == [(3, 2)]


@pytest.mark.slow
def test_hooks_of_a_held_model_run_and_its_own_sql_does_not(rebuilt: tuple[Path, dict[str, Any]]) -> None:
    assert tables_of(rebuilt[0] / "w.duckdb")["main.by_hook"] == [("ran",)]


@pytest.mark.slow
def test_data_tests_have_no_part_in_it(rebuilt: tuple[Path, dict[str, Any]]) -> None:
    assert rebuilt[1] == {"error": "", "failures": []}
