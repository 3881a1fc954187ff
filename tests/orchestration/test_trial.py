"""Whole trials on the real world, with few days of history so that they are quick."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.trial import TrialOptions
from orchestration.planning.trials import plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime

TASK = "flights_otp_scorecard"
SCENARIOS = ("visible",)


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime() as started:
        started.warm("judge")
        yield started


def trial(
    runtime: ForkRuntime,
    agent: str,
    *,
    scenarios: tuple[str, ...] = SCENARIOS,
    again: bool = False,
    run_id: str = "run",
    task: str = TASK,
) -> Scorecard:
    options = TrialOptions(holdout_seed=3, scenarios=scenarios, days=3)
    plan = plan_trial(get_task(task), agent, run_id=run_id, options=options)
    return run_trial(plan, runtime, score_again=again)


def comparable(scorecard: Scorecard) -> str:
    content = scorecard.model_dump(mode="json")
    content.pop("timing_seconds")
    content["trial"].pop("run_id")
    return json.dumps(content, sort_keys=True)


@pytest.mark.slow
def test_the_oracle_succeeds_and_scores_the_same_again(runtime: ForkRuntime) -> None:
    first = trial(runtime, "oracle")
    assert first.unscored_reason is None
    assert first.success is True
    assert first.scores is not None
    assert (first.scores.component_score, first.scores.cascading_failure_score) == (1.0, 1.0)
    assert [scenario.scenario for scenario in first.scenarios] == list(SCENARIOS)
    assert all(result.is_success for scenario in first.scenarios for result in scenario.expectations)
    again = trial(runtime, "oracle", again=True)
    assert comparable(again) == comparable(first)
    assert again.timing_seconds["solve"] == first.timing_seconds["solve"], "the agent's time is kept"


@pytest.mark.slow
def test_another_run_has_the_same_scorecard(runtime: ForkRuntime) -> None:
    for agent in ("oracle", "saboteur"):
        first, other = (trial(runtime, agent, run_id=run_id) for run_id in ("first", "other"))
        assert first.unscored_reason is None
        assert comparable(other) == comparable(first)


@pytest.mark.slow
def test_the_idle_agent_fails_and_the_saboteur_lands_between(runtime: ForkRuntime) -> None:
    idle, saboteur = (trial(runtime, agent, scenarios=("visible",)) for agent in ("idle", "saboteur"))
    assert idle.success is False
    assert saboteur.success is False
    assert saboteur.scores is not None
    assert saboteur.scores.component_score is not None
    assert saboteur.scores.cascading_failure_score is not None
    assert 0 < saboteur.scores.component_score < 1
    assert saboteur.scores.cascading_failure_score <= saboteur.scores.component_score
    wrong = [table for table in saboteur.scenarios[0].tables if not table.verdict.is_match]
    assert wrong
    assert all(table.verdict.summary and table.built_by for table in wrong)


@pytest.mark.slow
def test_a_world_of_given_tables_alone_is_loaded_built_and_scored(
    runtime: ForkRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(REPOSITORY_DIR / "tests/cases/worlds"))
    scenarios = ("visible", "rerun", "day2", "drift")
    oracle = trial(runtime, "oracle", scenarios=scenarios, task="ledger_balances")
    assert oracle.unscored_reason is None
    assert oracle.success is True
    assert [scenario.scenario for scenario in oracle.scenarios] == list(scenarios)
    idle = trial(runtime, "idle", scenarios=scenarios, task="ledger_balances")
    assert idle.scores is not None
    assert idle.scores.component_score == 0


@pytest.mark.slow
def test_a_trial_that_is_done_is_not_done_again(runtime: ForkRuntime) -> None:
    trial(runtime, "idle", scenarios=("visible",))
    store = RunStore("run").trial(f"{TASK}--idle--1")
    before = store.scorecard_path.stat().st_mtime_ns
    trial(runtime, "idle", scenarios=("visible",))
    assert store.scorecard_path.stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_fault_of_the_task_is_unscored_and_tried_again(
    runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solution does not build: nobody can be scored, and nobody gets a 0."""
    projects = tmp_path / "dbt_projects"
    shutil.copytree(get_task(TASK).world.folder, projects / "flights")
    broken = next((projects / "flights/project/dbt/models/marts").rglob("flights.sql"))
    right = broken.read_text()
    broken.write_text("select * from nowhere\n")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(projects))
    card = trial(runtime, "idle", scenarios=("visible",), run_id="broken")
    assert card.status == "unscored"
    assert card.success is None
    assert card.unscored_reason is not None
    assert "The task is broken: the solution fails at build on day 1" in card.unscored_reason
    broken.write_text(right)
    assert trial(runtime, "idle", scenarios=("visible",), run_id="broken").status == "scored"
