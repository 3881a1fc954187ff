"""One build of a small project: what it says of itself, of its failures, and what it may reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.jobs.build import relations
from tests.helpers.examples import n_examples

pytestmark = pytest.mark.slow  # a fork server with dbt is started and warmed up

Build = Callable[..., dict[str, Any]]
SHOP = {
    "dbt_project.yml": (
        "name: shop\nversion: '1.0'\nprofile: shop\ntarget-path: elsewhere\nmodels: {shop: {+materialized: table}}\n"
    ),
    "seeds/shops.csv": "shop_id,name\n1,one\n2,two\n",
    "macros/outer.sql": "{% macro outer(x) %}{{ inner(x) }}{% endmacro %}",
    "macros/inner.sql": "{% macro inner(x) %}{{ x }} + 1{% endmacro %}",
    "macros/unused.sql": "{% macro unused() %}1{% endmacro %}",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
    "models/sources.yml": "sources: [{name: raw, schema: raw_shop, tables: [{name: orders, identifier: ORDERS_V1}]}]\n",
    "models/stg.sql": "{{ config(materialized='view', schema='staging') }} select {{ outer('id') }} as id "
    "from {{ source('raw', 'orders') }}",
    "models/eph.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('stg') }}",
    "models/mart.sql": "{{ config(alias='Orders', schema='marts') }} "
    "select e.id, s.name from {{ ref('eph') }} e, {{ ref('shops') }} s",
    "models/clock.sql": "select '{{ run_started_at }}' as a, '{{ modules.datetime.datetime.utcnow() }}' as b, "
    "'{{ modules.datetime.date.today() }}' as c, now()::varchar as d, "
    "'{{ modules.datetime.datetime.now(modules.pytz.timezone(\"Asia/Tokyo\")).isoformat() }}' as e",
    "models/unit.yml": """
        unit_tests:
          - name: never_right
            model: mart
            given:
              - {input: ref('eph'), rows: []}
              - {input: ref('shops'), rows: []}
            expect: {rows: [{id: 1, name: none}]}
    """,
    "snapshots/snap.sql": "{% snapshot snap %}{{ config(unique_key='id', strategy='check', check_cols='all') }} "
    "select * from {{ ref('mart') }}{% endsnapshot %}",
    "tests/assert_few.sql": "select * from {{ ref('mart') }} where id > 100",
    "tests/warns.sql": "{{ config(severity='warn') }} select 1 as a",
}


def with_raw_orders(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "w.duckdb")) as connection:
        connection.execute('create schema raw_shop; create table raw_shop."ORDERS_V1" as select 1 as id')
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, build: Build) -> tuple[Path, dict[str, Any]]:
    folder = with_raw_orders(tmp_path_factory.mktemp("shop") / "w")
    return folder, build(folder, SHOP)


def test_a_build_that_succeeds_counts_what_it_did_without_unit_tests(shop: tuple[Path, dict[str, Any]]) -> None:
    answer = shop[1]
    assert (answer["is_success"], answer["error"], answer["failures"]) == (True, "", [])
    assert answer["counts"] == {"pass": 1, "success": 5, "warn": 1}


def test_relations_are_named_as_the_warehouse_names_them_with_parents_and_files(
    shop: tuple[Path, dict[str, Any]],
) -> None:
    folder, answer = shop
    found = {name: (one["type"], one["path"], one["parents"]) for name, one in answer["relations"].items()}
    assert found == {
        "main.shops": ("seed", "dbt/seeds/shops.csv", []),
        "staging.stg": ("view", "dbt/models/stg.sql", ["raw_shop.ORDERS_V1"]),
        "main.eph": ("ephemeral", "dbt/models/eph.sql", ["staging.stg"]),
        "marts.Orders": ("table", "dbt/models/mart.sql", ["main.eph", "main.shops"]),
        "main.clock": ("table", "dbt/models/clock.sql", []),
        "main.snap": ("snapshot", "dbt/snapshots/snap.sql", ["marts.Orders"]),
    }
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        listed = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
    assert {name for (name,) in listed} == set(found) - {"main.eph"} | {"raw_shop.ORDERS_V1"}


def test_macros_of_the_project_are_followed_and_others_are_not_named(shop: tuple[Path, dict[str, Any]]) -> None:
    macros = {name: one["macros"] for name, one in shop[1]["relations"].items()}
    assert macros["staging.stg"] == ["dbt/macros/inner.sql", "dbt/macros/outer.sql"]
    assert macros["main.clock"] == []


def test_compiled_sql_is_that_of_the_models(shop: tuple[Path, dict[str, Any]]) -> None:
    found = shop[1]["relations"]
    assert "id + 1 as id" in found["staging.stg"]["compiled"]
    assert "__dbt__cte__eph" in found["marts.Orders"]["compiled"]


def test_jinja_and_sql_read_the_pinned_instant(shop: tuple[Path, dict[str, Any]]) -> None:
    with duckdb.connect(str(shop[0] / "w.duckdb"), read_only=True) as connection:
        row = connection.execute("from main.clock").fetchone()
    assert row is not None
    assert row[0] == "2013-03-14 23:30:00+00:00"
    assert row[1:3] == ("2013-03-14 23:30:00", "2013-03-14")
    assert row[3].startswith("2013-03-14 23:30:00")
    assert row[4] == "2013-03-15T08:30:00+09:00"


def test_the_graph_names_tests_and_what_they_test(shop: tuple[Path, dict[str, Any]]) -> None:
    nodes = shop[1]["graph"]["nodes"]
    assert {node["type"] for node in nodes.values()} == {"model", "seed", "snapshot", "test"}
    assert nodes["test.shop.assert_few"]["parents"] == ["model.shop.mart"]
    assert nodes["model.shop.mart"]["name"] == "Orders"
    assert nodes["model.shop.stg"]["parents"] == ["source.shop.raw.orders"]


def test_failures_are_one_sentence_each_and_those_that_were_skipped_come_last(build: Build, tmp_path: Path) -> None:
    files = {f"models/a{n:02}.sql": "select 'x\n\ny'::int as a -- " + "long " * 300 for n in range(19)}
    files |= {"models/z.sql": "select * from {{ ref('a00') }}", "models/y.sql": "select * from {{ ref('z') }}"}
    files |= {"models/ok.sql": "select 1 as a", "tests/no.sql": "select * from {{ ref('ok') }}"}
    answer = build(tmp_path, files)
    assert not answer["is_success"]
    assert answer["counts"] == {"error": 19, "fail": 1, "skipped": 2, "success": 1}
    assert len(answer["failures"]) == 20
    assert all(len(text) <= 600 and "\n" not in text for text in answer["failures"])
    assert all("(skipped)" not in text for text in answer["failures"])  # 20 others say more
    assert answer["failures"][0].startswith("model a00 (error): Runtime Error in model a00")
    assert "test no (fail): Got 1 result, configured to fail if != 0" in answer["failures"]


BROKEN = {
    "a reference to nothing": ({"models/a.sql": "select * from {{ ref('none') }}"}, "none"),
    "Jinja that does not end": ({"models/a.sql": "{% if true %} select 1"}, "Unexpected end"),
    "a project file that is no mapping": ({"dbt_project.yml": "- a\n"}, "dbt_project.yml"),
    "a project file of no YAML": ({"dbt_project.yml": "a: [\n"}, "Syntax error near line 2"),
    "no profile of the name": ({"profiles.yml": "other: {}\n"}, "shop"),
    "two models of one name": (
        {"models/a.sql": "select 1 as a", "models/b/a.sql": "select 2 as a"},
        "two models with the name",
    ),
    "a circle": (
        {"models/a.sql": "select * from {{ ref('b') }}", "models/b.sql": "select * from {{ ref('a') }}"},
        "cycle",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_project_that_dbt_cannot_read_has_one_error_and_no_traceback(build: Build, tmp_path: Path, name: str) -> None:
    files, word = BROKEN[name]
    answer = build(tmp_path, files)
    assert not answer["is_success"]
    assert word in answer["error"]
    assert "Traceback" not in answer["error"]
    assert "\n" not in answer["error"]
    assert len(answer["error"]) <= 2000
    assert answer["counts"] == {}


OLD_MANIFEST = """{"nodes": {"model.shop.old": {
    "resource_type": "model", "schema": "marts", "name": "old", "package_name": "shop",
    "original_file_path": "models/old.sql", "config": {"materialized": "table"},
    "depends_on": {"nodes": [], "macros": []}
}}, "sources": {}, "macros": {}}"""


def test_the_manifest_of_an_earlier_build_tells_nothing(build: Build, tmp_path: Path) -> None:
    quiet = "name: shop\nversion: '1.0'\nprofile: shop\nflags: {write_json: false}\n"
    files = {"dbt_project.yml": quiet, "models/a.sql": "select 1 as a", "target/manifest.json": OLD_MANIFEST}
    assert list(build(tmp_path / "quiet", files)["relations"]) == ["main.a"]
    broken = {"models/a.sql": "select * from {{ ref('none') }}", "target/manifest.json": OLD_MANIFEST}
    assert build(tmp_path / "broken", broken)["relations"] == {}


def test_sql_reaches_the_workspace_and_nothing_beside_it(build: Build, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "own.csv").write_text("a\n2\n")
    files = {
        "models/own.sql": f"select * from read_csv('{folder}/own.csv')",
        "models/other.sql": f"select * from read_csv('{tmp_path}/secret.csv')",
        "models/up.sql": f"select * from read_csv('{folder}/../secret.csv')",
    }
    answer = build(folder, files)
    assert answer["counts"] == {"error": 2, "success": 1}
    assert all("Permission Error" in text for text in answer["failures"])
    walled = build(folder, files, is_walled=True)  # walls see to it; here are none, so the file is read
    assert walled["counts"] == {"success": 3}


def test_another_command_is_run_as_it_is(build: Build, tmp_path: Path) -> None:
    files = {"models/a.sql": "select 1 as a", "models/b.sql": "select error('no') as b"}
    answer = build(tmp_path, files, command=["run", "--select", "a"])
    assert (answer["is_success"], answer["counts"], set(answer["relations"])) == (
        True,
        {"success": 1},
        {"main.a", "main.b"},
    )
    assert not build(tmp_path, files, command=["no-such-command"])["is_success"]


def test_a_warehouse_that_is_no_database_fails_the_job_with_a_sentence(run_job: Any, tmp_path: Path) -> None:
    (tmp_path / "w.duckdb").write_bytes(b"nothing of the kind" * 1000)
    result = run_job(tmp_path, "runtime.jobs.build:run", {"now": "2013-03-14T23:30:00Z", "warehouse": "../w.duckdb"})
    assert result.status == "failed"
    assert "not a valid DuckDB database file" in result.message


NAMES = st.sampled_from(["macro.shop.a", "macro.shop.b", "macro.shop.c", "macro.dbt.d", "macro.shop.gone"])


@settings(max_examples=n_examples(100), deadline=None, derandomize=True)
@given(
    calls=st.dictionaries(
        NAMES.filter(lambda name: "gone" not in name), st.lists(NAMES, max_size=4), min_size=4, max_size=4
    ),
    direct=st.lists(NAMES, max_size=2),
)
def test_macros_that_call_one_another_in_circles_are_followed_once(
    calls: dict[str, list[str]], direct: list[str]
) -> None:
    macros = {
        name: {
            "depends_on": {"macros": called},
            "package_name": name.split(".")[1],
            "original_file_path": f"macros/{name[-1]}.sql",
        }
        for name, called in calls.items()
    }
    node = {
        "resource_type": "model", "schema": "s", "name": "m", "original_file_path": "models/m.sql", "config": {},
        "depends_on": {"macros": direct}, "package_name": "shop",
    }  # fmt: skip
    reached = {name for name in direct if name in calls}
    for _ in calls:
        reached |= {called for name in reached for called in calls[name] if called in calls}
    found = relations({"nodes": {"model.shop.m": node}, "macros": macros})["s.m"]["macros"]
    assert found == sorted(f"dbt/macros/{name[-1]}.sql" for name in reached if ".shop." in name)


def test_a_data_test_may_list_thousands_of_values(build: Build, tmp_path: Path) -> None:
    """dbt writes all of them into the name of the test."""
    listed = ", ".join(str(value) for value in range(3_000))
    properties = (
        f"models: [{{name: few, columns: [{{name: id, data_tests: [{{accepted_values: {{values: [{listed}]}}}}]}}]}}]\n"
    )
    answer = build(tmp_path, {"models/few.sql": "select 1 as id", "models/few.yml": properties})
    assert answer["is_success"], answer["failures"]
    assert answer["counts"] == {"pass": 1, "success": 1}
    assert max(len(name) for name in answer["statuses"]) > 10_000
