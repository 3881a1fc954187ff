"""LLM agents, end to end: the scripted model server, the tools, the trial, the score."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.model_server import ModelServer, Script
from agents.trajectory import read_trajectory
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.trial import TrialOptions
from orchestration.cli.app import app
from orchestration.planning.trials import plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime
from tests.agents.solutions import changes, half, script_for, tool_turns
from tests.helpers.escapes import needs_docker

TASK = "flights_otp_scorecard"
AGENTS = ["toolloop", "codeact", "agentless", "planner"]
KEY = "sk-not-a-real-key-0123456789"


@pytest.fixture
def runtime() -> Iterator[ForkRuntime]:
    """One for each test: its rooms see the work of the home in which it was started, and each test has its own."""
    with ForkRuntime() as started:
        started.warm("judge")
        yield started


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.01")


def trial(
    runtime: ForkRuntime,
    agent: str,
    task: str,
    server: ModelServer,
    *,
    scenarios: tuple[str, ...] = ("visible",),
) -> Scorecard:
    model = ModelSpec(name="openai/scripted", base_url=f"{server.url}/v1", key_variable="SCRIPTED_KEY")
    plan = plan_trial(
        get_task(task),
        agent,
        run_id="run",
        model=model,
        options=TrialOptions(holdout_seed=3, scenarios=scenarios, days=3),
    )
    return run_trial(plan, runtime)


def stored(card: Scorecard) -> Path:
    return RunStore("run").trial(card.trial.trial_id).trajectory_path


@pytest.mark.slow
def test_a_scripted_solution_succeeds_and_a_finished_trial_stays(runtime: ForkRuntime, tmp_path: Path) -> None:
    script = script_for("toolloop", changes(get_task(TASK), tmp_path))
    failing = {"conversations": [{"turns": [{"text": "x", "faults": ["server_error"] * 5}]}]}
    with ModelServer(Script.model_validate(failing)) as server:
        card = trial(runtime, "toolloop", TASK, server)
    assert card.status == "unscored"
    assert card.unscored_reason is not None
    assert "gave no answer after 5 tries" in card.unscored_reason
    assert not RunStore("run").trial(card.trial.trial_id).patch_path.exists()
    with ModelServer(Script.model_validate(script)) as server:
        card = trial(runtime, "toolloop", TASK, server)
        n_requests = len(server.requests)
        assert trial(runtime, "toolloop", TASK, server) == card
        assert len(server.requests) == n_requests == 3
    assert card.unscored_reason is None
    assert card.success is True
    assert card.agent is not None
    assert card.agent.usage is not None
    assert (card.agent.status, card.agent.n_steps, card.agent.usage.input) == ("finished", 3, 300)
    assert card.trial.model_name == "openai/scripted"
    text = stored(card).read_text()
    assert KEY not in text
    assert read_trajectory(stored(card)).usage == card.agent.usage


@pytest.mark.slow
@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("task", ["flights_otp_scorecard", "flights_disputed_delays"])
def test_every_agent_solves_by_a_script_and_half_solves_by_half_of_it(
    runtime: ForkRuntime, tmp_path: Path, agent: str, task: str
) -> None:
    changed = changes(get_task(task), tmp_path)
    with ModelServer(Script.model_validate(script_for(agent, changed))) as server:
        card = trial(runtime, agent, task, server, scenarios=("visible", "holdout", "day2"))
    assert card.unscored_reason is None
    assert card.success is True
    with ModelServer(Script.model_validate(script_for(agent, half(changed)))) as server:
        plan = plan_trial(
            get_task(task),
            agent,
            run_id="half",
            model=ModelSpec(name="openai/scripted", base_url=f"{server.url}/v1", key_variable="SCRIPTED_KEY"),
            options=TrialOptions(holdout_seed=3, scenarios=("visible",), days=3),
        )
        partial = run_trial(plan, runtime)
    assert partial.status == "scored"
    assert partial.success is False
    assert partial.scores is not None
    assert partial.scores.component_score is not None
    assert partial.scores.component_score > 0


@needs_docker
@pytest.mark.slow
def test_an_agent_works_and_is_scored_in_containers(runtime: ForkRuntime, tmp_path: Path) -> None:
    look, write, done = tool_turns(changes(get_task(TASK), tmp_path))
    calls = [{"name": "load", "arguments": {}}, {"name": "dbt", "arguments": {"arguments": "build"}}]
    tried = {"text": "I load and build.", "calls": calls}
    script = {"conversations": [{"turns": [look, write, tried, done]}]}
    with ModelServer(Script.model_validate(script)) as server:
        model = ModelSpec(name="openai/scripted", base_url=f"{server.url}/v1", key_variable="SCRIPTED_KEY")
        plan = plan_trial(
            get_task(TASK),
            "toolloop",
            run_id="run",
            model=model,
            options=TrialOptions(scenarios=("visible",), days=3, sandbox="docker"),
        )
        card = run_trial(plan, runtime)
    assert card.unscored_reason is None
    assert card.success is True
    assert card.versions["sandbox"] == "docker"
    results = [step for step in read_trajectory(stored(card)).steps if step.role == "tool"]
    assert [(step.tool, step.exit_code) for step in results[-2:]] == [("load", 0), ("dbt", 0)]
    assert "Completed successfully" in results[-1].text


@pytest.mark.slow
def test_two_models_of_one_agent_are_two_competitors(tmp_path: Path) -> None:
    """From the run's file to the totals and the comparison: nothing is averaged over two models."""
    script = {"conversations": [{"turns": [{"text": "Nothing to do."}]}, {"turns": [{"text": "Nothing to do."}]}]}
    config, models = tmp_path / "two.yaml", ("openai/first", "openai/second")
    with ModelServer(Script.model_validate(script)) as server:
        listed = [{"name": name, "base_url": f"{server.url}/v1", "key_variable": "SCRIPTED_KEY"} for name in models]
        tasks = ["flights_report_contract"]  # no pipeline is built: quick
        matrix = {"agents": ["toolloop"], "models": listed, "tasks": tasks, "scenarios": ["visible"], "parallel": 1}
        config.write_text(json.dumps(matrix))
        result = CliRunner().invoke(app, ["run", str(config), "--run-id", "two", "--json"])
    assert result.exit_code == 0, result.output
    totals = json.loads(result.stdout)["totals"]
    assert [(row["competitor"], row["n_scored"], row["k"]) for row in totals] == [
        (f"toolloop@{name}", 1, 1) for name in models
    ]
    compared = CliRunner().invoke(app, ["compare", *(f"two/toolloop@{name}" for name in models)])
    assert compared.exit_code == 0, compared.output
    assert "too few tasks" in compared.output
