"""One trial on a screen: what `lockgate show TRIAL` prints."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmark.registry import get_task
from benchmark.run_store import RunStore, TrialPlan
from benchmark.scorecard import (
    AgentResult,
    ExpectationResult,
    FaultResult,
    FaultsResult,
    LintResult,
    PolicyFinding,
    PolicyResult,
    RootCause,
    SubmissionSummary,
    TaskState,
)
from orchestration.planning.trials import identity_of, plan_trial
from orchestration.reports.show.overview import MAX_ROWS, print_trial
from tests.helpers.made_up_runs import card_of, plan_made_up
from tests.helpers.scorecards import DIFFERS, NOT_BUILT, make_scorecard

LINES_OF_A_SCREEN = 40


@pytest.fixture
def plan(small_world: Path) -> TrialPlan:
    return plan_trial(get_task("repair_ports"), "oracle", run_id="r")


def explained(plan: TrialPlan, width: int = 200, **facts: object) -> list[str]:
    console = Console(width=width, record=True)
    card = make_scorecard(plan, {}, 1.0).model_copy(update=facts)
    print_trial(console, card, RunStore("r").trial(plan.trial_id))
    return console.export_text().splitlines()


def test_many_wrong_tables_in_many_scenarios_fit_a_screen() -> None:
    plan = plan_made_up("r", "a_task", "toolloop", None)
    console = Console(width=80, record=True)
    card = card_of(plan, dict.fromkeys(plan.scenarios, "raw"))
    print_trial(console, card, RunStore("r").trial(plan.trial_id))
    lines = console.export_text().splitlines()
    assert len(lines) < LINES_OF_A_SCREEN
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for said in (
        "wrong raw.t (dbt/models/raw/t.sql) in all 4 scenarios",
        "3 tables follow: staging.t, intermediate.t, marts.t",
    ):
        assert said in text, said


def test_a_task_that_was_not_proven_is_told(plan: TrialPlan) -> None:
    assert "the task was not proven: no proof is kept" in explained(plan)
    proven = identity_of(plan, get_task(plan.task)).model_copy(update={"task_state": TaskState(version="aaaa1111")})
    assert "not proven" not in "\n".join(explained(plan, trial=proven))


def test_where_it_goes_wrong_first_is_told_and_where_to_look(plan: TrialPlan) -> None:
    cause = RootCause(
        scenario="day2", table="marts.ports", stage="marts", kind="grain", is_own=True, built_by="x", summary="Twice."
    )
    assert "goes wrong first marts.ports, marts, scenario day2" in explained(plan, root_cause=cause)
    card = make_scorecard(plan, {"marts.ports": DIFFERS}, 0.5)
    tables = tuple(
        t.model_copy(update={"component": t.verdict.model_copy(update={"is_match": True})})
        for t in card.scenarios[0].tables
    )
    scenario = card.scenarios[0].model_copy(update={"tables": tables})
    lines = explained(plan, scenarios=(scenario,))
    assert "  Alone on gold it is right: look upstream, at tables that are not scored." in lines


def test_failed_expectations_are_named_once(plan: TrialPlan) -> None:
    lines = explained(plan, scenarios=make_scorecard(plan, {"marts.ports": NOT_BUILT}, 0.5).scenarios)
    assert "expectations: 0 of 4 hold" in lines
    assert "  marts.ports column_values_to_not_be_null(port_code) fails in all 4 scenarios: A|B" in lines
    missing = ExpectationResult(
        table="marts.ports", stage="marts", expectation="expect_x", arguments={}, is_success=False, error="not built"
    )
    scenario = make_scorecard(plan, {}, 1.0).scenarios[0].model_copy(update={"expectations": (missing,)})
    assert "expectations: 0 of 1 hold, 1 are on tables that were not built" in explained(plan, scenarios=(scenario,))


def test_what_the_agent_did_and_left_is_told(plan: TrialPlan) -> None:
    files = tuple(f"dbt/[m]{number}.sql" for number in range(7))
    submission = SubmissionSummary(
        sha256="0", n_files_changed=7, files_changed=files, protected_edits=("world.yaml",),
        left_out=("a: a pipe", "b: a link"), refused="It is too large.",
    )  # fmt: skip
    agent = AgentResult(status="limit", message="No [time] left.", n_steps=4, cost_usd=None)
    lines = explained(plan, submission=submission, agent=agent, success=False)
    for said in (
        "repair_ports by oracle, attempt 1: submission refused",
        "agent limit (4 steps, no price known): No [time] left.",
        f"7 files changed: {', '.join(files[:3])} and 4 more",
        "protected, undone: world.yaml",
        "refused: It is too large.",
        "left out: a: a pipe, b: a link",
    ):
        assert said in lines, said
    unchanged = SubmissionSummary(sha256="0", n_files_changed=0, files_changed=())
    assert "nothing changed" in explained(plan, submission=unchanged)


def test_lint_stands_beside_that_of_gold_or_says_why_not(plan: TrialPlan) -> None:
    lint = LintResult(
        n_lines=100, n_findings=3, findings_per_100_lines=3.0, gold_findings_per_100_lines=0.5,
        not_linted=tuple(f"{name}.sql" for name in "abcdefg"),
    )  # fmt: skip
    said = "lint: 3.0 findings per 100 lines (gold: 0.5); cannot read a.sql, b.sql, c.sql, d.sql, e.sql and 2 more"
    assert said in explained(plan, lint=lint)
    failed = lint.model_copy(update={"error": "It took too long."})
    assert [line for line in explained(plan, lint=failed) if "lint" in line] == [
        "lint: not looked at. It took too long."
    ]


def test_findings_of_the_policy_are_counted_by_rule(plan: TrialPlan) -> None:
    finding = PolicyFinding(rule="names", model="m", file="m.sql", message="No [prefix].")
    policy = PolicyResult(rules=("names", "keys"), n_findings=3, by_rule={"names": 3}, findings=(finding,))
    assert "policy: 3 findings (names 3)" in with_policy(plan, policy)


@pytest.mark.parametrize(
    ("n_findings", "n_in_start", "said"),
    [
        (0, 3, "policy: 0 findings, and 3 that the start has too"),
        (1, 2, "policy: 1 finding, and 2 that the start has too (keys 1)"),
        (0, 0, None),
    ],
)
def test_findings_that_the_start_has_too_are_told_apart(
    plan: TrialPlan, n_findings: int, n_in_start: int, said: str | None
) -> None:
    by_rule = {"keys": n_findings} if n_findings else {}
    policy = PolicyResult(rules=("keys",), n_findings=n_findings, by_rule=by_rule, n_in_start=n_in_start)
    assert [line for line in with_policy(plan, policy) if "policy" in line] == ([said] if said else [])


def test_a_start_that_cannot_be_read_is_told_beside_the_findings(plan: TrialPlan) -> None:
    policy = PolicyResult(rules=("keys",), n_findings=1, start_error="no model [x]")
    assert "policy: 1 finding; which of them the start has is not known: no model [x]" in with_policy(plan, policy)


def with_policy(plan: TrialPlan, policy: PolicyResult) -> list[str]:
    scenario = make_scorecard(plan, {}, 1.0).scenarios[0].model_copy(update={"policy": policy})
    return explained(plan, scenarios=(scenario,))


def test_faults_that_were_missed_and_false_alarms_are_named(plan: TrialPlan) -> None:
    faults = tuple(
        FaultResult(fault=name, table="marts.ports", stage="marts", breaks="Shares add up.", is_caught=name == "lost")
        for name in ("lost", "twice")
    )
    result = FaultsResult(min_recall=0.8, recall=0.5, n_tests=4, faults=faults, false_alarms=("not_null [x]: 2 rows",))
    scenario = make_scorecard(plan, {}, 1.0).scenarios[0].model_copy(update={"faults": result})
    lines = explained(plan, scenarios=(scenario,), success=False)
    for said in (
        "repair_ports by oracle, attempt 1: caught 1 of 2 faults",
        "visible: 4 data tests, recall 0.50 (1 of 2 faults caught, 0.80 needed), 1 false alarms",
        "  false alarm: not_null [x]: 2 rows",
        "  missed in visible: twice in marts.ports",
    ):
        assert said in lines, said
    assert not any("missed" in line and "lost" in line for line in lines)


def test_long_lists_are_cut(plan: TrialPlan) -> None:
    card = make_scorecard(plan, {}, 1.0)
    wrong = card.scenarios[0].tables[0].model_copy(update={"verdict": NOT_BUILT, "component": NOT_BUILT})
    tables = tuple(wrong.model_copy(update={"table": f"marts.t{number}"}) for number in range(MAX_ROWS + 3))
    lines = explained(plan, scenarios=(card.scenarios[0].model_copy(update={"tables": tables}),))
    assert "and 3 more: --table NAME" in lines
    assert "and 3 more tables that differ" in lines
