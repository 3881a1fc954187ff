"""A world and a task to work on by hand: real source systems, a real load, a real dbt."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from authoring.workbench import open_workbench
from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.task import Task
from tests.helpers.kiosk.world import FILES as KIOSK
from tests.helpers.kiosk.world import write_kiosk


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    return write_kiosk(tmp_path / "projects")


def n_sales(warehouse: Path) -> int:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        [(number,)] = connection.execute("select count(*) from raw_kiosk.sales").fetchall()
        return int(number)


@pytest.mark.slow
def test_a_world_is_loaded_and_built_where_its_project_lies(task: Task) -> None:
    before = sorted(task.world.project_dir.rglob("*"))
    with open_workbench(task.world, Dials(0, 2, 1)) as bench:
        assert bench.project == task.world.project_dir
        assert bench.load_and_build()
        assert n_sales(bench.warehouse) == 6
        bench.set_day(2)
        assert bench.run(["load"]) == 0
        assert n_sales(bench.warehouse) == 9
        shown = bench.folder / "now"
        assert bench.run(["sh", "-c", f"echo $PINNED_NOW > {shown}; pwd >> {shown}"]) == 0
        assert shown.read_text().split() == ["2020-01-03T23:30:00Z", str(task.world.project_dir)]
        bench.empty_warehouse()
        assert not bench.warehouse.exists()
    assert sorted(task.world.project_dir.rglob("*")) == before, "what dbt writes goes elsewhere"


def test_a_task_has_a_workspace_of_its_own_each_time(task: Task) -> None:
    for is_solution in (False, True):
        with open_workbench(task.world, Dials(0, 2, 1), task, is_solution=is_solution) as bench:
            assert (bench.project / "TICKET.md").read_text() == task.instruction
            (bench.project / "dbt" / "left.sql").write_text("select 1")
    with open_workbench(task.world, Dials(0, 2, 1), task) as bench:
        assert not (bench.project / "dbt" / "left.sql").exists()


def test_two_do_not_work_in_one_folder(task: Task) -> None:
    with (
        open_workbench(task.world, Dials(0, 2, 1)),
        pytest.raises(LockgateError, match="Somebody works in"),
        open_workbench(task.world, Dials(0, 2, 1)),
    ):
        raise AssertionError


def test_the_command_gives_the_exit_code_of_what_it_ran(task: Task) -> None:
    command = [sys.executable, "-m", "orchestration.cli", "try", "kiosk", "--no-build", "--", "sh", "-c", "exit 7"]
    assert subprocess.run(command, check=False).returncode == 7


def test_a_name_that_is_neither_is_told(task: Task) -> None:
    command = [sys.executable, "-m", "orchestration.cli", "try", "kiosks", "--no-build"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Unknown world or task 'kiosks'. Known: kiosk" in done.stderr


@pytest.mark.slow
def test_a_project_with_a_package_variables_and_schemas_of_its_own_builds_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    package = "project/dbt/dbt_packages/prices"
    task = write_kiosk(
        tmp_path / "projects",
        {
            "project/el/kiosk.yaml": KIOSK["project/el/kiosk.yaml"].replace("source:", "namespace: landing\nsource:"),
            "project/dbt/dbt_project.yml": "name: kiosk\nversion: '1.0'\nprofile: kiosk\nvars: {least: 0}\n"
            "models: {kiosk: {+schema: marts}, prices: {+schema: shared}}\n",
            "project/dbt/packages.yml": "packages: [{package: acme/prices, version: 1.0.0}]\n",
            f"{package}/dbt_project.yml": "name: prices\nversion: '1.0.0'\n",
            f"{package}/macros/number.sql": "{% macro number(name) %}{{ name }}::integer{% endmacro %}",
            f"{package}/models/limits.sql": "select {{ var('least', 5) }} as least, {{ var('most', 100) }} as most",
            "project/dbt/models/_sources.yml": "sources: [{name: landing, tables: [{name: sales}]}]\n",
            "project/dbt/models/takings.sql": "select item, sum({{ prices.number('price') }}) as total\n"
            "from {{ source('landing', 'sales') }}, {{ ref('limits') }}\nwhere price::integer >= least\ngroup by 1\n",
        },
    )
    with open_workbench(task.world, Dials(0, 2, 1), task, is_solution=True) as bench:
        assert bench.load_and_build()
        with duckdb.connect(str(bench.warehouse), read_only=True) as connection:
            assert connection.execute("from shared.limits").fetchall() == [(0, 100)]
            assert connection.execute("select count(*) > 0 from marts.takings").fetchall() == [(True,)]
            assert connection.execute("select count(*) > 0 from landing.sales").fetchall() == [(True,)]
