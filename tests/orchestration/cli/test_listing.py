"""`lockgate tasks`, `runs` and `doctor`: tables of 80 columns, and JSON that says the same."""

import json
import re
from pathlib import Path

import pytest

from agents.registry import AGENTS
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from orchestration.cli import listing
from orchestration.planning.trials import plan_run
from runtime.sandbox.registry import examine
from sources.systems.mysql_programs import find_problem
from tests.helpers.command_line import Lockgate
from tests.helpers.scorecards import make_scorecard, unscored


def test_every_task_of_the_project_has_a_line_that_starts_with_its_id(lockgate: Lockgate) -> None:
    content = json.loads(lockgate("tasks", "--json").output)
    lines = lockgate("tasks").output.splitlines()
    assert max(map(len, lines)) <= 80
    starts = {line.split()[0]: line.split()[1:3] for line in lines if len(line.split()) > 2}
    assert len(content) > 5
    assert {task["id"]: [task["kind"], task["difficulty"]] for task in content}.items() <= starts.items()


def test_a_few_tasks_are_listed_with_what_is_scored_and_many_without(
    lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [task for task in json.loads(lockgate("tasks", "--json").output) if task["world"] == "flights"]
    few = lockgate("tasks", "-t", "flights_*").output
    monkeypatch.setattr(listing, "MOST_IN_TABLE", len(chosen) - 1)
    many = lockgate("tasks", "-t", "flights_*").output
    assert few.count(" USD") == len(chosen)
    assert " USD" not in many
    assert "choose fewer of them with -t, or take" in many
    for task in chosen:
        assert all(word in many for word in task["title"].split())
    assert many.index(f"{len(chosen)} tasks, by") > many.index(chosen[-1]["id"])


def test_tasks_are_counted_by_world_kind_origin_and_difficulty(small_world: Path, lockgate: Lockgate) -> None:
    lines = lockgate("tasks").output.splitlines()
    first = lines.index("2 tasks, by")
    assert lines[first + 1 : first + 5] == [
        "  world: harbour 2",
        "  kind: impl 1, repair 1",
        "  origin: written 2",
        "  difficulty: easy 1, medium 1",
    ]


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
    lines = lockgate("runs").output.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split() for line in lines]
    assert [row[-6:] for row in rows if row and row[0] in "zam"] == [
        ["1", "0", "of", "2", "-", "-"],
        ["1", "1", "of", "2", "1.00", "0.25"],
        ["1", "2", "of", "2", "1.00", "0.50"],
    ]


def test_a_date_is_whole_whatever_else_a_line_says(small_world: Path, lockgate: Lockgate) -> None:
    agents = ["oracle", "mild-saboteur", "wild-saboteur", "forgetful"]
    plan = plan_run([get_task("repair_ports")], agents, run_id="20261130-181817-7031")
    RunStore(plan.run_id).write_plan(plan)
    for trial in plan.trials:
        RunStore(plan.run_id).trial(trial.trial_id).write_scorecard(unscored(trial, "No disk."))
    shown = lockgate("runs").output
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", shown)
    assert "4 unscored" in shown


def test_a_run_without_a_verdict_is_told_apart(small_world: Path, lockgate: Lockgate) -> None:
    plan = plan_run([get_task("repair_ports")], ["oracle", "idle"], run_id="r")
    RunStore("r").write_plan(plan)
    RunStore("r").trial(plan.trials[0].trial_id).write_scorecard(unscored(plan.trials[0], "no room"))
    RunStore("r").trial(plan.trials[1].trial_id).write_scorecard(make_scorecard(plan.trials[1], {}, 0.0))
    (line,) = json.loads(lockgate("runs", "--json").output)
    assert (line["n_done"], line["n_unscored"], line["n_passed"]) == (2, 1, 1)
    assert "1 unscored" in lockgate("runs").output


def test_a_damaged_run_hides_no_other(small_world: Path, lockgate: Lockgate) -> None:
    for run_id in ("card", "fine", "plan"):
        plan = plan_run([get_task("repair_ports")], ["oracle"], run_id=run_id)
        RunStore(run_id).write_plan(plan)
        RunStore(run_id).trial(plan.trials[0].trial_id).write_scorecard(make_scorecard(plan.trials[0], {}, 1.0))
    RunStore("card").trial(plan.trials[0].trial_id).scorecard_path.write_text("{")
    RunStore("plan").plan_path.write_text('{"run_id": ')
    listed = lockgate("runs", "--json")
    assert listed.exit_code == 1
    runs = {run["run"]: run for run in json.loads(listed.output)}
    assert runs["fine"]["n_passed"] == 1
    assert "Delete it, then `lockgate score card/" in runs["card"]["damaged"]
    assert "put the file back, or remove" in runs["plan"]["damaged"]
    shown = lockgate("runs")
    assert (shown.exit_code, "fine" in shown.output, "fine" in shown.errors) == (1, True, False)
    assert all(f"Damaged: {run}: " in shown.errors for run in ("card", "plan"))


def test_without_runs_the_first_command_is_named(lockgate: Lockgate) -> None:
    assert lockgate("runs").output == "No runs yet. Start one: lockgate run --tasks tag:demo\n"


def test_tasks_show_what_one_can_choose_by(lockgate: Lockgate) -> None:
    shown = lockgate("tasks", "-t", "flights_feeds").output
    assert "13 tables, 4 scenarios, 5 USD" in shown
    assert "connections http files" in shown


def test_every_agent_is_listed_with_what_it_needs(lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    agents = {agent["name"]: agent for agent in json.loads(lockgate("agents", "--json").output)}
    assert list(agents) == list(AGENTS)
    assert (agents["oracle"]["kind"], agents["oracle"]["needs"]) == ("reference", "")
    assert agents["toolloop"]["needs"].startswith("--model")
    assert "OPENAI_API_KEY" in agents["codex"]["missing"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    agents = {agent["name"]: agent for agent in json.loads(lockgate("agents", "--json").output)}
    assert "OPENAI_API_KEY" not in agents["codex"]["missing"]
    lines = lockgate("agents").output.splitlines()
    assert max(map(len, lines)) <= 80
    assert {line.split()[0] for line in lines if line.split()} >= set(AGENTS)


def test_the_doctor_says_where_things_are_and_names_keys_only(
    lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "secret-of-mine")
    shown = lockgate("doctor").output
    assert [
        fact for fact in ("free disk", "MISTRAL_API_KEY", "LOCKGATE_HOME", "port of the UI") if fact not in shown
    ] == []
    assert "secret-of-mine" not in shown


def test_a_run_whose_plan_is_damaged_is_named(lockgate: Lockgate) -> None:
    folder = RunStore("broken").folder
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    result = lockgate("runs")
    assert result.exit_code == 1
    assert result.errors.startswith(f"Damaged: broken: {folder / 'run.json'} is not valid JSON")


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
