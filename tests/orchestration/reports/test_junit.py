"""The JUnit file says what the scorecards say, whatever texts they hold."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmark.registry import Broken, get_task
from benchmark.run_store import TrialPlan
from benchmark.scorecard import DefinitionCheck, FaultResult, FaultsResult, Scorecard, StepResult
from orchestration.planning.trials import plan_run
from orchestration.reports.junit import junit_xml
from tests.helpers.scorecards import DIFFERS, NOT_BUILT, make_scorecard, unscored


@pytest.fixture
def plans(small_world: Path) -> tuple[TrialPlan, ...]:
    return plan_run([get_task("repair_ports"), get_task("build_harbours")], ["oracle", "idle"], run_id="r").trials


def read(cards: list[Scorecard], broken: list[Broken] | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(junit_xml(cards, broken or []))


def test_a_suite_is_a_task_and_a_case_a_table_in_a_scenario(plans: tuple[TrialPlan, ...]) -> None:
    cards = [make_scorecard(plan, {}, 1.0) for plan in plans]
    root = read(cards)
    assert [suite.get("name") for suite in root] == ["repair_ports", "build_harbours"]
    expected = [
        (f"{card.trial.task}.{card.trial.agent} #1.{scenario.scenario}", table.table)
        for card in cards
        for scenario in card.scenarios
        for table in scenario.tables
    ]
    assert [(case.get("classname"), case.get("name")) for case in root.iter("testcase")] == expected
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == (str(len(expected)), "0", "0")
    assert root.get("time") == "50.0", "12.5 s a trial, counted once"


def test_a_failure_says_what_differs_alone_where_and_what_went_wrong(plans: tuple[TrialPlan, ...]) -> None:
    card = make_scorecard(plans[0], {"marts.ports": DIFFERS}, 0.5)
    step = StepResult(name="build", status="failed", message="stg_x does not compile")
    scenarios = tuple(scenario.model_copy(update={"steps": (step,)}) for scenario in card.scenarios)
    failures = list(read([card.model_copy(update={"scenarios": scenarios})]).iter("failure"))
    assert len(failures) == len(card.scenarios)
    assert failures[0].get("message") == f"{DIFFERS.kind}: {DIFFERS.summary}"
    assert DIFFERS.summary in (failures[0].text or "")
    assert "build failed: stg_x does not compile" in (failures[0].text or "")


def test_what_is_not_the_agents_is_no_failure(plans: tuple[TrialPlan, ...]) -> None:
    broken = Broken("lost_task", "harbour", Path("x"), "task.yaml: line 3")
    root = read([unscored(plans[0], "no room"), make_scorecard(plans[1], {}, 1.0)], [broken])
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "1", "1")
    (error,), (skipped,) = root.iter("error"), root.iter("skipped")
    assert error.get("message") == "unscored: no room"
    assert skipped.get("message") == "broken: task.yaml: line 3"


def test_seeded_faults_and_false_alarms_are_cases(plans: tuple[TrialPlan, ...]) -> None:
    faults = FaultsResult(
        min_recall=1.0,
        recall=0.5,
        n_tests=3,
        false_alarms=("unique_ports_id fails on good data",),
        faults=(
            FaultResult(fault="late", table="marts.ports", stage="marts", breaks="a day", is_caught=True),
            FaultResult(fault="twice", table="marts.ports", stage="marts", breaks="the key", is_caught=False),
        ),
    )
    card = make_scorecard(plans[0], {}, 0.5)
    scenario = card.scenarios[0].model_copy(update={"tables": (), "faults": faults})
    root = read([card.model_copy(update={"scenarios": (scenario,), "success": False})])
    assert [(case.get("name"), case.find("failure") is None) for case in root.iter("testcase")] == [
        ("marts.ports: late", True),
        ("marts.ports: twice", False),
        ("false alarm", False),
    ]


def test_checks_of_definitions_are_cases(plans: tuple[TrialPlan, ...]) -> None:
    card = make_scorecard(plans[0], {}, 1.0)
    checks = (
        DefinitionCheck(name="jobs", is_success=True),
        DefinitionCheck(name="schedules", is_success=False, message="no schedule as asked for: nightly"),
    )
    scenario = card.scenarios[0].model_copy(update={"definitions": checks})
    card = card.model_copy(update={"scenarios": (scenario,), "success": False})
    cases = {case.get("name"): case for case in ElementTree.fromstring(junit_xml([card], [])).iter("testcase")}
    assert cases["definitions: jobs"].find("failure") is None
    failure = cases["definitions: schedules"].find("failure")
    assert failure is not None
    assert failure.get("message") == "no schedule as asked for: nightly"


def test_a_trial_that_fails_for_no_table_has_a_case_of_its_own(plans: tuple[TrialPlan, ...]) -> None:
    card = make_scorecard(plans[0], {}, 1.0).model_copy(update={"success": False})
    (failure,) = read([card]).iter("failure")
    assert failure.get("message") == "The trial is no success."


def test_texts_of_a_submission_stay_texts(plans: tuple[TrialPlan, ...]) -> None:
    """Markup and characters that XML cannot hold neither break the file nor mean anything in it."""
    wicked = NOT_BUILT.model_copy(update={"summary": "</failure><testcase/> ]]> &amp; \x00\x1b[31m \ud800"})
    text = junit_xml([make_scorecard(plans[0], {"marts.ports": wicked}, 0.0)], [])
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert {len(failure) for failure in root.iter("failure")} == {0}
    assert "</failure><testcase/>" in (next(root.iter("failure")).text or "")
