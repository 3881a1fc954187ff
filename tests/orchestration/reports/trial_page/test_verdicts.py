"""Whose fault a wrong table is, and what is said once."""

from benchmark.llm import ModelSpec
from benchmark.scorecard import FaultResult, FaultsResult, RowDifference, Scorecard, StepResult, TableResult, Verdict
from orchestration.reports.trial_page.verdicts import (
    State,
    named_scenarios,
    read_failed_steps,
    read_faults,
    read_verdicts,
    sample_columns,
    state_of,
)
from tests.helpers.made_up_runs import WRONG, card_of, plan_made_up
from tests.helpers.scorecards import DIFFERS, MATCH, NOT_BUILT

PLAN = plan_made_up("r", "a_task", "toolloop", ModelSpec(name="openai/gpt-5"))


def result(verdict: Verdict, component: Verdict, *, is_cascaded: bool = False) -> TableResult:
    return TableResult(
        table="marts.t", stage="marts", weight=1, verdict=verdict, component=component, is_cascaded=is_cascaded
    )


def test_each_verdict_has_its_state() -> None:
    expected: list[tuple[TableResult, State]] = [
        (result(MATCH, MATCH), "right"),
        (result(MATCH, MATCH, is_cascaded=True), "uncounted"),
        (result(DIFFERS, MATCH, is_cascaded=True), "follows"),
        (result(NOT_BUILT, MATCH, is_cascaded=True), "follows"),
        (result(DIFFERS, MATCH), "wrong"),
        (result(DIFFERS, DIFFERS, is_cascaded=True), "wrong"),
        (result(NOT_BUILT, DIFFERS), "wrong"),
        (result(NOT_BUILT, NOT_BUILT), "not_built"),
    ]
    assert [state_of(item) for item, _ in expected] == [state for _, state in expected]


def test_own_faults_stand_apart_from_what_follows_and_once_for_all_scenarios() -> None:
    verdicts = read_verdicts(card_of(PLAN, {"visible": "staging", "holdout": "staging", "day2": "marts"}))
    assert [(item.table, item.scenarios, item.state) for item in verdicts.own] == [
        ("staging.t", ("visible", "holdout"), "wrong"),
        ("marts.t", ("day2",), "wrong"),
    ]
    assert [(item.table, item.scenarios) for item in verdicts.following] == [
        ("intermediate.t", ("visible", "holdout")),
        ("marts.t", ("visible", "holdout")),
    ]
    assert verdicts.n_following == 1, "marts.t has a fault of its own, too"
    assert len({item.anchor for item in (*verdicts.own, *verdicts.following)}) == 4
    (row,) = [row for row in verdicts.tables if row.table == "marts.t"]
    assert [state for _, state, _ in row.cells] == ["follows", "follows", "right", "wrong"]
    assert row.worst == "wrong"
    assert row.cells[2][2] is None


def test_the_same_with_other_counts_stands_once_with_those_counts() -> None:
    card = card_of(PLAN, {"visible": "marts", "holdout": "marts"})
    other = WRONG["marts"].model_copy(update={"summary": "Column revenue differs in 5 of 80 rows."})
    holdout = card.scenarios[1]
    tables = tuple(
        table.model_copy(update={"verdict": other, "component": other}) if table.table == "marts.t" else table
        for table in holdout.tables
    )
    changed = holdout.model_copy(update={"tables": tables})
    card = card.model_copy(update={"scenarios": (card.scenarios[0], changed, *card.scenarios[2:])})
    (item,) = read_verdicts(card).own
    assert item.scenarios == ("visible", "holdout")
    assert item.others == (("holdout", other.summary),)


def test_a_note_says_where_to_look() -> None:
    def noted(*facts: TableResult) -> list[str]:
        card = card_of(PLAN)
        scenario = card.scenarios[0].model_copy(update={"tables": facts})
        return [item.note for item in read_verdicts(card.model_copy(update={"scenarios": (scenario,)})).own]

    assert noted(result(DIFFERS, MATCH)) == ["Alone on gold it is right: look upstream, at tables that are not scored."]
    assert noted(result(DIFFERS, DIFFERS, is_cascaded=True)) == ["Tables upstream of it are wrong, too."]
    assert noted(result(DIFFERS, DIFFERS)) == [""]


def test_a_sample_shows_key_then_differences_then_the_rest() -> None:
    row = {"a": "1", "Port_Code": "A", "share": "0.5", "z": None}
    verdict = DIFFERS.model_copy(
        update={
            "sample": (RowDifference(kind="extra", output=row | {"late": "x"}), RowDifference(kind="missing", gold=row))
        }
    )
    assert sample_columns(verdict, ("port_code",)) == (["Port_Code", "share", "a", "z", "late"], {"share"})


def test_failed_steps_with_the_same_message_stand_once() -> None:
    card = card_of(PLAN)
    steps = (StepResult(name="load", status="ok"), StepResult(name="build", status="failed", message="No `x`."))
    scenarios = tuple(scenario.model_copy(update={"steps": steps}) for scenario in card.scenarios[:2])
    (step,) = read_failed_steps(card.model_copy(update={"scenarios": scenarios}))
    assert (step.status, step.message, step.scenarios) == ("failed", "No `x`.", {"build": ("visible", "holdout")})
    assert step.said(2) == "build failed in visible, holdout"


def test_a_failed_step_is_said_only_where_it_was() -> None:
    card = card_of(PLAN)
    steps = [StepResult(name=name, status="failed", message="No `x`.") for name in ("build on day 1", "build on day 2")]
    scenarios = [scenario.model_copy(update={"steps": tuple(steps[:1])}) for scenario in card.scenarios[:3]]
    scenarios[2] = scenarios[2].model_copy(update={"steps": tuple(steps)})
    (step,) = read_failed_steps(card.model_copy(update={"scenarios": tuple(scenarios)}))
    assert step.said(3) == f"build on day 1 failed in all 3 scenarios, build on day 2 failed in {scenarios[2].scenario}"


def with_faults(card: Scorecard, caught: dict[str, set[str]]) -> Scorecard:
    scenarios = []
    for scenario in card.scenarios[:2]:
        faults = tuple(
            FaultResult(
                fault=name, table="marts.t", stage="marts", breaks="It holds.", is_caught=scenario.scenario in where
            )
            for name, where in caught.items()
        )
        result = FaultsResult(min_recall=0.8, recall=0.5, n_tests=4, faults=faults)
        scenarios.append(scenario.model_copy(update={"faults": result}))
    return card.model_copy(update={"scenarios": tuple(scenarios)})


def test_missed_faults_come_first() -> None:
    card = with_faults(card_of(PLAN), {"caught": {"visible", "holdout"}, "half": {"visible"}, "missed": set()})
    assert [(row.fault.fault, row.n_missed) for row in read_faults(card)] == [("missed", 2), ("half", 1), ("caught", 0)]
    assert read_faults(card_of(PLAN)) == []


def test_scenarios_are_named_unless_they_are_all() -> None:
    assert named_scenarios(("visible", "rerun"), 4) == "visible, rerun"
    assert named_scenarios(("a", "b", "c", "d"), 4) == "all 4 scenarios"
    assert named_scenarios(("visible",), 1) == "visible"
