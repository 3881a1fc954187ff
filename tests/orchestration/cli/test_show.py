"""`lockgate show` and `lockgate compare`: what a person or a program is told of stored trials."""

import json
from pathlib import Path

import pytest

from agents.trajectory import Call, Header, Recorder
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from benchmark.scorecard import Scorecard
from benchmark.usage import TokenUsage
from orchestration.planning.trials import plan_run
from tests.helpers.command_line import Lockgate
from tests.helpers.made_up_runs import store_made_up_run
from tests.helpers.scorecards import DIFFERS, NOT_BUILT, make_scorecard, store_run, unscored

IDLE = "repair_ports--idle--1"


@pytest.fixture
def cards(small_world: Path) -> list[Scorecard]:
    """Run `r`: the oracle is right, the idle agent wrong."""
    plan = plan_run([get_task("repair_ports")], ["oracle", "idle"], run_id="r")
    store_run("r", plan.trials)
    wrong = make_scorecard(plan.trials[1], {"marts.ports": DIFFERS, "raw_ships.arrivals": NOT_BUILT}, 0.25)
    store = RunStore("r")
    store.trial(IDLE).write_scorecard(wrong)
    return [card for trial in plan.trials if (card := store.trial(trial.trial_id).read_scorecard())]


def test_a_run_is_its_tables_and_as_json_its_scorecards(cards: list[Scorecard], lockgate: Lockgate) -> None:
    shown = lockgate("show", "r")
    rows = [line.split() for line in shown.output.splitlines()]
    assert [row[1] for row in rows if row[:1] == ["repair_ports"]] == ["oracle", "idle"]
    content = json.loads(lockgate("show", "r", "--json").output)
    assert [Scorecard.model_validate(item) for item in content] == cards


def test_a_trial_is_explained_and_as_json_its_scorecard(cards: list[Scorecard], lockgate: Lockgate) -> None:
    shown = lockgate("show", IDLE).output
    lines = [line.rstrip() for line in shown.splitlines()]
    assert lines[:2] == ["Shares of ports are wrong", "repair_ports by idle, attempt 1: failed"]
    for said in (
        "arrivals  missing  missing  missing  missing",
        "ports     wrong    wrong    wrong    wrong",
        "1 table right in every scenario",
        "build failed in all 4 scenarios: No `x`.",
        "wrong marts.ports (dbt/models/x.sql) in all 4 scenarios",
        "  Column share differs in 3 of 9 rows.",
        "not built raw_ships.arrivals (dbt/models/x.sql) in all 4 scenarios",
        "expectations: 0 of 4 hold",
    ):
        assert said in lines, said
    assert "stg_ships__arrivals" not in shown, "what is right needs no words"
    assert max(map(len, lines)) <= 80
    assert Scorecard.model_validate_json(lockgate("show", IDLE, "--json").output) == cards[1]


def test_a_table_is_shown_with_key_and_differences_first(cards: list[Scorecard], lockgate: Lockgate) -> None:
    lines = [line.split() for line in lockgate("show", IDLE, "--table", "ports").output.splitlines()]
    header = lines.index(["port_code", "share"])
    assert lines[header + 2 : header + 4] == [["gold", "A", "0.5"], ["output", "A", "|", "<b>0.25</b>"]]
    assert ["Alone", "on", "gold", "upstream:", "the", "same."] in lines
    assert not any("raw_ships.arrivals" in line for line in lines)


def test_a_scenario_is_shown_with_its_steps_and_expectations(cards: list[Scorecard], lockgate: Lockgate) -> None:
    lines = lockgate("show", IDLE, "--scenario", "day2").output.splitlines()
    assert lines[:3] == [
        "day2  seed 0, day 1: 1 of 3 tables, CS 0.25, CFS 0.25",
        "  load ok",
        "  build failed: No `x`.",
    ]
    assert any("marts.ports (dbt/models/x.sql) in day2" in line for line in lines)
    assert not any("holdout" in line for line in lines)


def test_an_unscored_trial_says_why_and_what_to_do(cards: list[Scorecard], lockgate: Lockgate) -> None:
    store = RunStore("r")
    plan = store.read_plan().trials[1]
    store.trial(IDLE).write_scorecard(unscored(plan, "The disk [is] full."))
    lines = lockgate("show", f"r/{IDLE}").output.splitlines()
    assert lines[1] == "repair_ports by idle, attempt 1: no verdict"
    assert lines[3:] == [
        "No verdict, for a reason that is not the agent's: The disk [is] full.",
        "To try it again: lockgate run --run-id r",
    ]


