"""A trial as a Dagster run. The trials have a scorecard already, so that they end at once."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from benchmark.llm import ModelSpec
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.task import Task
from benchmark.trial import BudgetChange, TrialOptions
from orchestration.dagster_instance.lost_runs import TAG, fail_lost_runs, process_tag
from orchestration.defs.trial_config import TrialSettings, record_plan, settings_of
from orchestration.planning.trials import plan_trial
from tests.helpers.scorecards import DIFFERS, NOT_BUILT, StoreScorecard

pytestmark = pytest.mark.usefixtures("shared_servers")
PORTS = "marts.ports"
RAW = "raw_ships.arrivals"
STAGING = "staging.stg_ships__arrivals"


def execute(
    defs: dg.Definitions, home: Path, config: dict[str, object], job: str = "repair_ports"
) -> tuple[dg.ExecuteInProcessResult, dg.DagsterRun]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        result = defs.resolve_job_def(job).execute_in_process(
            run_config=config, instance=instance, raise_on_error=False
        )
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        return result, run


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    found = result.get_asset_check_evaluations()
    return {f"{item.asset_key.to_user_string()}:{item.check_name}": item for item in found}


def metadata(result: dg.ExecuteInProcessResult, *key: str) -> dict[str, object]:
    events = result.asset_materializations_for_node(f"trial__{key[0]}")
    found = next(event for event in events if event.asset_key.path == list(key))
    return {name: value.value for name, value in found.metadata.items()}


def test_a_good_trial(task: Task, defs: dg.Definitions, instance_home: Path, store_scorecard: StoreScorecard) -> None:
    plan = plan_trial(task, "oracle", run_id="good")
    store_scorecard(plan)
    result, run = execute(defs, instance_home, {"run_id": "good"})
    assert result.success
    stored = RunStore("good").trial(plan.trial_id).dagster_run_path.read_text()
    assert stored.strip() == run.run_id, "the page of the trial leads to it"
    assert {name: check.passed for name, check in checks(result).items()} == {
        "repair_ports/raw_ships/arrivals:verdict": True,
        "repair_ports/staging/stg_ships__arrivals:verdict": True,
        "repair_ports/marts/ports:verdict": True,
        "repair_ports/scorecard:scenario_visible": True,
        "repair_ports/scorecard:scenario_holdout": True,
        "repair_ports/scorecard:scenario_rerun": True,
        "repair_ports/scorecard:scenario_day2": True,
        "repair_ports/scorecard:expectations_marts": True,
    }
    assert metadata(result, "repair_ports", "marts", "ports")["dagster/row_count"] == 9
    figures = metadata(result, "repair_ports", "scorecard")
    assert (figures["success"], figures["component_score"], figures["cascading_failure_score"]) == (1, 1.0, 1.0)
    assert (figures["cost_usd"], figures["n_steps"], figures["wall_seconds"]) == (0.25, 3, 12.5)
    assert figures["trial"] == "good/repair_ports--oracle--1"
    assert {name: value for name, value in run.tags.items() if name.startswith("lockgate/")} == {
        "lockgate/task": "repair_ports",
        "lockgate/agent": "oracle",
        "lockgate/run_id": "good",
        "lockgate/verdict": "passed",
    }
    assert run.tags[".dagster/repository"] == "__repository__@orchestration.definitions"


def test_verdicts_are_checks_with_evidence(
    task: Task, defs: dg.Definitions, instance_home: Path, store_scorecard: StoreScorecard
) -> None:
    plan = plan_trial(task, "idle", run_id="bad", attempt=2)
    store_scorecard(plan, {PORTS: DIFFERS, STAGING: NOT_BUILT}, score=0.25)
    result, _ = execute(defs, instance_home, {"run_id": "bad", "agent": "idle", "attempt": 2})
    assert result.success
    found = checks(result)
    verdict = found["repair_ports/marts/ports:verdict"]
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert verdict.description == "visible: Column share differs in 3 of 9 rows. (and in 3 more scenarios)"
    evidence = str(verdict.metadata["evidence"].value)
    assert "| visible | ✗ | 9 | 9 | Column share differs in 3 of 9 rows. |" in evidence
    assert "| share | values | 3 | 33.3 % |" in evidence
    assert "| row | port\\_code | share |" in evidence
    assert "| differs | A | 0.5 → **\\| &lt;b&gt;0.25&lt;/b&gt;** |" in evidence
    assert verdict.metadata["kind"].value == "values"
    assert not found["repair_ports/scorecard:scenario_day2"].passed
    assert "1 of 3 tables equal gold. Step build: failed." in str(
        found["repair_ports/scorecard:scenario_day2"].description
    )
    expectations = found["repair_ports/scorecard:expectations_marts"]
    assert (expectations.passed, expectations.metadata["n_failed"].value) == (False, 4)
    assert "A\\|B" in str(expectations.metadata["evidence"].value)
    events = result.asset_materializations_for_node("trial__repair_ports")
    built = {event.asset_key.to_user_string() for event in events}
    assert "repair_ports/staging/stg_ships__arrivals" not in built
    assert "repair_ports/marts/ports" in built


def test_a_scenario_that_the_task_does_not_score_is_no_check(
    task: Task, defs: dg.Definitions, instance_home: Path, store_scorecard: StoreScorecard
) -> None:
    store_scorecard(plan_trial(task, "oracle", run_id="more", options=TrialOptions(scenarios=("visible", "late"))))
    result, _ = execute(defs, instance_home, {"run_id": "more", "scenarios": ["visible", "late"]})
    assert result.success
    found = [name.rpartition("_")[2] for name in checks(result) if ":scenario_" in name]
    assert found == ["visible"]
    assert "late" in str(metadata(result, "repair_ports", "scorecard")["overview"])


def test_events_are_few(task: Task, defs: dg.Definitions, instance_home: Path, store_scorecard: StoreScorecard) -> None:
    """Each costs a write to the event log."""
    store_scorecard(plan_trial(task, "oracle", run_id="few"))
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        result = defs.resolve_job_def("repair_ports").execute_in_process({"run_id": "few"}, instance=instance)
        entries = instance.all_logs(result.run_id)
    counts = Counter(entry.dagster_event_type.value if entry.dagster_event_type else "log" for entry in entries)
    assert counts["ASSET_MATERIALIZATION"] == 5, "three tables, the scorecard, the cell of the suite"
    assert counts["ASSET_CHECK_EVALUATION"] == 8
    assert counts["log"] == 1, "the verdict"
    assert len(entries) <= 4 * (4 + 8)


@pytest.mark.parametrize(("limit", "is_success"), [(0.24, True), (0.25, True), (0.26, False)])
def test_a_score_under_the_limit_fails_the_run(
    task: Task,
    defs: dg.Definitions,
    instance_home: Path,
    store_scorecard: StoreScorecard,
    limit: float,
    is_success: bool,
) -> None:
    store_scorecard(plan_trial(task, "oracle", run_id="low"), {PORTS: DIFFERS}, score=0.25)
    result, run = execute(defs, instance_home, {"run_id": "low", "fail_below": limit})
    assert result.success is is_success
    assert len(checks(result)) == 8
    if not is_success:
        assert run.status is dg.DagsterRunStatus.FAILURE
        failure = result.failure_data_for_node("trial__repair_ports")
        assert failure is not None
        assert "is under fail_below 0.26" in str(failure.error)


def test_a_trial_without_a_verdict_fails_the_run(defs: dg.Definitions, instance_home: Path) -> None:
    result, _ = execute(defs, instance_home, {"run_id": "unscored", "agent": "no.such:Agent"})
    assert not result.success
    failure = result.failure_data_for_node("trial__repair_ports")
    assert "is unscored, for a reason that is not the agent's: Agent 'no.such:Agent' cannot be loaded" in str(failure)
    stored = RunStore("unscored").trial("repair_ports--no.such:Agent--1").read_scorecard()
    assert stored is not None
    assert stored.status == "unscored"


def test_scenarios_that_are_left_out_have_no_check(
    task: Task, defs: dg.Definitions, instance_home: Path, store_scorecard: StoreScorecard
) -> None:
    store_scorecard(plan_trial(task, "oracle", run_id="one", options=TrialOptions(scenarios=("visible",))))
    result, _ = execute(defs, instance_home, {"run_id": "one", "scenarios": ["visible"]})
    assert result.success
    names = {name for name in checks(result) if "scenario_" in name}
    assert names == {"repair_ports/scorecard:scenario_visible"}


def test_the_suite_runs_every_task_in_one_run(
    small_world: Path, defs: dg.Definitions, instance_home: Path, store_scorecard: StoreScorecard
) -> None:
    for name in ("repair_ports", "build_harbours"):
        store_scorecard(plan_trial(get_task(name), "idle", run_id="all", options=TrialOptions(holdout_seed=5)))
    config: dict[str, object] = {"run_id": "all", "agent": "idle", "holdout_seed": 5}
    result, run = execute(defs, instance_home, config, job="suite")
    assert result.success
    assert metadata(result, "repair_ports", "scorecard")["holdout_seed"] == "5"
    assert metadata(result, "build_harbours", "scorecard")["holdout_seed"] == "5"
    assert "lockgate/task" not in run.tags
    trials = [trial.trial_id for trial in RunStore("all").read_plan().trials]
    assert sorted(trials) == ["build_harbours--idle--1", "repair_ports--idle--1"]


EVERY_OPTION = TrialOptions(
    agent_seed=5,
    holdout_seed=6,
    visible_seed=7,
    days=20,
    scenarios=("visible", "day2"),
    sandbox="docker",
    hint_level=0,
    budget=BudgetChange(steps=7, cost_usd=0.5),
)


ASKED_OF_A_MODEL = {
    "label": "cool",
    "temperature": 0.2,
    "max_output_tokens": 100,
    "context_tokens": 9000,
    "parameters": {"seed": 3, "extra_body": {"a": [1, None]}},
    "price": {"input": 1, "output": 2.5},
}


@pytest.mark.parametrize("asked", [{}, ASKED_OF_A_MODEL], ids=["a model", "and options"])
@pytest.mark.parametrize("options", [TrialOptions(), EVERY_OPTION], ids=["none", "all"])
def test_settings_make_exactly_the_plan_again(task: Task, options: TrialOptions, asked: dict[str, Any]) -> None:
    reached = {"name": "openai/x", "base_url": "http://127.0.0.1:1", "key_variable": "KEY", "effort": "low"}
    model = ModelSpec.model_validate(reached | asked)
    plan = plan_trial(task, "toolloop", run_id="r", attempt=3, model=model, options=options)
    assert TrialSettings.model_validate(settings_of(plan)).plan(task, "unused") == plan


def test_every_option_of_a_trial_stands_in_the_run_config_with_its_description() -> None:
    """So that nothing that a trial can be given is lost in Dagster, or unexplained there."""
    fields = TrialSettings.to_fields_dict()
    assert set(TrialOptions.model_fields) <= set(fields)
    assert [name for name, field in fields.items() if not field.description] == []
    assert set(settings_of(plan_trial(get_task("flights_feeds"), "oracle", run_id="r"))) <= set(fields)


def test_limits_that_a_run_config_leaves_out_are_the_tasks(task: Task) -> None:
    settings = TrialSettings.model_validate({"budget": {"steps": 7}})
    assert settings.plan(task, "0" * 8).budget == task.spec.budget.model_copy(update={"steps": 7})


def test_a_plan_is_recorded_once_and_beside_others(task: Task) -> None:
    first = plan_trial(task, "oracle", run_id="r")
    second = plan_trial(task, "idle", run_id="r")
    for plan in (first, second, first):
        record_plan(plan)
    assert RunStore("r").read_plan().trials == (first, second)


def test_runs_whose_process_is_gone_are_failed(small_world: Path, defs: dg.Definitions, instance_home: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    job = defs.resolve_job_def("repair_ports")
    status = dg.DagsterRunStatus.STARTED
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        ours = instance.create_run_for_job(job, status=status, tags=process_tag())
        lost = instance.create_run_for_job(job, status=status, tags={TAG: f"{gone.pid}-1"})
        reused = instance.create_run_for_job(job, status=status, tags={TAG: f"{os.getpid()}-1"})
        foreign = instance.create_run_for_job(job, status=status)
        assert set(fail_lost_runs(instance)) == {lost.run_id, reused.run_id}
        found = [instance.get_run_by_id(run.run_id) for run in (ours, lost, reused, foreign)]
        assert [run.status.value for run in found if run] == ["STARTED", "FAILURE", "FAILURE", "STARTED"]


def test_the_command_line_of_dagster(
    task: Task, small_world: Path, instance_home: Path, store_scorecard: StoreScorecard, tmp_path: Path
) -> None:
    store_scorecard(plan_trial(task, "oracle", run_id="cli"), {PORTS: DIFFERS}, score=0.25)
    config = tmp_path / "config.yaml"
    config.write_text("run_id: cli\nfail_below: 0.5\n")
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "orchestration.definitions"]
    result = subprocess.run(
        [*command, "-j", "repair_ports", "-c", str(config), "--tags", '{"team": "a"}'],
        env=os.environ | {"DAGSTER_HOME": str(instance_home)},
        cwd=REPOSITORY_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 1
    assert "Cascading failure score 0.25 of trial repair_ports--oracle--1 is under fail_below 0.5." in result.stderr
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        (run,) = instance.get_runs()
    assert run.tags["team"] == "a"
    assert run.tags["lockgate/run_id"] == "cli"
