"""Command-line agents: any program, and programs that call an LLM through the recording proxy."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from agents.base import AgentContext
from agents.cli.agent import CommandAgent
from agents.cli.config import CliConfig, read_config
from agents.errors import ProviderError
from agents.model_server import ModelServer, Script
from agents.registry import AGENTS, make_agent
from agents.trajectory import read_trajectory
from benchmark.budget import Budget
from benchmark.errors import LockgateError, SpecError
from benchmark.llm import ModelSpec
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.workspace import prepare_workspace
from runtime.sandbox.network import PrivateNetwork
from runtime.sandbox.registry import find_problem
from tests.agents.proxy.provider import Provider

KEY = "sk-real-key-of-the-harness-000"
CLIENT = """
import json, os, sys, urllib.request
body = {"model": sys.argv[1], "messages": [{"role": "user", "content": sys.stdin.read()}]}
for number in range(int(sys.argv[2])):
    request = urllib.request.Request(
        os.environ["BASE"] + "/v1/messages", json.dumps(body).encode(), {"x-api-key": os.environ["TOKEN"]})
    answer = json.load(urllib.request.urlopen(request))
    open("answer.txt", "a").write(answer["content"][0]["text"])
"""
ASKING = CliConfig(
    name="asking",
    command=("python", "-c", CLIENT, "{model}", "3"),
    environment={"BASE": "{proxy}", "TOKEN": "{token}"},
    upstream="https://provider.invalid",
    key_variable="ASKING_KEY",
)
SCRIPT = Script.model_validate({"conversations": [{"when": "punctuality", "turns": [{"text": "fine "}]}]})


def context(folder: Path, server: ModelServer | None = None, budget: Budget | None = None) -> AgentContext:
    task = get_task("flights_otp_scorecard")
    prepare_workspace(task, folder / "workspace")
    return AgentContext(
        task,
        folder / "workspace",
        {},
        0,
        trial_id="trial",
        model=ModelSpec(name="anthropic/scripted", base_url=server.url) if server else None,
        budget=budget or Budget(),
        trajectory_path=folder / "trajectory.jsonl",
    )


def test_a_program_gets_the_ticket_on_its_input_and_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ncommand: [sh, -c, 'cmp TICKET.md - && echo found > out.txt; exit 3']\n")
    result = make_agent(str(path)).solve(context(tmp_path))
    assert (result.status, result.message, result.usage) == ("failed", "exit code 3", None)
    assert (tmp_path / "workspace" / "out.txt").read_text() == "found\n"


def test_a_program_that_does_not_end_is_ended_at_the_limit(tmp_path: Path) -> None:
    agent = CommandAgent(CliConfig(name="slow", command=("sleep", "60")))
    result = agent.solve(context(tmp_path, budget=Budget(wall_seconds=1)))
    assert result.status == "limit"


def test_a_program_that_is_not_installed_is_our_fault(tmp_path: Path) -> None:
    agent = CommandAgent(CliConfig(name="gone", command=("no-such-program",), install="npm install -g gone"))
    with pytest.raises(LockgateError, match=r"'no-such-program' of agent gone is not there.*npm install -g gone"):
        agent.solve(context(tmp_path))


@pytest.mark.parametrize("code", [1, 126, 127, 130, 143])
def test_no_exit_code_of_a_program_makes_a_trial_unscored(code: int, tmp_path: Path) -> None:
    agent = CommandAgent(CliConfig(name="ending", command=("sh", "-c", f"echo gone >&2; exit {code}")))
    result = agent.solve(context(tmp_path))
    assert (result.status, result.message) == ("failed", f"exit code {code}")


def test_the_key_stays_outside_and_tokens_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKING_KEY", KEY)
    with ModelServer(SCRIPT) as server:
        result = CommandAgent(ASKING).solve(context(tmp_path, server))
        assert {request["headers"]["X-Api-Key"] for request in server.requests} == {KEY}
    assert (result.status, result.n_steps) == ("finished", 3)
    assert result.usage is not None
    assert (result.usage.input, result.usage.output) == (300, 60)
    assert result.cost_usd == pytest.approx(300 * 1e-6 + 60 * 5e-6)
    assert (tmp_path / "workspace" / "answer.txt").read_text() == "fine fine fine "
    assert KEY not in (tmp_path / "trajectory.jsonl").read_text()
    steps = read_trajectory(tmp_path / "trajectory.jsonl").steps
    assert [step.role for step in steps] == ["user", "assistant", "assistant", "assistant"]
    assert [step.model for step in steps] == [None, "scripted", "scripted", "scripted"]
    assert os.environ["ASKING_KEY"] == KEY


def test_the_budget_holds_for_programs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKING_KEY", KEY)
    with ModelServer(SCRIPT) as server:
        result = CommandAgent(ASKING).solve(context(tmp_path, server, Budget(steps=2)))
        assert len(server.requests) == 2
    assert (result.status, result.message) == ("limit", "steps: 2 calls of the model were made")


@pytest.mark.slow
def test_a_provider_that_never_answers_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKING_KEY", KEY)
    script = {"conversations": [{"turns": [{"text": "x", "faults": ["server_error"] * 9}]}]}
    with (
        ModelServer(Script.model_validate(script)) as server,
        pytest.raises(ProviderError, match="status 500"),
    ):
        CommandAgent(ASKING).solve(context(tmp_path, server))
    monkeypatch.delenv("ASKING_KEY")
    with pytest.raises(LockgateError, match="ASKING_KEY is not set: agent asking needs"):
        CommandAgent(ASKING).solve(context(tmp_path / "second", server))


PROVOKING = """
import json, os, sys, urllib.error, urllib.request
call = {"model": sys.argv[1], "messages": [{"role": "x"}], "max_tokens": 1}
for body in (b"{}", b"no JSON", json.dumps(call).encode()):
    for headers in ({"x-api-key": os.environ["TOKEN"]}, {"x-api-key": "sk-my-own"}):
        try:
            urllib.request.urlopen(urllib.request.Request(os.environ["BASE"] + "/v1/messages", body, headers))
        except urllib.error.HTTPError:
            pass
