"""From what pieces found out to the proof of a task."""

from typing import Any

import pytest

from benchmark.registry import get_task
from evaluators.proof.assembly import Findings, assemble, variant_problems
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.result import EquivalentResult, MutantResult, Outcome, TaskProof, TriedMutant
from orchestration.reports.proof import what_was_tried

LABELS = ("visible", "rerun", "day2", "holdout 101", "holdout 202", "holdout 303")


def findings(**others: Any) -> Findings:
    """Of a task of tables without any fault."""
    usual: dict[str, Any] = {
        "again": {label: {} for label in LABELS},
        "idle": {"fails_in": "visible"},
        "workspace": {"missing": [], "leaks": [], "problems": []},
    }
    return Findings(**(usual | others))


def proof_of(**others: Any) -> TaskProof:
    return assemble(get_task("flights_otp_scorecard"), findings(**others))


def about_proof(proof: TaskProof) -> list[str]:
    """Problems but those of `proof.yaml`, whose mutants nobody tried here."""
    return [problem for problem in proof.problems if not problem.startswith("proof.yaml")]


def test_the_oracle_is_counted_by_scenario_and_seed() -> None:
    proof = proof_of()
    counts = {check.scenario: (check.n_passed, check.n_trials) for check in proof.oracle}
    assert counts == {"visible": (1, 1), "holdout": (3, 3), "rerun": (1, 1), "day2": (1, 1)}
    assert (proof.idle_fails, proof.is_deterministic, about_proof(proof)) == (True, True, [])


def test_a_scored_table_that_differs_when_built_again_fails_the_oracle_there() -> None:
    again: dict[str, dict[str, str]] = {label: {} for label in LABELS}
    again["holdout 202"] = {"marts.routes": "Column n differs.", "other.x": "y"}
    proof = proof_of(again=again)
    assert {check.scenario: check.n_passed for check in proof.oracle}["holdout"] == 2
    assert proof.is_deterministic is False
    assert about_proof(proof) == ["holdout 202: marts.routes differs when the solution runs again: Column n differs."]


def test_each_kind_of_finding_is_a_problem() -> None:
    proof = proof_of(
        idle={"fails_in": ""},
        workspace={"missing": ["marts.x.y"], "leaks": ["a.csv holds rows"], "problems": ["it does not arrive"]},
        models=[{"mutants": [], "equivalents": [], "order": "visible: marts.x follows the order"}],
        derived={"agreed": ["marts.routes"], "problems": ["visible: oracle.py derives another marts.x"]},
    )
    assert about_proof(proof) == [
        "the idle agent succeeds: the start is already right",
        "it does not arrive",
        "marts.x.y is scored and described nowhere in the workspace",
        "leak: a.csv holds rows",
        "visible: marts.x follows the order",
        "visible: oracle.py derives another marts.x",
    ]
    assert (proof.n_columns - proof.n_columns_described, proof.n_leaks, proof.second_derivations) == (
        1, 1, ("marts.routes",)
    )  # fmt: skip


def test_what_could_not_be_done_is_a_problem_and_says_nothing_of_the_list() -> None:
    assert proof_of(errors=["Variants could not be built."]).problems == ("Variants could not be built.",)


def data_tests_of(caught: dict[str, bool], *, is_success: bool = True, alarms: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"is_success": is_success, "alarms": list(alarms), "caught": caught}


def faults_proof(solution: dict[str, Any], start: dict[str, Any]) -> TaskProof:
    tests = {("solution", "visible"): solution, ("start", "visible"): start}
    return assemble(get_task("flights_report_contract"), findings(again={}, idle=None, tests=tests))


