"""The tables of `run`, `show` and `compare`, and the explanation of one scorecard."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmark.registry import get_task, select_tasks
from benchmark.run_store import RunStore, TrialPlan
from benchmark.scorecard import (
    AgentResult,
    FaultResult,
    FaultsResult,
    LintResult,
    RootCause,
    Scorecard,
    Scores,
    SubmissionSummary,
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
from orchestration.reports.show.overview import print_trial
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


def explained(plan: TrialPlan, **facts: object) -> list[str]:
    console = Console(width=200, record=True)
    store = RunStore(plan.run_id).trial(plan.trial_id)
    print_trial(console, make_scorecard(plan, {}, 1.0).model_copy(update=facts), store)
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


def test_the_root_cause_is_named_with_its_scenario(plan: TrialPlan) -> None:
    assert "goes wrong first marts.ports, marts, scenario day2" in explained(plan, root_cause=CAUSE)


def test_what_the_agent_left_is_told(plan: TrialPlan) -> None:
    files = tuple(f"dbt/[m]{number}.sql" for number in range(7))
    submission = SubmissionSummary(
        sha256="0", n_files_changed=7, files_changed=files, protected_edits=("world.yaml",),
        left_out=("a: a pipe", "b: a link"), refused="It is too large.",
    )  # fmt: skip
    lines = explained(plan, submission=submission, agent=AgentResult(status="limit", message="No [time] left."))
    for said in (
        f"7 files changed: {', '.join(files[:3])} and 4 more",
        "protected, undone: world.yaml",
        "refused: It is too large.",
        "left out: a: a pipe, b: a link",
    ):
        assert said in lines, said
    assert any(line.startswith("agent limit") and line.endswith(": No [time] left.") for line in lines)
    unchanged = SubmissionSummary(sha256="0", n_files_changed=0, files_changed=())
    assert "nothing changed" in explained(plan, submission=unchanged)


def test_lint_stands_beside_that_of_gold_or_says_why_not(plan: TrialPlan) -> None:
    lint = LintResult(
        n_lines=100, n_findings=3, findings_per_100_lines=3.0, gold_findings_per_100_lines=0.5,
        not_linted=tuple(f"{name}.sql" for name in "abcdefg"),
    )  # fmt: skip
    lines = explained(plan, lint=lint)
    unread = "cannot read a.sql, b.sql, c.sql, d.sql, e.sql and 2 more"
    assert f"lint: 3.0 findings per 100 lines (gold: 0.5); {unread}" in lines
    failed = lint.model_copy(update={"error": "It took too long."})
    assert [line for line in explained(plan, lint=failed) if "lint" in line] == [
        "lint: not looked at. It took too long."
    ]


def test_faults_that_were_missed_and_false_alarms_are_named(plan: TrialPlan) -> None:
    faults = tuple(
        FaultResult(fault=name, table="marts.ports", stage="marts", breaks="Shares add up.", is_caught=name == "lost")
        for name in ("lost", "twice")
    )
    result = FaultsResult(min_recall=0.8, recall=0.5, n_tests=4, faults=faults, false_alarms=("not_null [x]: 2 rows",))
    card = make_scorecard(plan, {}, 1.0)
    text = "\n".join(explained(plan, scenarios=(card.scenarios[0].model_copy(update={"faults": result}),)))
    assert "twice" in text
    assert "not_null [x]: 2 rows" in text
    assert "lost" not in text


@pytest.mark.parametrize(
    ("n_tasks", "said"),
    [(1, "too few tasks: 1 task is compared"), (MIN_TASKS - 1, "4 tasks are compared"), (MIN_TASKS, "with 0 in its")],
)
def test_a_comparison_says_what_it_proves(n_tasks: int, said: str) -> None:
    assert said in comparison_note({"a": {"n_tasks": 0}, "b": {"n_tasks": n_tasks}})
