"""The command line as a whole: every command explains itself, and a user's mistake is one sentence."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from benchmark.errors import LockgateError
from benchmark.run_store import RunPlan, RunStore
from orchestration.cli import app
from orchestration.planning.trials import plan_trial
from orchestration.reports.lookup import find_scorecards, find_trial
from tests.helpers.scorecards import StoreScorecard

COMMANDS: dict[str, click.Command] = get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_all_its_options_are_described(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == []
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if option not in shown.output] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nosuch"], "Error: No run or trial is called 'nosuch'. Latest runs: none yet."),
        (["score", "nosuch"], "Error: No run 'nosuch' in "),
        (["run", "-t", "nosuch"], "nosuch"),
        (["run", "nosuch.yaml"], "nosuch.yaml"),
        (["prove", "nosuch"], "nosuch"),
        (["compare", "a", "b"], "Error: No run has an agent 'a'."),
        (["model-server", "nosuch.yaml"], "nosuch.yaml"),
    ],
)
def test_a_mistake_is_one_sentence_and_no_traceback(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.fixture
def run(task, store_scorecard: StoreScorecard) -> RunStore:
    """A run of two trials, the first of which is done."""
    plans = tuple(plan_trial(task, agent, run_id="r") for agent in ("oracle", "idle"))
    store = RunStore("r")
    store.write_plan(RunPlan(run_id="r", trials=plans))
    store_scorecard(plans[0])
    return store


def test_runs_are_listed_with_what_is_done(run: RunStore) -> None:
    listed = CliRunner().invoke(app, ["runs", "--json"])
    assert json.loads(listed.output) == [{"run": "r", "agents": ["idle", "oracle"], "n_trials": 2, "n_done": 1}]
    shown = CliRunner().invoke(app, ["runs"]).output
    assert [line.split() for line in shown.splitlines() if "oracle" in line] == [
        ["r", "idle,", "oracle", "1", "of", "2"]
    ]


def test_tasks_are_listed_with_world_and_hints(small_world: Path) -> None:
    listed = json.loads(CliRunner().invoke(app, ["tasks", "--json", "-t", "repair_*"]).output)
    assert [(task["id"], task["world"], task["max_hint_level"]) for task in listed] == [("repair_ports", "harbour", 0)]
    shown = CliRunner().invoke(app, ["tasks"]).output
    assert [name in shown for name in ("repair_ports", "build_harbours")] == [True, True]


def test_a_trial_is_found_by_run_and_trial_or_by_trial(run: RunStore) -> None:
    done, not_done = (trial.trial_id for trial in run.read_plan().trials)
    assert [card.trial.trial_id for card in find_scorecards("r")] == [done]
    assert [card.trial.trial_id for card in find_scorecards(done)] == [done]
    assert find_trial(f"r/{not_done}").name == f"r/{not_done}"
    with pytest.raises(LockgateError, match=rf"^Trial r/{not_done} is not done yet\.$"):
        find_scorecards(not_done)
    with pytest.raises(LockgateError, match=rf"Run r has no trial 'other'\. Its trials: {done}, {not_done}\."):
        find_trial("r/other")
    with pytest.raises(LockgateError, match=r"'r' is a run\. Name one of its trials"):
        find_trial("r")


@pytest.mark.parametrize(
    ("command", "said"), [("ui", r"Choose another: lockgate ui --port \d+"), ("model-server", "Choose")]
)
def test_a_port_in_use_is_told(command: str, said: str, tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("conversations: [{turns: [{text: Done.}]}]\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = [command, *([str(script)] if command == "model-server" else []), "--port", str(port)]
        done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, LockgateError)
    assert re.search(rf"^Port {port} on loopback .*{said}", str(done.exception))
