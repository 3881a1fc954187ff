"""A scorecard as materializations and checks: each kind of task, each way in which a trial can end."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from benchmark.registry import get_task, list_tasks
from benchmark.run_store import RunStore
from benchmark.scorecard import (
    FaultResult,
    FaultsResult,
    LintResult,
    PolicyFinding,
    PolicyResult,
    Scorecard,
    SubmissionSummary,
    TableResult,
)
from benchmark.task import Task
from evaluators.scoring.scores import score_faults
from orchestration.dagster_ui.asset_specs import only_our_warnings
from orchestration.dagster_ui.names import scorecard_key, table_key
from orchestration.dagster_ui.trial_results import Result, scorecard_metadata, scorecard_results
from orchestration.defs.tasks import define_task
from orchestration.defs.worlds import read_world
from orchestration.planning.trials import plan_trial
from tests.helpers.scorecards import DIFFERS, MATCH, NOT_BUILT, make_scorecard

FAULTS_TASK = next(task.id for task in list_tasks() if task.faults is not None)
POLICY_TASK = next(task.id for task in list_tasks() if task.policy)


def card_of(task: Task, **facts: object) -> Scorecard:
    plan = plan_trial(task, "oracle", run_id="r")
    return make_scorecard(plan, {}, 1.0).model_copy(update=facts)


def results_of(task: Task, card: Scorecard) -> list[Result]:
    return list(scorecard_results(task, card, RunStore("r").trial(card.trial.trial_id)))


def checks_of(results: list[Result]) -> dict[str, dg.AssetCheckResult]:
    """`asset:check` -> result, those that stand alone and those of a materialization."""
    found: list[dg.AssetCheckResult] = []
    for item in results:
        found += (item.check_results or []) if isinstance(item, dg.MaterializeResult) else [item]
    return {f"{check.asset_key.to_user_string()}:{check.check_name}": check for check in found if check.asset_key}


def is_made(result: Result) -> bool:
    return isinstance(result, dg.MaterializeResult)


def with_tables(card: Scorecard, change: Callable[[int, TableResult], TableResult | None]) -> Scorecard:
    """The card with other results of tables; the change gets the number of the scenario, None leaves one out."""
    scenarios = tuple(
        scenario.model_copy(
            update={"tables": tuple(new for old in scenario.tables if (new := change(number, old)) is not None)}
        )
        for number, scenario in enumerate(card.scenarios)
    )
    return card.model_copy(update={"scenarios": scenarios})


def test_a_table_that_was_built_in_one_scenario_is_materialized_with_its_rows(task: Task) -> None:
    def change(number: int, result: TableResult) -> TableResult:
        return result.model_copy(update={"verdict": MATCH if number == 2 else NOT_BUILT})

    results = results_of(task, with_tables(card_of(task), change))
    made = {item.asset_key: item for item in results if is_made(item)}
    assert set(made) == {scorecard_key(task), *(table_key(task, name) for name in task.scored_tables)}
    assert made[table_key(task, "marts.ports")].metadata == {"dagster/row_count": 9}
    check = checks_of(results)["repair_ports/marts/ports:verdict"]
    assert not check.passed
    assert check.metadata["n_mismatches"].value == 3
    assert check.description == "visible: The table was not built. (and in 2 more scenarios)"


def test_a_table_of_which_the_card_says_nothing_has_no_result(task: Task) -> None:
    results = results_of(task, with_tables(card_of(task), lambda _, old: None if old.stage == "marts" else old))
    keys = {item.asset_key for item in results}
    assert table_key(task, "marts.ports") not in keys
    assert table_key(task, "raw_ships.arrivals") in keys


def test_one_mismatch_is_not_said_to_be_several(task: Task) -> None:
    def change(number: int, result: TableResult) -> TableResult:
        return result.model_copy(update={"verdict": DIFFERS}) if number == 1 else result

    check = checks_of(results_of(task, with_tables(card_of(task), change)))["repair_ports/marts/ports:verdict"]
    assert check.description == "holdout: Column share differs in 3 of 9 rows."
    assert check.metadata["built_by"].value == "dbt/models/x.sql"
    right = checks_of(results_of(task, card_of(task)))["repair_ports/marts/ports:verdict"]
    assert right.description == "Equals gold in 4 scenarios."
    assert "kind" not in right.metadata


def test_expectations_of_which_none_was_checked_do_not_pass(task: Task) -> None:
    card = card_of(task)
    unchecked = tuple(scenario.model_copy(update={"expectations": ()}) for scenario in card.scenarios)
    found = checks_of(results_of(task, card.model_copy(update={"scenarios": unchecked})))
    check = found["repair_ports/scorecard:expectations_marts"]
    assert (check.passed, check.description) == (False, "0 of 0 expectations hold.")


def test_figures_that_nobody_measured_are_left_out(task: Task) -> None:
    store = RunStore("r").trial("t")
    figures = scorecard_metadata(card_of(task, agent=None, scores=None, stages={}, success=None), store)
    assert not {"cost_usd", "n_steps", "success", "component_score", "lint_findings_per_100_lines"} & set(figures)
    assert figures["scorecard"].value == str(store.scorecard_path)


def test_figures_of_all_that_was_measured_are_plotted(task: Task) -> None:
    lint = LintResult(n_lines=9, n_findings=1, findings_per_100_lines=11.0, gold_findings_per_100_lines=0.0)
    submission = SubmissionSummary(sha256="0", n_files_changed=2, files_changed=("a", "b"), protected_edits=("x", "y"))
    figures = scorecard_metadata(card_of(task, lint=lint, submission=submission), RunStore("r").trial("t"))
    expected = {
        "success": 1,
        "transform_success": 1,
        "lint_findings_per_100_lines": 11.0,
        "n_files_changed": 2,
        "protected_edits": "x, y",
        "cascading_failure_score_raw": 1.0,
        "cascading_failure_score_marts": 1.0,
        "trial": "r/repair_ports--oracle--1",
    }
    assert expected.items() <= figures.items()
    assert "cascading_failure_score_intermediate" not in figures, "no table of that stage is scored"


@pytest.mark.parametrize(
    ("error", "n_findings", "n_in_start", "passed", "said"),
    [
        (None, 0, None, True, "2 rules: 0 findings."),
        (None, 0, 3, True, "2 rules: 0 findings, and 3 that the start has too."),
        (None, 1, 0, False, "2 rules: 1 finding."),
        ("No [manifest].", 0, None, False, "No [manifest]."),
    ],
)
def test_rules_warn_and_never_fail(
    error: str | None, n_findings: int, n_in_start: int | None, passed: bool, said: str
) -> None:
    task = get_task(POLICY_TASK)
    finding = PolicyFinding(rule="names", model="m|n", file="a.sql", message="No prefix.")
    policy = PolicyResult(
        rules=("names", "keys"),
        n_findings=n_findings,
        findings=(finding,) * n_findings,
        error=error,
        n_in_start=n_in_start,
    )
    card = card_of(task)
    scenarios = (card.scenarios[0].model_copy(update={"policy": policy}), *card.scenarios[1:])
    check = checks_of(results_of(task, card.model_copy(update={"scenarios": scenarios})))[f"{task.id}/scorecard:policy"]
    assert (check.passed, check.description) == (passed, said)
    assert check.severity is dg.AssetCheckSeverity.WARN
    evidence = str(check.metadata["evidence"].value)
    assert ("m\\|n" in evidence) == bool(n_findings)
    assert ("and 3 that the start has too" in evidence) == (n_in_start == 3)


@pytest.mark.parametrize("policy", [None, PolicyResult(rules=("names",), n_findings=0)], ids=["not looked at", "fine"])
def test_a_rule_has_a_check_only_where_it_was_looked_at(policy: PolicyResult | None) -> None:
    task = get_task(POLICY_TASK)
    card = card_of(task)
    scenarios = (card.scenarios[0].model_copy(update={"policy": policy}), *card.scenarios[1:])
    found = checks_of(results_of(task, card.model_copy(update={"scenarios": scenarios})))
    assert (f"{task.id}/scorecard:policy" in found) == (policy is not None)


def test_tables_of_data_tests_are_checked_by_their_faults_and_made_by_nobody() -> None:
    task = get_task(FAULTS_TASK)
    first, *others = task.scored_tables
    faults = tuple(
        FaultResult(fault=f"f{number}", table=name, stage=task.scored_tables[name].stage, breaks="A promise.",
                    is_caught=not (name == first and number == 1), caught_by=("unique",))
        for name in task.scored_tables
        for number in (0, 1)
    )  # fmt: skip
    result = FaultsResult(min_recall=0.5, recall=0.5, n_tests=1, faults=faults, false_alarms=("not_null: 2 rows",))
    scores, stages = score_faults(result)
    card = card_of(task)
    update = {"faults": result, "scores": scores, "stages": stages, "tables": (), "is_success": False}
    card = card.model_copy(update={"scenarios": tuple(item.model_copy(update=update) for item in card.scenarios)})
    results = results_of(task, card)
    assert [item.asset_key for item in results if is_made(item)] == [scorecard_key(task)]
    found = checks_of(results)
    verdict = found[f"{table_key(task, first).to_user_string()}:verdict"]
    n = len(card.scenarios)
    assert (verdict.passed, verdict.description) == (False, f"{n} of {2 * n} faults are caught.")
    assert all(found[f"{table_key(task, name).to_user_string()}:verdict"].passed for name in others)
    scenario = found[f"{task.id}/scorecard:scenario_{card.scenarios[0].scenario}"]
    n_faults = len(faults)
    assert str(scenario.description).startswith(f"{n_faults - 1} of {n_faults} faults caught, 1 false alarms.")
    assert "not\\_null: 2 rows" in str(scenario.metadata["evidence"].value)
    rows = str(verdict.metadata["evidence"].value).splitlines()[2:]
    assert ["✗" in row for row in rows] == [True] * n + [False] * n, "what was missed comes first"


@pytest.mark.parametrize("name", [task.id for task in list_tasks()])
def test_the_results_of_every_task_are_those_that_its_assets_declare(name: str) -> None:
    """Dagster refuses a check or table that was not declared."""
    task = get_task(name)
    with only_our_warnings():
        trial = define_task(task, read_world(task.world)).trial
    found = checks_of(results_of(task, card_of(task)))
    declared = {f"{key.asset_key.to_user_string()}:{key.name}" for key in trial.check_keys}
    assert set(found) <= declared
    assert declared - set(found) <= {f"{task.id}/scorecard:policy"}
    assert {item.asset_key for item in results_of(task, card_of(task))} <= trial.keys


def test_the_folder_of_the_trial_is_linked(task: Task) -> None:
    results = results_of(task, card_of(task))
    logs = (results[-1].metadata or {})["logs"]
    assert isinstance(logs, dg.PathMetadataValue)
    assert Path(str(logs.value)) == RunStore("r").trial("repair_ports--oracle--1").logs_dir
