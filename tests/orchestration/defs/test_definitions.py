import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from benchmark.registry import list_tasks, list_worlds
from orchestration.defs.build import build_definitions


def keys(defs: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}


def test_a_world_is_one_group_of_assets_that_can_be_made_day_after_day(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    world = {key for key in graph.get_all_asset_keys() if key.path[0] == "harbour"}
    assert {key.to_user_string() for key in world} == {
        "harbour/ships/arrivals",
        "harbour/ships/ports",
        "harbour/raw_ships/arrivals",
        "harbour/raw_ships/ports",
        "harbour/staging/stg_ships__arrivals",
        "harbour/intermediate/int_arrivals_by_port",
        "harbour/marts/ports",
    }
    assert {graph.get(key).group_name for key in world} == {"harbour"}
    assert all(graph.get(key).is_executable for key in world)
    days = graph.get(dg.AssetKey(["harbour", "marts", "ports"])).partitions_def
    assert days is not None
    assert days.get_partition_keys()[:2] == ["1", "2"]
    assert {graph.get(key).partitions_def for key in world} == {days}
    mart = graph.get(dg.AssetKey(["harbour", "marts", "ports"]))
    parents = {key.to_user_string() for key in mart.parent_keys}
    assert parents == {"harbour/intermediate/int_arrivals_by_port", "harbour/raw_ships/ports"}


def test_the_job_of_a_task_holds_no_assets_of_other_tasks(defs: dg.Definitions) -> None:
    """Dagster makes a graph of what a job holds: with the assets of other tasks, hundreds of jobs take minutes."""
    for task in list_tasks():
        graph = defs.resolve_job_def(task.id).asset_layer.asset_graph
        assert {key.path[0] for key in graph.get_all_asset_keys()} == {task.id, task.world.id}
        made = {key.path[0] for key in graph.executable_asset_keys}
        assert made == {task.id}, "what is above is there for the lineage alone"


def test_assets_carry_the_metadata_that_the_ui_knows(defs: dg.Definitions) -> None:
    node = defs.resolve_asset_graph().get(dg.AssetKey(["harbour", "staging", "stg_ships__arrivals"]))
    schema = node.metadata["dagster/column_schema"].schema
    assert [(column.name, column.constraints.unique) for column in schema.columns] == [
        ("arrival_id", True),
        ("port_code", False),
    ]
    assert node.metadata["dagster/table_name"] == "warehouse.staging.stg_ships__arrivals"
    reference = node.metadata["dagster/code_references"].code_references[0]
    assert reference.file_path.endswith("stg_ships__arrivals.sql")
    assert node.owners == ["team:harbour-office"]
    assert node.kinds == {"dbt", "duckdb", "view"}
    assert node.tags["lockgate/stage"] == "staging"
    stream = defs.resolve_asset_graph().get(dg.AssetKey(["harbour", "ships", "arrivals"]))
    assert stream.kinds == {"airbyte", "postgres"}


def test_the_lineage_of_a_task_leads_from_the_streams_to_the_scorecard(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    todo, seen = [dg.AssetKey(["repair_ports", "scorecard"])], set()
    while todo:
        key = todo.pop()
        seen.add(key.to_user_string())
        todo += [parent for parent in graph.get(key).parent_keys if parent.to_user_string() not in seen]
    assert "harbour/intermediate/int_arrivals_by_port" not in seen, "it is made from a scored table"
    assert "repair_ports/intermediate/int_arrivals_by_port" in seen
    assert {"harbour/ships/arrivals", "harbour/raw_ships/ports"} <= seen
    executable = {key.to_user_string() for key in graph.executable_asset_keys if key.path[0] == "repair_ports"}
    assert executable == {
        "repair_ports/raw_ships/arrivals",
        "repair_ports/staging/stg_ships__arrivals",
        "repair_ports/marts/ports",
        "repair_ports/scorecard",
    }


def test_a_task_repeats_nothing_that_the_world_makes_as_its_solution_does(defs: dg.Definitions) -> None:
    """The UI asks for all assets before it draws a page: with copies for each task they would be thousands."""
    assert {key for key in keys(defs) if key.startswith("build_harbours/")} == {
        "build_harbours/marts/harbours",
        "build_harbours/scorecard",
    }
    mart = defs.resolve_asset_graph().get(dg.AssetKey(["build_harbours", "marts", "harbours"]))
    assert {key.to_user_string() for key in mart.parent_keys} == {"harbour/intermediate/int_arrivals_by_port"}


def test_what_a_solution_makes_from_a_file_of_its_own_is_the_tasks(
    small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small_world, tmp_path / "worlds")
    world = tmp_path / "worlds" / "harbour"
    own = world / "tasks" / "build_harbours" / "solution" / "dbt" / "models" / "staging"
    own.mkdir(parents=True, exist_ok=True)
    shutil.copy(world / "project/dbt/models/staging/stg_ships__arrivals.sql", own)
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    assert {key for key in keys(build_definitions()) if key.startswith("build_harbours/")} == {
        "build_harbours/staging/stg_ships__arrivals",
        "build_harbours/intermediate/int_arrivals_by_port",
        "build_harbours/marts/harbours",
        "build_harbours/scorecard",
    }


def test_checks_are_one_a_table_one_a_scenario_and_one_a_stage_with_expectations(defs: dg.Definitions) -> None:
    checks = {key.to_user_string() for key in defs.resolve_asset_graph().asset_check_keys}
    assert {key for key in checks if key.startswith("repair_ports/")} == {
        "repair_ports/raw_ships/arrivals:verdict",
        "repair_ports/staging/stg_ships__arrivals:verdict",
        "repair_ports/marts/ports:verdict",
        "repair_ports/scorecard:scenario_visible",
        "repair_ports/scorecard:scenario_holdout",
        "repair_ports/scorecard:scenario_rerun",
        "repair_ports/scorecard:scenario_day2",
        "repair_ports/scorecard:expectations_marts",
    }
    assert {key for key in checks if key.startswith("build_harbours/scorecard")} == {
        "build_harbours/scorecard:scenario_visible",
        "build_harbours/scorecard:scenario_holdout",
    }


def test_there_is_a_job_per_task_and_one_for_all(defs: dg.Definitions) -> None:
    names = {job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")}
    assert names == {"pipeline__harbour", "repair_ports", "build_harbours", "suite"}
    suite = defs.resolve_job_def("suite")
    assert {node.name for node in suite.nodes} == {"trial__repair_ports", "trial__build_harbours"}
    assert defs.resolve_job_def("repair_ports").tags["lockgate/task"] == "repair_ports"


def test_run_config_is_flat(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("repair_ports")
    dg.validate_run_config(job, {"agent": "idle", "attempt": 2, "holdout_seed": 7, "scenarios": ["visible"]})
    dg.validate_run_config(job, {})


def test_the_real_definitions_hold_every_world_and_task() -> None:
    definitions = build_definitions()
    names = {job.name for job in definitions.resolve_all_job_defs()}
    assert {task.id for task in list_tasks()} <= names
    groups = {node.group_name for node in definitions.resolve_asset_graph().asset_nodes}
    assert {world.id for world in list_worlds()} | {task.id for task in list_tasks()} <= groups
    checks = {(key.asset_key.path[0], key.name) for key in definitions.resolve_asset_graph().asset_check_keys}
    for task in list_tasks():
        assert {(task.id, f"scenario_{name}") for name in task.spec.scenarios} <= checks


def test_definitions_load_without_dbt_databases_or_notes(small_world: Path) -> None:
    heavy = ("dbt", "airbyte_cdk", "great_expectations", "duckdb", "psycopg", "sqlfluff", "pandas")
    script = f"import sys, orchestration.definitions; print([name for name in {heavy!r} if name in sys.modules])"
    command = [sys.executable, "-W", "always", "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.strip() == "[]"
    notes = [line for line in result.stderr.splitlines() if "Warning: " in line and "orchestration" in line]
    assert notes == []
