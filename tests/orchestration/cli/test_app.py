"""The command line as a whole: every command explains itself, and a user's mistake is one sentence."""

import json
import os
import re
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from benchmark.errors import LockgateError
from benchmark.run_store import RunPlan, RunStore
from orchestration.cli import app
from orchestration.cli.help import EXIT_CODES
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
        (["score", "nosuch"], "Error: No run or trial is called 'nosuch'. Latest runs: none yet."),
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
    (line,) = json.loads(listed.output)
    assert (line["run"], line["agents"], line["n_trials"], line["n_done"]) == ("r", ["oracle", "idle"], 2, 1)
    shown = CliRunner().invoke(app, ["runs"]).output
    (row,) = [line.split() for line in shown.splitlines() if "oracle" in line]
    assert [row[0], *row[3:]] == ["r", "oracle,", "idle", "1", "1", "of", "2", "1.00", "0.25"]


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


def test_the_version_is_that_of_the_package() -> None:
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output.split()[:2]) == (0, ["lockgate", version("lockgate")])


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_80_columns_and_has_a_short_option(name: str) -> None:
    shown = CliRunner().invoke(app, [*([name] if name else []), "-h"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    assert shown.exit_code == 0
    assert [line for line in shown.output.splitlines() if len(line) > 80] == []


def test_help_shows_groups_examples_and_every_exit_code() -> None:
    shown = CliRunner().invoke(app, ["-h"]).output
    assert "Run agents:\n  run " in shown
    assert "Examples:\n  lockgate run " in shown
    assert [code for code, meaning in EXIT_CODES if f"{code:>5}  {meaning}\n" not in shown] == []
    shown = CliRunner().invoke(app, ["run", "-h"]).output
    assert [group for group in ("What runs:", "Model:", "Budget of a trial:", "For CI:") if group not in shown] == []


def test_a_slip_in_a_command_is_answered_with_the_command() -> None:
    shown = CliRunner().invoke(app, ["rnu"])
    assert (shown.exit_code, "Did you mean 'run'" in shown.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("lockgate run --agent or", ["oracle"]),
        ("lockgate run --tasks repair", ["repair_ports"]),
        ("lockgate show r/repair_ports--o", ["r/repair_ports--oracle--1"]),
        ("lockgate compare r/", ["r/oracle", "r/idle"]),
        ("lockgate score ", ["latest", "r"]),
    ],
)
def test_the_shell_completes_names(run: RunStore, words: str, offered: list[str]) -> None:
    """As bash asks: the words, and which of them the cursor is on."""
    environment = {"_LOCKGATE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    shown = CliRunner().invoke(app, [], prog_name="lockgate", env=environment)
    assert shown.output.split() == offered


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "run", "-t", "flights_feeds", "-a", "idle"],
        env=os.environ | {"LOCKGATE_HOME": str(tmp_path / "file" / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: Not a directory: ")
    assert "LOCKGATE_HOME" in done.stderr
    assert "Traceback" not in done.stderr
