"""The matrix of competitors and tasks. The trials have a scorecard already, so that they end at once."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from benchmark.llm import ModelSpec
from benchmark.scorecard import Competitor
from benchmark.task import Task
from benchmark.trial import BudgetChange, TrialOptions
from orchestration.dagster_ui.names import COMPETITORS
from orchestration.defs.cells import TRIALS, cell_key, competitor_settings
from orchestration.defs.trial_config import TrialSettings
from orchestration.planning.trials import plan_trial
from tests.helpers.scorecards import DIFFERS, StoreScorecard


def materialize(
    defs: dg.Definitions, instance: dg.DagsterInstance, keys: list[dg.AssetKey], **options: Any
) -> dg.ExecuteInProcessResult:
    """What the button 'Materialize' does."""
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False, **options)


def failure(result: dg.ExecuteInProcessResult) -> str:
    event = next(event for event in result.all_events if event.is_step_failure)
    assert event.step_failure_data.user_failure_data is not None
    return str(event.step_failure_data.user_failure_data.description)


def test_a_cell_is_a_trial_of_its_agent_on_its_task(
    task: Task, defs: dg.Definitions, store_scorecard: StoreScorecard
) -> None:
    store_scorecard(plan_trial(task, "idle", run_id="backfill-abc"), {"marts.ports": DIFFERS}, score=0.25)
    key = cell_key("idle", "repair_ports")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(COMPETITORS, ["idle", "oracle"])
        result = materialize(defs, instance, [TRIALS], partition_key=key, tags={"dagster/backfill": "abc"})
        assert result.success
        assert instance.get_materialized_partitions(TRIALS) == {str(key)}
        run = instance.get_run_by_id(result.run_id)
        (event,) = result.get_asset_materialization_events()
    assert event.partition == "idle|repair_ports"
    metadata = {name: value.value for name, value in event.materialization.metadata.items()}
    assert metadata["verdict"] == "failed, CFS 25.0 %"
    assert metadata["cascading_failure_score"] == 0.25
    assert metadata["show"] == "lockgate show backfill-abc/repair_ports--idle--1"
    page = Path(str(metadata["page"])).read_text()
    assert "repair_ports--idle--1" in page
    assert run is not None
    assert (run.tags["lockgate/task"], run.tags["lockgate/agent"]) == ("repair_ports", "idle")
    assert run.tags["lockgate/verdict"] == "failed, CFS 25.0 %"


def test_a_trial_of_a_tasks_job_is_a_cell_too(
    task: Task, defs: dg.Definitions, store_scorecard: StoreScorecard
) -> None:
    store_scorecard(plan_trial(task, "saboteur", run_id="one", options=TrialOptions(budget=BudgetChange(steps=3))))
    config = {"run_id": "one", "agent": "saboteur", "budget": {"steps": 3}}
    with dg.DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def("repair_ports").execute_in_process(config, instance=instance).success
        assert instance.get_dynamic_partitions(COMPETITORS) == ["saboteur+steps=3"]
        assert instance.get_materialized_partitions(TRIALS) == {"saboteur+steps=3|repair_ports"}


@pytest.mark.parametrize(
    ("competitor", "said"),
    [
        ("sabotur", "Agent 'sabotur' cannot be run: "),
        ("idle+colour=red", "'colour=red' is no option of a competitor: effort, hints, wall_seconds"),
        ("idle+hints=two", "Agent 'idle+hints=two' cannot be run: "),
    ],
)
def test_a_cell_of_an_agent_that_cannot_be_fails_with_one_sentence(
    defs: dg.Definitions, competitor: str, said: str
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(COMPETITORS, [competitor])
        result = materialize(defs, instance, [TRIALS], partition_key=cell_key(competitor, "repair_ports"))
    assert not result.success
    assert said in failure(result)


@pytest.mark.parametrize(
    "settings",
    [
        {"agent": "oracle"},
        {"agent": "toolloop", "model": "openai/gpt-5-mini", "model_effort": "high", "hint_level": 2},
        {"agent": "my.agents:Mine", "budget": {"cost_usd": 0.5, "steps": 40}},
    ],
)
def test_the_name_of_a_competitor_says_how_to_run_it(settings: dict[str, Any]) -> None:
    trial = TrialSettings(**settings)
    model = ModelSpec(name=trial.model, effort=trial.model_effort) if trial.model else None
    competitor = Competitor(
        agent=str(trial.agent),
        model_name=model.name if model else None,
        effort=model.effort if model else None,
        hint_level=trial.hint_level,
        budget_changes=trial.budget.as_changes(),
    )
    assert competitor_settings(competitor.name) == settings


def test_materializing_many_assets_starts_no_trial(defs: dg.Definitions) -> None:
    tables = [dg.AssetKey(["repair_ports", "marts", "ports"]), dg.AssetKey(["build_harbours", "marts", "harbours"])]
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(defs, instance, tables)
        logs = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.dagster_event is None]
    assert result.success
    assert result.get_asset_materialization_events() == []
    assert sum("Nothing was run for task" in line for line in logs) == 2


def test_who_materializes_the_tables_of_one_task_is_told_how(defs: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(defs, instance, [dg.AssetKey(["repair_ports", "scorecard"])])
    assert not result.success
    assert failure(result).startswith("Nothing was run for task repair_ports: a trial needs an agent. Start the job")
    assert "trial__repair_ports: {config: {agent: oracle}}" in failure(result)
