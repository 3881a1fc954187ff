"""A task on which the oracle fails, or the idle agent passes, is nobody's failure."""

from pathlib import Path

import pytest

from benchmark.registry import get_task
from benchmark.run_store import RunStore, TrialPlan
from benchmark.task import Task
from benchmark.trial import TrialOptions
from evaluators.broken_tasks import broken_reason, known_fault, learn_from, learn_from_gold
from evaluators.pipeline.gold import GoldBrokenError
from orchestration.cli.trials import unscore_broken
from orchestration.planning.trials import plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import write_kiosk
from tests.helpers.scorecards import DIFFERS, make_scorecard, store_run, unscored

WRONG = {"marts.takings": DIFFERS}


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    write_kiosk(tmp_path / "worlds", {"tasks/kiosk_sales/task.yaml": TWO_SCENARIOS})
    return get_task("kiosk_sales")


TWO_SCENARIOS = """\
id: kiosk_sales
kind: impl
title: Add up the sales
difficulty: easy
start: {remove: [dbt/models/takings.sql]}
scenarios: [visible, holdout]
scored: {raw: [raw_kiosk.items, raw_kiosk.sales], marts: [marts.takings]}
"""


def ended(task: Task, agent: str, *, is_right: bool, options: TrialOptions | None = None) -> TrialPlan:
    plan = plan_trial(task, agent, run_id="r", options=options or TrialOptions())
    learn_from(plan, task, make_scorecard(plan, {} if is_right else WRONG, 1.0))
    return plan


def test_a_task_is_broken_where_the_oracle_fails_and_until_it_passes(task: Task) -> None:
    ended(task, "oracle", is_right=True)
    assert known_fault(task) == ""
    ended(task, "oracle", is_right=False)
    first = "visible, marts.takings: Column share differs in 3 of 9 rows."
    assert known_fault(task) == f"the oracle does not pass (r/kiosk_sales--oracle--1: {first})"
    ended(task, "oracle", is_right=True)
    assert known_fault(task) == ""


def test_a_task_is_broken_where_the_idle_agent_passes(task: Task) -> None:
    ended(task, "idle", is_right=False)
    assert known_fault(task) == ""
    ended(task, "idle", is_right=True)
    assert known_fault(task) == "the idle agent passes, so the start is right already (r/kiosk_sales--idle--1)"


def test_both_are_said(task: Task) -> None:
    ended(task, "idle", is_right=True)
    ended(task, "oracle", is_right=False)
    assert known_fault(task).startswith("the oracle does not pass (")
    assert "; the idle agent passes" in known_fault(task)


@pytest.mark.parametrize(
    ("agent", "is_right", "options"),
    [
        ("saboteur", False, TrialOptions()),
        ("idle", True, TrialOptions(scenarios=("visible",))),
        ("oracle", False, TrialOptions(days=9)),
        ("oracle", False, TrialOptions(visible_seed=9)),
    ],
    ids=["another agent", "idle where the fault does not show", "other days", "another seed"],
)
def test_what_says_nothing_of_the_task_is_not_kept(
    task: Task, agent: str, is_right: bool, options: TrialOptions
) -> None:
    ended(task, agent, is_right=is_right, options=options)
    assert known_fault(task) == ""


def test_some_scenarios_do_not_take_back_what_others_showed(task: Task) -> None:
    ended(task, "oracle", is_right=False)
    ended(task, "oracle", is_right=True, options=TrialOptions(scenarios=("visible",)))
    assert known_fault(task)


@pytest.mark.parametrize("path", ["tasks/kiosk_sales/instruction.md", "project/dbt/models/takings.sql", "world.yaml"])
def test_changed_files_are_another_task(task: Task, path: str) -> None:
    ended(task, "oracle", is_right=False)
    file = task.world.folder / path
    file.write_text(file.read_text() + "\n")
    assert known_fault(task) == ""


def test_an_oracle_without_a_verdict_says_nothing(task: Task) -> None:
    plan = plan_trial(task, "oracle", run_id="r")
    learn_from(plan, task, unscored(plan, "no room"))
    assert known_fault(task) == ""


def test_no_other_agent_is_tried_on_a_broken_task(task: Task, runtime: ForkRuntime) -> None:
    ended(task, "oracle", is_right=False)
    card = run_trial(plan_trial(task, "saboteur", run_id="r"), runtime)
    assert (card.status, card.unscored_reason) == ("unscored", broken_reason(known_fault(task), task))
    assert "Mend it; `lockgate check --level trial kiosk_sales` tries it again." in str(card.unscored_reason)


def test_trials_that_ended_before_the_oracle_lose_their_figures_and_keep_their_evidence(task: Task) -> None:
    plans = [plan_trial(task, agent, run_id="r") for agent in ("saboteur", "oracle", "idle")]
    cards = store_run("r", plans, WRONG, 0.5)
    store = RunStore("r")
    assert unscore_broken(store, cards) == cards
    learn_from(plans[1], task, cards[1])
    changed = unscore_broken(store, cards)
    assert changed == [store.trial(plan.trial_id).read_scorecard() for plan in plans]
    for before, after in zip(cards, changed, strict=True):
        assert (after.status, after.success, after.scores, after.stages) == ("unscored", None, None, {})
        assert after.scenarios == before.scenarios
        assert "the oracle does not pass" in str(after.unscored_reason)


def test_a_solution_that_does_not_build_is_kept_until_a_trial_has_a_verdict(task: Task) -> None:
    learn_from_gold(task, GoldBrokenError("the solution fails at build on day 1: no such column."))
    assert known_fault(task) == "the solution fails at build on day 1: no such column."
    assert broken_reason(known_fault(task), task).startswith(
        "The task is broken: the solution fails at build on day 1: no such column. Mend it; "
    )
    ended(task, "idle", is_right=False)
    assert known_fault(task) == ""
