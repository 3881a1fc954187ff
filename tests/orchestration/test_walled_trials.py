"""Trials of agents that are not ours, as `lockgate run` executes them: in child processes, behind walls."""

from pathlib import Path

import pytest

from benchmark.registry import get_task
from benchmark.scorecard import Scorecard
from benchmark.trial import TrialOptions
from orchestration.planning.trials import plan_trial
from orchestration.pool.dispatch import execute_trials
from tests.helpers.escapes import needs_bubblewrap


@pytest.mark.slow  # the demo runs behind the same walls
@needs_bubblewrap
def test_a_program_that_does_nothing_is_scored(tmp_path: Path, instance_home: Path) -> None:
    agent = tmp_path / "nothing.yaml"
    agent.write_text('name: nothing\ncommand: ["true"]\n')
    task = get_task("flights_otp_scorecard")
    plan = plan_trial(task, str(agent), run_id="walled", options=TrialOptions(scenarios=("visible",), days=3))
    cards: list[Scorecard] = []
    execute_trials([plan], n_parallel=1, on_done=lambda _, card: cards.append(card))
    assert [(card.status, card.unscored_reason, card.success) for card in cards] == [("scored", None, False)]
    assert cards[0].versions["sandbox"] == "bubblewrap"
    assert cards[0].scenarios[0].steps[0].status == "ok"
