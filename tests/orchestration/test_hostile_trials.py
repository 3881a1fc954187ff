"""Whole trials of hostile agents: scored, with a sentence, and nothing is left behind for later trials."""

from pathlib import Path

import pytest

from benchmark.paths import work_dir
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.trial import TrialOptions
from orchestration.planning.trials import plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime
from tests.orchestration.hostile_agents import DEEDS, HostileAgent

AGENT = f"{HostileAgent.__module__}:{HostileAgent.__name__}"
REFUSED = {
    "nested_folders": "The workspace is refused. Its folders are nested more than 64 levels deep",
    "sparse_file": "The workspace is refused. It holds more than 67,108,864 bytes",
}


def run(
    deed: str, monkeypatch: pytest.MonkeyPatch, runtime: ForkRuntime, task: str = "flights_otp_scorecard"
) -> Scorecard:
    monkeypatch.setattr(HostileAgent, "deed", deed)
    plan = plan_trial(
        get_task(task),
        AGENT,
        run_id=f"hostile-{deed}",
        options=TrialOptions(holdout_seed=3, scenarios=("visible",), days=3, sandbox="none"),
    )
    card = run_trial(plan, runtime)
    assert card.unscored_reason is None
    assert card.status == "scored"
    assert card.success is False
    assert list(work_dir().iterdir()) == []
    assert RunStore(plan.run_id).trial(plan.trial_id).read_scorecard() == card
    return card


@pytest.mark.parametrize("deed", REFUSED)
def test_a_workspace_that_is_too_much_is_refused_with_its_sentence(deed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ForkRuntime("bare") as runtime:
        card = run(deed, monkeypatch, runtime)
    assert card.submission is not None
    assert (card.submission.refused or "").startswith(REFUSED[deed])
    assert card.scores is not None
    assert (card.scores.component_score, card.scores.cascading_failure_score) == (0.0, 0.0)
    assert all(table.verdict.summary == card.submission.refused for table in card.scenarios[0].tables)


def test_a_task_of_data_tests_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with ForkRuntime("bare") as runtime:
        card = run("sparse_file", monkeypatch, runtime, "flights_feed_watch")
    assert card.scenarios[0].faults is not None
    assert card.scenarios[0].faults.recall == 0.0
    assert card.scenarios[0].faults.false_alarms[0].startswith("The workspace is refused")


@pytest.mark.slow
@pytest.mark.parametrize("deed", sorted(DEEDS.keys() - REFUSED.keys()))
def test_a_hostile_project_is_scored(deed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with ForkRuntime() as runtime:
        card = run(deed, monkeypatch, runtime)
    text = card.model_dump_json()
    text.encode()
    assert "\\u001b" not in text
    assert card.submission is not None
    assert card.submission.refused is None
    if deed == "half_a_letter":
        assert any("of a letter" in step.message for step in card.scenarios[0].steps)
