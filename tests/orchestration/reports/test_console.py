"""The tables of `run`, `show` and `compare`."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmark.registry import get_task, select_tasks
from benchmark.run_store import TrialPlan
from benchmark.scorecard import (
    RootCause,
    Scorecard,
    Scores,
    TrialIdentity,
)
from benchmark.stages import STAGES
from evaluators.scoring.leaderboard import standings
from evaluators.scoring.metrics import MIN_TASKS
from orchestration.planning.trials import plan_trial
from orchestration.reports.console import (
    comparison_note,
    number,
    root_causes_table,
    totals_table,
    trials_table,
)
from tests.helpers.scorecards import make_scorecard


def test_every_tasks_line_fits_80_columns_unfolded() -> None:
    """Task, agent and every score stand in full on one line of a usual terminal."""
    right = Scores(component_score=1.0, cascading_failure_score=1.0, n_tables=3, n_matches=3)
    cards = [
        Scorecard(
            trial=TrialIdentity(
                run_id="r", trial_id=f"{task.id}--saboteur--1", world=task.world.id, task=task.id,
                task_kind=task.spec.kind, agent="saboteur", attempt=1, days=14, visible_seed=0, holdout_seed=1,
            ),
            status="scored", success=True, scores=right, stages=dict.fromkeys(STAGES, right),
        )
        for task in select_tasks([])
    ]  # fmt: skip
    console = Console(width=80, record=True)
    console.print(trials_table(cards))
    lines = console.export_text().splitlines()[2:]
    assert [line.split()[0] for line in lines] == [card.trial.task for card in cards]
    assert all(line.split()[1] == "saboteur" and line.count("1.00") == 2 + len(STAGES) for line in lines)


@given(st.floats(0, 1))
def test_only_a_perfect_score_prints_as_one(value: float) -> None:
    """And a score never prints as more than it is, nor as a hundredth less."""
    shown = number(value)
    assert (shown == "1.00") == (value >= 1 - 1e-11)
    assert value - 0.01 < float(shown) <= value + 1e-9


@given(st.integers(0, 100))
def test_a_score_of_whole_hundredths_prints_as_itself(hundredths: int) -> None:
    assert number(hundredths / 100) == f"{hundredths / 100:.2f}"


@pytest.fixture
def plan(small_world: Path) -> TrialPlan:
    return plan_trial(get_task("repair_ports"), "oracle", run_id="r")


def text_of(*renderables: object) -> list[str]:
    console = Console(width=80, record=True)
    console.print(*renderables)
    return console.export_text().splitlines()


def test_below_the_least_number_of_tasks_no_interval_is_shown_and_the_table_says_so(plan: TrialPlan) -> None:
    lines = text_of(totals_table(standings([make_scorecard(plan, {}, 1.0)])))
    assert [line.split() for line in lines if "oracle" in line] == [["oracle", "1.00", "1.00", "1.00", "1", "0"]]
    assert f"too few tasks for intervals: {MIN_TASKS} are needed" in " ".join(lines)


def test_with_enough_tasks_intervals_are_shown_in_80_columns() -> None:
    tasks = [task for task in select_tasks([]) if task.faults is None][: MIN_TASKS + 1]
    cards = [
        make_scorecard(plan_trial(task, "oracle", run_id="r"), {}, number_ / 10) for number_, task in enumerate(tasks)
    ]
    lines = text_of(totals_table(standings(cards)))
    assert max(map(len, lines)) <= 80
    (row,) = [line for line in lines if "oracle" in line]
    assert row.count("(") == 3
    assert "too few" not in " ".join(lines)


def test_attempts_have_columns_of_their_own_and_those_without_as_many_a_dash(plan: TrialPlan) -> None:
    task = get_task("repair_ports")
    twice = [plan_trial(task, "saboteur", run_id="r", attempt=attempt) for attempt in (1, 2)]
    cards = [make_scorecard(trial, {}, 1.0) for trial in [plan, *twice]]
    lines = [line.split() for line in text_of(totals_table(standings(cards)))]
    header = next(line for line in lines if "pass@2" in line)
    rows = {line[0]: dict(zip(header, line, strict=True)) for line in lines if line and len(line) == len(header)}
    assert (rows["saboteur"]["pass@2"], rows["saboteur"]["pass^2"], rows["saboteur"]["scored"]) == ("1.00", "1.00", "2")
    assert (rows["oracle"]["pass@2"], rows["oracle"]["pass^2"], rows["oracle"]["scored"]) == ("-", "-", "1")


CAUSE = RootCause(
    scenario="day2", table="marts.ports", stage="marts", kind="grain", is_own=True,
    built_by="dbt/models/[x].sql", summary="Twice as many rows.",
)  # fmt: skip


def test_root_causes_are_counted_by_stage_and_kind(plan: TrialPlan) -> None:
    right = make_scorecard(plan, {}, 1.0)
    assert root_causes_table(standings([right])) is None
    wrong = right.model_copy(update={"root_cause": CAUSE, "success": False})
    table = root_causes_table(standings([wrong, wrong, right]))
    assert [line.split() for line in text_of(table) if "oracle" in line] == [["oracle", "marts", "grain", "2"]]


@pytest.mark.parametrize(
    ("n_tasks", "said"),
    [(1, "too few tasks: 1 task is compared"), (MIN_TASKS - 1, "4 tasks are compared"), (MIN_TASKS, "with 0 in its")],
)
def test_a_comparison_says_what_it_proves(n_tasks: int, said: str) -> None:
    assert said in comparison_note({"a": {"n_tasks": 0}, "b": {"n_tasks": n_tasks}})
