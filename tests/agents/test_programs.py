"""Where command-line agents are found: folders that the user names, seen inside."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.base import AgentContext
from agents.cli.agent import CommandAgent
from agents.cli.config import CliConfig, CliEffort
from agents.registry import make_agent
from agents.workspace_sandbox import PROGRAMS_VARIABLE
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.workspace import TICKET_NAME
from runtime.sandbox.registry import find_problem

WALLED = pytest.param(
    "bubblewrap",
    marks=pytest.mark.skipif(find_problem("bubblewrap") is not None, reason="bubblewrap does not work here"),
)


def context(folder: Path, sandbox: str) -> AgentContext:
    (folder / "workspace").mkdir()
    (folder / "workspace" / TICKET_NAME).write_text("Do it.\n")
    return AgentContext(get_task("flights_otp_scorecard"), folder / "workspace", {}, 0, sandbox=sandbox)


def program(folder: Path, name: str, text: str) -> None:
    path = folder / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("sandbox", ["none", WALLED])
def test_a_program_is_found_in_a_folder_that_is_named_and_hides_none_of_ours(
    sandbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = CommandAgent(CliConfig(name="mine", command=("my-agent",)))
    program(tmp_path / "one", "my-agent", 'dbt --help > help.txt; . "$(dirname "$0")/../part"')
    (tmp_path / "one" / "part").write_text("echo done > out.txt")
    program(tmp_path / "two", "dbt", "echo hidden")
    monkeypatch.delenv(PROGRAMS_VARIABLE, raising=False)
    with pytest.raises(LockgateError, match=r"'my-agent' of agent mine is not there.*once LOCKGATE_PROGRAMS names"):
        agent.solve(context(tmp_path, sandbox))
    monkeypatch.setenv(PROGRAMS_VARIABLE, f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}")
    (tmp_path / "again").mkdir()
    assert agent.solve(context(tmp_path / "again", sandbox)).status == "finished"
    assert (tmp_path / "again" / "workspace" / "out.txt").read_text() == "done\n"
    assert "hidden" not in (tmp_path / "again" / "workspace" / "help.txt").read_text()


@pytest.mark.parametrize("sandbox", ["none", WALLED])
def test_files_below_home_are_those_of_the_trial_alone(sandbox: str, tmp_path: Path) -> None:
    config = CliConfig(name="mine", command=("sh", "-c", "cp ~/.mine/settings ."), files={".mine/settings": "here"})
    assert CommandAgent(config).solve(context(tmp_path, sandbox)).status == "finished"
    assert (tmp_path / "workspace" / "settings").read_text() == "here"
    assert not Path("/tmp/.mine").exists()


@pytest.mark.parametrize("name", ["programs", "/nowhere/at/all"])
def test_a_folder_that_is_none_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROGRAMS_VARIABLE, name)
    with pytest.raises(LockgateError, match=f"LOCKGATE_PROGRAMS names '{name}', which is not the absolute path"):
        CommandAgent(CliConfig(name="mine", command=("true",))).solve(context(tmp_path, "none"))


EFFORT = CliEffort(
    levels=("low", "high"),
    arguments=("--think", "{effort}"),
    environment={"THINK": "{effort}"},
    files={"a": "{effort}"},
)


def test_a_program_is_told_the_effort_of_its_model_and_without_one_is_started_as_ever(tmp_path: Path) -> None:
    command = ("sh", "-c", 'echo "$THINK $(cat ~/a ~/b) $*" > out.txt', "sh")
    config = CliConfig(name="mine", command=command, files={"a": "plain", "b": "kept"}, effort=EFFORT)
    assert config.command == command
    started = config.model_copy(update={"command": ("env", "THINK=none", *command)})
    told = started.with_effort()
    assert told.command[:4] == ("env", "--think", "{effort}", "THINK=none")
    quiet = CommandAgent(config.model_copy(update={"effort": EFFORT.model_copy(update={"arguments": ()})}))
    for effort, said in ((None, " plainkept \n"), ("high", "high highkept \n")):
        folder = tmp_path / str(effort)
        folder.mkdir()
        model = ModelSpec.model_validate({"name": "openai/x", "effort": effort})
        assert quiet.solve(replace(context(folder, "none"), model=model)).status == "finished"
        assert (folder / "workspace" / "out.txt").read_text() == said


@pytest.mark.parametrize(
    ("agent", "asked", "said"),
    [
        ("claude-code", {"effort": "max"}, ""),
        ("codex", {"effort": "xhigh", "context_tokens": 9000, "price": {"input": 1, "output": 1}}, ""),
        ("claude-code", {"effort": "minimal"}, "effort 'minimal' is not known to it; allowed: high, low, max, medium"),
        (
            "gemini-cli",
            {"effort": "low"},
            "Agent gemini-cli has no option for the effort of openai/x. Leave effort out",
        ),
        ("codex", {"temperature": 0.5, "max_output_tokens": 9}, "has no option for max_output_tokens, temperature."),
    ],
)
def test_what_a_program_has_no_option_for_is_told_before_it_starts(
    agent: str, asked: dict[str, Any], said: str
) -> None:
    program = make_agent(agent)
    assert isinstance(program, CommandAgent)
    problem = program.model_problem(ModelSpec.model_validate({"name": "openai/x", **asked}))
    assert said in problem
    assert bool(said) == bool(problem)
