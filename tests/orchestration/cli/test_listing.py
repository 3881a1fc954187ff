"""`lockgate tasks`, `runs` and `doctor`: tables of 80 columns, and JSON that says the same."""

import json
from pathlib import Path

import pytest

from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from orchestration.planning.trials import plan_run
from runtime.sandbox.registry import examine
from sources.systems.mysql_programs import find_problem
from tests.helpers.command_line import Lockgate
from tests.helpers.scorecards import make_scorecard


def test_every_task_of_the_project_has_a_line_that_starts_with_its_id(lockgate: Lockgate) -> None:
    content = json.loads(lockgate("tasks", "--json").output)
    lines = lockgate("tasks").output.splitlines()
    assert max(map(len, lines)) <= 80
    starts = {line.split()[0]: line.split()[1:3] for line in lines if len(line.split()) > 2}
    assert len(content) > 5
    assert {task["id"]: [task["kind"], task["difficulty"]] for task in content}.items() <= starts.items()


@pytest.mark.parametrize(
    ("patterns", "ids"),
    [
        (["kind:repair"], ["repair_ports"]),
        (["*_harbours"], ["build_harbours"]),
        (["*_harbours", "kind:repair"], ["build_harbours", "repair_ports"]),
        (["repair_ports", "repair_*"], ["repair_ports"]),
    ],
)
def test_tasks_are_chosen_by_glob_and_kind_once_and_in_order(
    small_world: Path, lockgate: Lockgate, patterns: list[str], ids: list[str]
) -> None:
    chosen = [part for pattern in patterns for part in ("-t", pattern)]
    assert [task["id"] for task in json.loads(lockgate("tasks", "--json", *chosen).output)] == ids


def test_a_pattern_that_fits_no_task_is_told_with_the_tasks(small_world: Path, lockgate: Lockgate) -> None:
    result = lockgate("tasks", "-t", "repair_*", "-t", "tag:nosuch")
    assert result.exit_code == 1
    assert result.mistake.startswith("No task matches 'tag:nosuch'. Tasks: build_harbours, repair_ports.")


def test_without_runs_json_is_an_empty_list(lockgate: Lockgate) -> None:
    assert json.loads(lockgate("runs", "--json").output) == []


def test_runs_are_listed_oldest_first_and_counted(small_world: Path, lockgate: Lockgate) -> None:
    for n_done, run_id in enumerate(["z", "a", "m"]):
        plan = plan_run([get_task("repair_ports")], ["oracle", "idle"], run_id=run_id)
        RunStore(run_id).write_plan(RunPlan(run_id=run_id, trials=plan.trials))
        for trial in plan.trials[:n_done]:
            RunStore(run_id).trial(trial.trial_id).write_scorecard(make_scorecard(trial, {}, 1.0))
    assert [(run["run"], run["n_done"]) for run in json.loads(lockgate("runs", "--json").output)] == [
        ("z", 0),
        ("a", 1),
        ("m", 2),
    ]
    rows = [line.split() for line in lockgate("runs").output.splitlines()]
    assert [row[-3:] for row in rows if row and row[0] in "zam"] == [
        ["0", "of", "2"],
        ["1", "of", "2"],
        ["2", "of", "2"],
    ]


def test_a_run_whose_plan_is_damaged_is_named(lockgate: Lockgate) -> None:
    folder = RunStore("broken").folder
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    result = lockgate("runs")
    assert result.exit_code == 1
    assert result.mistake.startswith(f"{folder / 'run.json'} is not valid JSON")


def test_the_doctor_names_every_sandbox_and_exits_by_whether_one_has_walls(lockgate: Lockgate) -> None:
    findings = examine()
    code = 0 if any(finding.works and finding.has_walls for finding in findings) else 1
    shown, as_json = lockgate("doctor"), lockgate("doctor", "--json")
    assert (shown.exit_code, as_json.exit_code) == (code, code)
    *content, mysql = json.loads(as_json.output)
    assert mysql == {
        "backend": "mysql",
        "works": find_problem() is None,
        "has_walls": False,
        "advice": find_problem() or "",
    }
    assert [(item["backend"], item["works"]) for item in content] == [(f.backend, f.works) for f in findings]
    rows = {line.split()[0]: line.split()[1] for line in shown.output.splitlines() if len(line.split()) > 1}
    assert {f.backend: "yes" if f.works else "no" for f in findings}.items() <= rows.items()
    assert max(map(len, shown.output.splitlines())) <= 80
