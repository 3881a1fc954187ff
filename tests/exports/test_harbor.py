"""Harbor's own validator of ATIF, in an environment of its own, on our exports: `make test-exports`."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.base import AgentContext
from agents.cli.agent import CommandAgent
from agents.cli.config import CliConfig
from agents.exports import to_adp, to_atif
from agents.model_server import ModelServer, Script
from agents.replay import ReplayAgent
from agents.trajectory import Trajectory, read_trajectory
from benchmark.budget import Budget
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from benchmark.trial import TrialOptions
from benchmark.workspace import prepare_workspace
from orchestration.planning.trials import plan_trial
from tests.agents.adp_schema import AdpTrajectory
from tests.agents.runs import KEY, TASK, context, solve
from tests.agents.solutions import changes, script_for
from tests.agents.trajectories import SHAPES, record

PYTHON = os.environ.get("LOCKGATE_HARBOR_PYTHON", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="opt-in: `make test-exports` installs Harbor, whose validator this runs"),
]

ASK_TWO_MODELS = """
import json, os, sys, urllib.request
for model in ("claude-haiku-4-5", "claude-sonnet-4-5"):
    body = {"model": model, "messages": [{"role": "user", "content": "The ticket: punctuality."}]}
    headers = {"x-api-key": os.environ["TOKEN"]}
    request = urllib.request.Request(os.environ["BASE"] + "/v1/messages", json.dumps(body).encode(), headers)
    print(json.load(urllib.request.urlopen(request))["content"][0]["text"])
print("a warning", file=sys.stderr)
sys.exit(3)
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.01")


def complaints(document: object, folder: Path) -> str:
    """What Harbor says against a document; nothing = it is valid."""
    path = folder / "export.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    command = [PYTHON, "-m", "harbor.utils.trajectory_validator", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
    assert ("is valid" in done.stdout) == (done.returncode == 0), done.stderr
    return done.stderr if done.returncode else ""


def check(trajectory: Trajectory, folder: Path) -> None:
    """Harbor accepts the export, and ADP's facts hold for the other."""
    assert complaints(to_atif(trajectory), folder) == ""
    AdpTrajectory.model_validate(to_adp(trajectory))


@pytest.mark.parametrize("shape", SHAPES)
def test_harbor_accepts_every_shape_of_a_trajectory(shape: str, tmp_path: Path) -> None:
    check(record(tmp_path, SHAPES[shape]), tmp_path)


@pytest.mark.parametrize("agent", ["toolloop", "codeact", "agentless", "planner"])
def test_harbor_accepts_what_an_agent_did(agent: str, tmp_path: Path) -> None:
    solve(agent, script_for(agent, changes(get_task(TASK), tmp_path / "changes")), tmp_path)
    check(read_trajectory(tmp_path / "trajectory.jsonl"), tmp_path)


def test_harbor_accepts_failed_calls_cut_results_and_foreign_letters(tmp_path: Path) -> None:
    calls = [
        {"name": "shell", "arguments": "{not json"},
        {"name": "fly", "arguments": {}},
        {"name": "shell", "arguments": {"command": "echo 'Zoë 航空 \u2028 🛫'; exit 3"}},
        {"name": "shell", "arguments": {"command": "yes lockgate | head -c 50000"}},
    ]
    turns = [{"text": "half \ud83d", "calls": calls, "faults": ["rate_limit"]}] * 2
    result = solve("toolloop", {"conversations": [{"turns": turns}]}, tmp_path, Budget(steps=2))
    assert result.status == "limit"
    trajectory = read_trajectory(tmp_path / "trajectory.jsonl")
    check(trajectory, tmp_path)
    extras = [found["extra"] for found in to_atif(trajectory)["steps"][2]["observation"]["results"]]
    assert [extra["exit_code"] for extra in extras] == [2, 2, 3, 0]
    assert extras[3]["n_characters"] >= 50_000


def test_harbor_accepts_a_program_that_asks_two_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKING_KEY", KEY)
    program = CliConfig(
        name="asking",
        command=("python", "-c", ASK_TWO_MODELS),
        environment={"BASE": "{proxy}", "TOKEN": "{token}"},
        upstream="https://provider.invalid",
        key_variable="ASKING_KEY",
    )
    task = get_task(TASK)
    prepare_workspace(task, tmp_path / "workspace")
    with ModelServer(Script.model_validate({"conversations": [{"turns": [{"text": "fine"}]}]})) as server:
        model = ModelSpec(name="anthropic/claude-sonnet-4-5", base_url=server.url)
        path = tmp_path / "trajectory.jsonl"
        asked = AgentContext(task, tmp_path / "workspace", {}, 0, trial_id="trial", model=model, trajectory_path=path)
        assert CommandAgent(program).solve(asked).message == "exit code 3"
    trajectory = read_trajectory(path)
    check(trajectory, tmp_path)
    steps = to_atif(trajectory)["steps"]
    assert [step["model_name"] for step in steps if "model_name" in step] == ["claude-haiku-4-5", "claude-sonnet-4-5"]


def test_harbor_accepts_a_replay(tmp_path: Path) -> None:
    plan = plan_trial(
        get_task(TASK),
        "toolloop",
        run_id="past",
        model=ModelSpec(name="openai/scripted"),
        options=TrialOptions(holdout_seed=3),
    )
    store = RunStore("past")
    store.write_plan(RunPlan(run_id="past", trials=(plan,)))
    solve("toolloop", script_for("toolloop", changes(get_task(TASK), tmp_path / "changes")), tmp_path)
    kept = store.trial(plan.trial_id).trajectory_path
    kept.parent.mkdir(parents=True)
    (tmp_path / "trajectory.jsonl").rename(kept)
    ReplayAgent("past").solve(context(tmp_path / "again"))
    check(read_trajectory(tmp_path / "again" / "trajectory.jsonl"), tmp_path)


def _wrong_number(document: dict[str, object]) -> None:
    document["steps"] = document["steps"][1:]  # type: ignore[index]


def _unknown_field(document: dict[str, object]) -> None:
    document["verdict"] = "good"


@pytest.mark.parametrize(
    ("change", "said"), [(_wrong_number, "expected 1"), (_unknown_field, "verdict: unexpected field")]
)
def test_harbor_refuses_what_is_wrong(change: Callable[[dict[str, object]], None], said: str, tmp_path: Path) -> None:
    document = to_atif(record(tmp_path, SHAPES["calls"]))
    change(document)
    assert said in complaints(document, tmp_path)
