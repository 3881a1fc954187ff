"""The real programs, offline, against the scripted model server, through whole trials: `make test-cli-agents`."""

import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.base import AgentContext
from agents.model_server import ModelServer, Script
from agents.registry import make_agent
from agents.trajectory import read_trajectory
from agents.workspace_sandbox import PROGRAMS_VARIABLE
from benchmark.budget import Budget
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.trial import BudgetChange, TrialOptions
from benchmark.workspace import prepare_workspace
from orchestration.planning.trials import plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime
from runtime.sandbox.network import PrivateNetwork
from runtime.sandbox.registry import find_problem
from tests.agents.solutions import changes, half

TASK = "flights_otp_scorecard"
TICKET = "OPS-412: marts for the punctuality report"
KEY = "sk-real-key-of-the-harness-000"
PROVIDERS = {
    "claude-code": "anthropic",
    "codex": "openai",
    "gemini-cli": "gemini",
    "opencode": "openai",
    "mini-swe-agent": "openai",
}
WEB_TOOLS = ("web_search", "web_fetch", "WebSearch", "WebFetch", "google_web_search")
"""What a provider looks up outside for the program."""
KEY_VARIABLES = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "LOCKGATE_TEST_CLI_AGENTS" not in os.environ, reason="opt-in: `make test-cli-agents` installs the programs"
    ),
    pytest.mark.skipif(find_problem("bubblewrap") is not None, reason="bubblewrap does not work here"),
]


@pytest.fixture
def runtime() -> Iterator[ForkRuntime]:
    """One for each test: its rooms see the work of the home in which it was started, and each test has its own."""
    with ForkRuntime() as started:
        started.warm("judge")
        yield started


def call_of(agent: str, command: str) -> dict[str, Any]:
    """How each program's model runs a command."""
    if agent == "codex":
        return {"name": "exec_command", "arguments": {"cmd": command}}
    names = {"claude-code": "Bash", "gemini-cli": "run_shell_command"}
    arguments = {"command": command}
    if agent != "mini-swe-agent":
        arguments["description"] = "Work on the ticket"
    return {"name": names.get(agent, "bash"), "arguments": arguments}


def write_command(changed: dict[str, str | None]) -> str:
    """A shell command that makes the changes."""
    packed = base64.b64encode(json.dumps(changed).encode()).decode()
    program = (
        "import base64, json, pathlib; "
        f"files = json.loads(base64.b64decode('{packed}')); "
        "[(pathlib.Path(p).parent.mkdir(parents=True, exist_ok=True), pathlib.Path(p).write_text(c)) "
        "if c is not None else pathlib.Path(p).unlink() for p, c in files.items()]"
    )
    return f'python3 -c "{program}"'


def script_for(agent: str, changed: dict[str, str | None]) -> Script:
    """Look, write, say so; what a program asks beside the work, for example for a title, has no ticket in it."""
    turns: list[dict[str, Any]] = [
        {"text": "I look around.", "calls": [call_of(agent, "ls; head -3 docs/sources.md; command -v dbt")]},
        {"text": "I write the files.", "calls": [call_of(agent, write_command(changed))]},
        {"text": "The ticket is done."},
    ]
    if agent == "mini-swe-agent":  # every answer must be a command; this one ends its work
        turns[-1]["calls"] = [call_of(agent, "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT")]
    return Script.model_validate({"conversations": [{"when": TICKET, "turns": turns}, {"turns": [{"text": "Report"}]}]})


def model(agent: str, server: ModelServer) -> ModelSpec:
    """The model server, as the program's provider."""
    provider = PROVIDERS[agent]
    return ModelSpec(name=f"{provider}/scripted", base_url=f"{server.url}/v1" if provider == "openai" else server.url)


def trial(runtime: ForkRuntime, agent: str, server: ModelServer) -> Scorecard:
    """A trial of the program behind walls, scored on what it left."""
    plan = plan_trial(
        get_task(TASK),
        agent,
        run_id="run",
        model=model(agent, server),
        options=TrialOptions(budget=BudgetChange(wall_seconds=240), holdout_seed=3, scenarios=("visible",), days=3),
    )
    return run_trial(plan, runtime)


@pytest.mark.parametrize("share", ["whole", "half"])
@pytest.mark.parametrize("agent", PROVIDERS)
def test_the_real_program_does_what_the_script_says(
    runtime: ForkRuntime, agent: str, share: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert os.environ.get(PROGRAMS_VARIABLE)
    monkeypatch.setenv(KEY_VARIABLES[PROVIDERS[agent]], KEY)
    changed = changes(get_task(TASK), tmp_path / "changes")
    changed = changed if share == "whole" else half(changed)
    with ModelServer(script_for(agent, changed)) as server:
        card = trial(runtime, agent, server)
        requests = server.requests
    assert card.unscored_reason is None
    path = RunStore("run").trial(card.trial.trial_id).trajectory_path
    text = path.read_text()
    assert card.agent is not None
    assert card.agent.status == "finished", text[-5000:]
    assert card.submission is not None
    assert set(card.submission.files_changed) == set(changed), text[-5000:]
    assert card.scores is not None
    assert card.scores.component_score is not None
    assert card.success is (share == "whole")
    if share == "whole":
        assert card.scores.component_score == 1
    else:
        assert 0 < card.scores.component_score < 1
    assert f"{sys.prefix}/bin/dbt" in json.dumps(requests[-1]["body"])
    for request in requests:
        assert KEY in " ".join(request["headers"].values())
        assert json.dumps(request["body"], ensure_ascii=False).count(TICKET) == 1
        assert not [name for name in WEB_TOOLS if f'"{name}"' in json.dumps(request["body"].get("tools"))]
    assert KEY not in text
    assert card.agent.usage is not None
    assert card.agent.n_steps >= 3
    assert card.agent.usage.total == read_trajectory(path).usage.total == 120 * card.agent.n_steps


@pytest.mark.parametrize("agent", PROVIDERS)
def test_the_real_program_ends_where_its_budget_does(
    agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLES[PROVIDERS[agent]], KEY)
    task = get_task(TASK)
    prepare_workspace(task, tmp_path / "workspace")
    with ModelServer(script_for(agent, {})) as server, PrivateNetwork() as network:
        context = AgentContext(
            task,
            tmp_path / "workspace",
            {},
            0,
            model=model(agent, server),
            budget=Budget(wall_seconds=120, steps=1),
            systems_pid=network.pid,
            sandbox="bubblewrap",
        )
        result = make_agent(agent).solve(context)
        assert len(server.requests) == 1
    assert (result.status, result.message) == ("limit", "steps: 1 calls of the model were made")