def test_faults_are_proven_in_both_directions() -> None:
    start = data_tests_of({"twice": False, "lost": False}, is_success=False)
    good = faults_proof(data_tests_of({"twice": True, "lost": True}), start)
    assert good.is_proven
    assert what_was_tried(good) == "2 faults: 2 caught by the solution, 2 missed by the start"
    missed = faults_proof(data_tests_of({"twice": True, "lost": False}), start)
    assert missed.problems == ("fault 'lost' is caught by the solution in 0 of 1 scenarios",)
    given = faults_proof(
        data_tests_of({"twice": True, "lost": True}), data_tests_of({"twice": True, "lost": False}, is_success=False)
    )
    assert given.problems == ("fault 'twice' is caught by the start already",)


def test_data_tests_of_the_solution_that_fail_on_right_data_are_a_problem() -> None:
    failing = data_tests_of({"lost": True}, is_success=False, alarms=("unique: 2 rows",))
    proof = faults_proof(failing, data_tests_of({"lost": False}, is_success=False))
    assert proof.problems == ("the data tests of the solution fail in visible: unique: 2 rows",)
    assert [(check.scenario, check.n_passed) for check in proof.oracle] == [("visible", 0)]


def test_a_start_whose_data_tests_succeed_is_right_already() -> None:
    proof = faults_proof(data_tests_of({"lost": True}), data_tests_of({"lost": False}))
    assert proof.problems == ("the idle agent succeeds: the start is already right",)


def tried(**others: Any) -> TriedMutant:
    usual = {"id": "0" * 8, "operator": "x", "part": "marts.x", "before": "a", "after": "b", "diff": "-a"}
    return TriedMutant.model_validate(usual | others)


@pytest.mark.parametrize(
    ("mutant", "reason", "outcome"),
    [
        (tried(), "", ("survived", "", "-a")),
        (tried(), "no data tells", ("equivalent", "no data tells", "-a")),
        (tried(killed_in="day2"), "", ("killed", "", "")),
        (tried(killed_in="day2"), "no data tells", ("killed", "", "")),
        (tried(killed_in="day2", is_killed_late=True), "", ("killed", "", "")),
        (tried(killed_in="day2", is_killed_late=True), "no data tells", ("equivalent", "no data tells", "-a")),
    ],
)
def test_a_mutant_with_what_is_listed(mutant: TriedMutant, reason: str, outcome: tuple[str, str, str]) -> None:
    settled = mutant.settled(reason)
    assert (settled.outcome, settled.reason, settled.diff) == outcome


def test_a_listed_mutant_that_is_not_made_is_reported() -> None:
    problems = Listing(get_task("flights_feeds")).problems([])
    assert any("708e749e" in problem and "not made any more" in problem for problem in problems)


def mutants(**counts: int) -> tuple[MutantResult, ...]:
    names: dict[str, Outcome] = {"killed": "killed", "equivalent": "equivalent", "survived": "survived"}
    return tuple(
        MutantResult(id="0", operator="x", part="marts.x", before="", after="", outcome=names[name])
        for name, count in counts.items()
        for _ in range(count)
    )


@pytest.mark.parametrize(
    ("counts", "problems"),
    [
        ({}, []),
        ({"equivalent": 3}, []),
        ({"killed": 98, "survived": 2}, []),
        ({"killed": 99, "survived": 1, "equivalent": 100}, []),
        ({"killed": 97, "survived": 3}, ["only 97 of 100 mutants are killed, less than 98%"]),
        ({"killed": 49, "survived": 2, "equivalent": 9}, ["only 49 of 51 mutants are killed, less than 98%"]),
        ({"survived": 1}, ["only 0 of 1 mutants are killed, less than 98%"]),
    ],
)
def test_the_share_of_killed_mutants_that_a_proof_asks_for(counts: dict[str, int], problems: list[str]) -> None:
    assert variant_problems(mutants(**counts), ()) == problems


def test_every_equivalent_that_is_not_accepted_is_named() -> None:
    fine, not_fine = (
        EquivalentResult(operator="identical", part=f"marts.{name}", is_accepted=name == "a", difference=name)
        for name in "ab"
    )
    assert variant_problems((), (fine, not_fine)) == ["equivalent identical of marts.b is not accepted: b"]