def test_a_patch_into_a_pipe_is_the_patch(cards: list[Scorecard], lockgate: Lockgate) -> None:
    assert lockgate("show", IDLE, "--diff").mistake == f"Trial r/{IDLE} has no submission yet."
    patch = "diff --git a/x b/x\n@@ -0,0 +1 @@\n+select 1\n"
    RunStore("r").trial(IDLE).patch_path.write_text(patch)
    assert lockgate("show", IDLE, "--diff").output == patch


def test_logs_are_shown_by_scenario_and_act_on_no_terminal(cards: list[Scorecard], lockgate: Lockgate) -> None:
    folder = RunStore("r").trial(IDLE).logs_dir
    for scenario in ("visible", "day2"):
        (folder / scenario).mkdir(parents=True)
        (folder / scenario / "build.log").write_text(f"[red]{scenario}\x1b[2J says\n")
    shown = lockgate("show", IDLE, "--logs").output
    assert "[red]visible\\x1b[2J says" in shown
    only = lockgate("show", IDLE, "--logs", "--scenario", "day2").output
    assert "day2/build.log" in only
    assert "visible" not in only
    assert "It has logs of: day2, visible." in lockgate("show", IDLE, "--logs", "--scenario", "nosuch").mistake


def test_a_run_has_a_page_too(cards: list[Scorecard], lockgate: Lockgate, tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    assert lockgate("show", "r", "--page", str(target)).output.split() == ["Written:", str(target)]
    assert "<title>Lockgate report: r</title>" in target.read_text()
    assert lockgate("show", "latest", "--page", str(target)).output.split() == ["Written:", str(target)]


def test_a_page_is_opened_in_the_browser(
    cards: list[Scorecard], lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The browser is a script that writes down what it is asked for."""
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/asked\n')
    script.chmod(0o755)
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setenv("BROWSER", f"{script} %s")
    assert lockgate("show", IDLE, "--open").exit_code == 0
    assert (tmp_path / "asked").read_text().strip() == (RunStore("r").trial(IDLE).folder / "page.html").as_uri()


def test_the_latest_run_is_meant_where_none_is_named(cards: list[Scorecard], lockgate: Lockgate) -> None:
    later = plan_run([get_task("repair_ports")], ["idle"], run_id="a-later")
    store_run("a-later", later.trials)
    assert json.loads(lockgate("show", IDLE, "--json").output)["trial"]["run_id"] == "a-later"
    assert json.loads(lockgate("show", f"r/{IDLE}", "--json").output)["trial"]["run_id"] == "r"


def test_a_damaged_scorecard_is_named_with_what_to_do(cards: list[Scorecard], lockgate: Lockgate) -> None:
    path = RunStore("r").trial(IDLE).scorecard_path
    path.write_text("{")
    result = lockgate("show", IDLE)
    assert result.exit_code == 1
    assert result.mistake.startswith(f"{path} is not a scorecard of format 1: ")
    assert result.mistake.endswith(f"Delete it, then `lockgate score r/{IDLE}`.")


@pytest.fixture
def recorded(cards: list[Scorecard]) -> str:
    """A trial with a trajectory of an agent that tries to write on the terminal."""
    path = RunStore("r").trial(IDLE).trajectory_path
    header = Header(trial_id=IDLE, task="repair_ports", agent="toolloop", model="openai/gpt-5", time="2026-01-01")
    with Recorder(path, header) as recorder:
        recorder.step("user", "\n".join(f"line {number}" for number in range(12)))
        call = Call(id="1", tool="shell", arguments={"command": "dbt build"})
        recorder.step("assistant", "[red]I\x1b[2J look[/]", usage=TokenUsage(input=70, output=30), calls=(call,))
        recorder.step("tool", "bad", tool="shell", call_id="1", exit_code=2)
        recorder.end("limit", "No [steps] left.")
    return IDLE


def test_a_trajectory_is_printed_step_by_step_with_figures(recorded: str, lockgate: Lockgate) -> None:
    lines = lockgate("show", "--trajectory", recorded).output.splitlines()
    assert lines[:2] == ["0 user", "  line 0"]
    assert lines[8:12] == ["  line 7", "  … 4 more lines, 85 characters in all", "1 assistant 100 tokens",
                           "  [red]I\\x1b[2J look[/]"]  # fmt: skip
    assert lines[12:16] == ['  → shell {"command": "dbt build"}', "2 tool shell exit 2", "  bad",
                            "end limit: No [steps] left."]  # fmt: skip
    figures = dict(line.strip().split(": ", 1) for line in lines[16:] if line.startswith("  "))
    assert {name: figures[name] for name in ("tools", "dbt runs", "failed commands", "escape attempts")} == {
        "tools": "shell 1",
        "dbt runs": "1",
        "failed commands": "1",
        "escape attempts": "0",
    }


def test_a_trajectory_as_json_is_whole(recorded: str, lockgate: Lockgate) -> None:
    content = json.loads(lockgate("show", "--trajectory", "--json", recorded).output)
    assert len(content["steps"]) == 3
    assert content["steps"][0]["text"].count("\n") == 11
    assert content["behaviour"]["n_dbt_runs"] == 1
    assert content["cost_usd"] > 0


@pytest.mark.parametrize("form", ["atif", "adp"])
def test_an_export_is_json(recorded: str, lockgate: Lockgate, form: str) -> None:
    assert json.loads(lockgate("show", recorded, "--export", form).output)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("repair_ports--oracle--1", "--trajectory"), "trajectory"),
        ((IDLE, "--export", "nosuch"), "nosuch"),
        (("r", "--trajectory"), "'r' is a run. Name one of its trials"),
        ((IDLE, "--table", "marts.prots"), "Did you mean 'marts.ports'?"),
        ((IDLE, "--table", "x.sql"), "has no scored table 'x.sql'. It has: raw_ships.arrivals, "),
        ((IDLE, "--scenario", "day3"), "Did you mean 'day2'?"),
        (("r", "--table", "ports"), "--table and --scenario are for one. Name it."),
        ((IDLE, "--diff", "--logs"), "--diff and --logs show different things. Give one of them."),
        ((IDLE, "--diff", "--table", "ports"), "--table and --scenario choose among verdicts"),
        ((IDLE, "--logs"), "has no logs."),
        ((IDLE, "--logs", "--json"), "--logs has no JSON."),
        ((IDLE, "--diff", "--json"), "--diff has no JSON."),
        ((IDLE, "--page", "p.html", "--json"), "--page or --open has no JSON."),
        (("r/nosuch",), "Run r has no trial 'nosuch'. Its trials: repair_ports--oracle--1, repair_ports--idle--1."),
        (("nosuch/x",), "No run 'nosuch' in "),
    ],
)
def test_what_is_not_there_is_one_sentence(
    recorded: str, lockgate: Lockgate, arguments: tuple[str, ...], said: str
) -> None:
    result = lockgate("show", *arguments)
    assert result.exit_code == 1
    assert said in result.mistake
    assert len(result.mistake.splitlines()) == 1
    assert result.output == ""


def test_a_page_that_cannot_be_written_is_told(cards: list[Scorecard], lockgate: Lockgate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = lockgate("show", IDLE, "--page", str(tmp_path / "file/page.html"))
    assert result.exit_code == 1
    assert result.mistake.startswith(f"{tmp_path / 'file/page.html'} cannot be written: ")


def test_two_agents_are_compared_in_a_table_and_as_json(cards: list[Scorecard], lockgate: Lockgate) -> None:
    shown = lockgate("compare", "r/oracle", "idle")
    rows = {line.strip().split("  ")[0]: line.split() for line in shown.output.splitlines()}
    assert rows["success rate"][2:] == ["1.00", "0.00", "+1.00", "-", "1", "0"]
    assert rows["component score"][2:] == ["1.00", "0.25", "+0.75", "-", "1", "0"]
    assert "first: r/oracle, second: r/idle" in shown.output
    figures = json.loads(lockgate("compare", "r/oracle", "idle", "--json").output)["figures"]
    assert figures["component_score"]["difference"] == 0.75
    assert figures["component_score"]["low"] is None


def test_agents_without_a_common_task_are_not_compared(cards: list[Scorecard], lockgate: Lockgate) -> None:
    other = plan_run([get_task("build_harbours")], ["oracle"], run_id="o")
    store_run("o", other.trials)
    result = lockgate("compare", "o/oracle", "r/oracle")
    assert result.exit_code == 1
    assert result.mistake == "The two have no task in common, so they cannot be compared."


def test_a_run_without_a_finished_trial_is_told(small_world: Path, lockgate: Lockgate) -> None:
    plan = plan_run([get_task("repair_ports")], ["oracle"], run_id="r")
    RunStore("r").write_plan(RunPlan(run_id="r", trials=plan.trials))
    assert lockgate("show", "r").mistake == "No trial of run r is done yet."
    assert lockgate("compare", "oracle", "oracle").mistake == "No trial of oracle in run r is done yet."


def test_hundreds_of_trials_are_a_line_each_however_narrow_the_terminal(lockgate: Lockgate) -> None:
    store_made_up_run("many", 1, 310, references=False)
    lines = lockgate("show", "many").output.splitlines()
    found = [line for line in lines if line.startswith("task_")]
    assert len(found) == 310
    assert all("toolloop@openai/gpt-5 " in line for line in found)
    assert any(line.lstrip().startswith("agent") for line in lines)  # the totals follow
