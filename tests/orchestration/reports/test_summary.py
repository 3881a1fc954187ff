"""The summary of a CI job: totals, trials, causes, in Markdown that texts of submissions cannot leave."""

from pathlib import Path

import pytest

from benchmark.registry import Broken, get_task
from benchmark.run_store import TrialPlan
from benchmark.scorecard import RootCause
from orchestration.planning.trials import plan_run
from orchestration.reports.summary import MAX_ROWS, summary_markdown
from tests.helpers.scorecards import DIFFERS, make_scorecard, unscored


@pytest.fixture
def plans(small_world: Path) -> tuple[TrialPlan, ...]:
    return plan_run([get_task("repair_ports")], ["oracle", "idle"], run_id="r", n_attempts=60).trials


def test_it_has_totals_trials_and_causes(plans: tuple[TrialPlan, ...]) -> None:
    cause = RootCause(
        scenario="visible",
        table="marts.ports",
        stage="marts",
        kind="values",
        is_own=True,
        built_by=None,
        summary="a | b",
    )
    failed = make_scorecard(plans[60], {"marts.ports": DIFFERS}, 0.25).model_copy(update={"root_cause": cause})
    cards = [make_scorecard(plans[0], {}, 1.0), failed, unscored(plans[61], "no <b>room</b>")]
    lines = summary_markdown(cards, [Broken("lost", "harbour", Path("x"), "task.yaml: line 3")]).splitlines()
    assert "| oracle | 1.00 | 1.00 | 1.00 | 1 | 0 |" in lines
    assert "| idle | 0.00 | 0.25 | 0.25 | 1 | 1 |" in lines
    assert "| **failed** | repair\\_ports | idle #1 | 0.25 | 0.25 | marts.ports, visible: a \\| b |" in lines
    assert "| unscored | repair\\_ports | idle #2 |  |  | no &lt;b&gt;room&lt;/b&gt; |" in lines
    assert "- left out: lost: task.yaml: line 3" in lines


def test_many_trials_are_cut(plans: tuple[TrialPlan, ...]) -> None:
    text = summary_markdown([make_scorecard(plan, {}, 1.0) for plan in plans], [])
    assert text.count("| passed |") == MAX_ROWS
    assert "And 20 trials more." in text