sys.exit(127)
"""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("is_down", [True, False])
def test_errors_that_the_agent_provokes_are_its_own(
    status: int, is_down: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider refuses what this agent sends; whether it answers us decides whose fault that is."""
    monkeypatch.setenv("ASKING_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.01")

    async def refuse(request: Request) -> Response:
        is_ours = b"Say OK." in await request.body()
        return Response(f"no, not with {KEY}", 200 if is_ours and not is_down else status)

    provoking = ASKING.model_copy(update={"command": ("python", "-c", PROVOKING, "{model}")})
    with Provider(refuse) as provider:
        work = replace(context(tmp_path), model=ModelSpec(name="anthropic/scripted", base_url=provider.url))
        if is_down and status != 400:
            with pytest.raises(ProviderError, match=f"status {status}: no, not with .redacted."):
                CommandAgent(provoking).solve(work)
        else:
            result = CommandAgent(provoking).solve(work)
            assert (result.status, result.message) == ("failed", "exit code 127")
    assert KEY not in (tmp_path / "trajectory.jsonl").read_text()


@pytest.mark.parametrize("name", [name for name, path in AGENTS.items() if path.endswith(".yaml")])
def test_the_configs_that_come_along_are_valid(name: str) -> None:
    agent = make_agent(name)
    assert isinstance(agent, CommandAgent)
    assert agent.config.name == name
    assert agent.needs_model
    assert agent.config.install


def test_a_config_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ncommand: [sh]\ncomand: x\n")
    with pytest.raises(SpecError, match="line 3: key 'comand' is not known here"):
        read_config(path)
    path.write_text("name: mine\ncommand: [sh]\nupstream: https://x.invalid\n")
    with pytest.raises(SpecError, match="upstream needs key_variable"):
        read_config(path)


def test_a_program_that_is_told_its_model_needs_one(tmp_path: Path) -> None:
    for config, wants in (
        (CliConfig(name="mine", command=("sh", "-c", "{model}")), True),
        (CliConfig(name="mine", command=("sh",), environment={"MODEL": "x/{model}"}), True),
        (CliConfig(name="mine", command=("sh", "{instruction}")), False),
    ):
        assert ("Give --model" in CommandAgent(config).model_problem(None)) == wants
    assert CommandAgent(ASKING).model_problem(ModelSpec(name="anthropic/x")) == ""


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "''", "."])
@pytest.mark.parametrize("place", ["files: {%s: a}", "effort: {levels: [low], files: {%s: a}}"])
def test_a_file_that_does_not_lie_below_home_is_refused(tmp_path: Path, name: str, place: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\ncommand: [sh]\n{place % name}\n")
    with pytest.raises(SpecError, match=r"does not lie below \$HOME"):
        read_config(path)


LOOKING = """
import os, sys, urllib.request
from pathlib import Path
for name in sys.argv[1:]:
    print(name, Path(name).exists())
try:
    urllib.request.urlopen(os.environ["HOST"], timeout=5)
    print("host reached")
except OSError as error:
    print("host refused")
"""


@pytest.mark.skipif(find_problem("bubblewrap") is not None, reason="bubblewrap does not work here")
def test_behind_walls_a_program_reaches_the_proxy_and_neither_the_host_nor_our_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKING_KEY", KEY)
    with ModelServer(SCRIPT) as server, PrivateNetwork() as network:
        walled = replace(context(tmp_path, server), sandbox="bubblewrap", systems_pid=network.pid)
        result = CommandAgent(ASKING).solve(walled)
        assert result.status == "finished", result.message
        assert (tmp_path / "workspace" / "answer.txt").read_text() == "fine fine fine "
        paths = [str(REPOSITORY_DIR / name) for name in ("dbt_projects", "evaluators")] + [
            str(tmp_path / "trajectory.jsonl")
        ]
        look = CliConfig(name="look", command=("python", "-c", LOOKING, *paths), environment={"HOST": server.url})
        CommandAgent(look).solve(replace(walled, trajectory_path=tmp_path / "look.jsonl"))
    said = (tmp_path / "look.jsonl").read_text()
    assert "host refused" in said
    assert all(f"{path} False" in said for path in paths)
