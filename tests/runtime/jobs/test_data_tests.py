"""Compiled data tests on warehouses: they fail as in dbt, see one warehouse and nothing else, and leave nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from runtime.interface import ChildResult
from runtime.jobs import data_tests
from runtime.jobs.data_tests import PROFILE_DIR, run_tests
from runtime.jobs.schemas import checked
from tests.helpers.small_project import NOW, PROJECT

ROWS = "select i as id from range({n}) t(i)"


def a_test(sql: str, name: str = "t", **changes: Any) -> dict[str, Any]:
    return {"name": name, "sql": sql, "fail_calc": "count(*)", "error_if": "!= 0", "is_error": True} | changes


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, str]]]:
    """Runs tests on warehouses of as many rows as is said."""
    monkeypatch.chdir(tmp_path)

    def tried(tests: list[dict[str, Any]], *sizes: int) -> list[dict[str, str]]:
        for size in set(sizes):
            with duckdb.connect(f"{size}.duckdb") as connection:
                connection.execute(
                    f"create schema if not exists marts; create or replace table marts.o as {ROWS.format(n=size)}"
                )
        answer = run_tests({"tests": tests, "warehouses": [f"{size}.duckdb" for size in sizes]})
        assert checked(ChildResult("ok", answer, "", 0.0), "run_tests").status == "ok"
        found: list[dict[str, str]] = answer["alarms"]
        return found

    return tried


@pytest.mark.parametrize(
    ("changes", "n_alarms"),
    [
        ({}, [0, 1, 1]),
        ({"error_if": ">2"}, [0, 0, 1]),
        ({"error_if": "between 1 and 2"}, [0, 1, 0]),
        ({"fail_calc": "sum(id)", "error_if": "> 0"}, [0, 1, 1]),  # the sum of no rows is NULL, which is no failure
        ({"fail_calc": "max(id)", "error_if": "= 1"}, [0, 1, 0]),
        ({"is_error": False}, [0, 0, 0]),
    ],
)
def test_a_test_fails_as_its_settings_say(run: Any, changes: dict[str, Any], n_alarms: list[int]) -> None:
    alarms = run([a_test("select * from marts.o", **changes)], 0, 2, 5)
    assert [len(found) for found in alarms] == n_alarms


def test_an_alarm_says_how_many_rows_and_what_was_allowed(run: Any) -> None:
    assert run([a_test("from marts.o", "few", error_if="> 3")], 5) == [
        {"few": "Got 5 results, configured to fail if > 3"}
    ]


def test_one_warehouse_may_come_again_and_each_answer_stands_at_its_place(run: Any) -> None:
    tests = [a_test("select 1 from marts.o having count(*) > 3", "many"), a_test("from marts.o limit 0", "never")]
    assert [sorted(found) for found in run(tests, 2, 9, 2, 9)] == [[], ["many"], [], ["many"]]


HOSTILE = {
    "two statements": "select 1); drop table marts.o; select count(*) from (select 1",
    "writing": "select 1) as x; insert into marts.o values (1)--",
    "a file beside": "from read_csv('secret.csv')",
    "all files": "from glob('**')",
    "another database": "from 'other.duckdb'.marts.o",
    "an unknown table": "from marts.none",
    "no SQL": "this is no SQL \0 '",
    "a long error": "select error(repeat('x', 100000))",
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_test_that_does_what_none_may_is_an_alarm_in_one_short_sentence(run: Any, how: str) -> None:
    Path("secret.csv").write_text("a\n1\n")
    (alarms,) = run([a_test(HOSTILE[how], "hostile"), a_test("select 1 where false", "calm")], 3)
    assert list(alarms) == ["hostile"]
    assert 0 < len(alarms["hostile"]) <= 300
    assert "\n" not in alarms["hostile"]
    with duckdb.connect("3.duckdb", read_only=True) as connection:
        assert connection.execute("select count(*) from marts.o").fetchone() == (3,)


def test_every_warehouse_has_the_same_name_and_nothing_of_it_is_left(run: Any) -> None:
    names = a_test("select current_database() as x from marts.o where current_database() <> 'warehouse'", "name")
    unlocked = "select 1 from duckdb_settings() where name = 'lock_configuration' and value = 'false'"
    profile = a_test(unlocked, "lock")
    assert run([names, profile], 3, 4) == [{}, {}]
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["3.duckdb", "4.duckdb"]


@pytest.mark.parametrize(
    ("project", "name"),
    [("profile: shop", "shop"), ("name: x", "default"), ("- a list", "default"), ("", "default"), ("profile: 7", "7")],
)
def test_the_profile_is_ours_under_the_name_that_the_project_has_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dbt_project.yml").write_text(project)
    Path(PROFILE_DIR).mkdir()
    (Path(PROFILE_DIR) / "left.yml").write_text("x")
    data_tests._write_profile()
    (output,) = yaml.safe_load((Path(PROFILE_DIR) / "profiles.yml").read_text())[name]["outputs"].values()
    assert output["path"] == "data/warehouse.duckdb"
    assert output["config_options"]["enable_external_access"] is False
    assert [path.name for path in Path(PROFILE_DIR).iterdir()] == ["profiles.yml"]


FILES = {
    "models/orders.sql": "select 1 as id",
    "models/other.sql": "select 1 as id",
    "models/props.yml": "models: [{name: orders, columns: [{name: id, data_tests: [unique, {not_null: {config: "
    "{severity: warn, error_if: '>5', fail_calc: 'count(*) + 0'}}}]}]}]\n",
    "tests/of_other.sql": "select * from {{ ref('other') }}",
    "tests/peeks.sql": "select {{ run_query('select count(*) from main.orders').rows[0][0] if execute else 0 }} as n "
    "from {{ ref('orders') }} where false",
}


@pytest.mark.slow
def test_tests_of_the_tables_in_question_are_compiled_with_their_settings(
    run_job: Callable[..., ChildResult], tmp_path: Path
) -> None:
    (tmp_path / "dbt" / "data").mkdir(parents=True)
    with duckdb.connect(str(tmp_path / "dbt" / "data" / "warehouse.duckdb")) as connection:
        connection.execute("create table orders as select 1 as id; create table other as select 1 as id")
    arguments = {"now": NOW, "tables": ["MAIN.Orders"]}
    result = checked(
        run_job(tmp_path, "runtime.jobs.data_tests:compile_tests", arguments, {**PROJECT, **FILES}), "compile_tests"
    )
    assert result.status == "ok", (tmp_path / "job.log").read_text()
    assert result.value["error"] == ""
    found = {test["name"]: test for test in result.value["tests"]}
    assert list(found) == ["not_null_orders_id", "peeks", "unique_orders_id"]
    assert (found["not_null_orders_id"]["is_error"], found["not_null_orders_id"]["error_if"]) == (False, ">5")
    assert found["not_null_orders_id"]["fail_calc"] == "count(*) + 0"
    assert (found["unique_orders_id"]["is_error"], found["unique_orders_id"]["error_if"]) == (True, "!= 0")
    assert "select 1 as n" in found["peeks"]["sql"]
