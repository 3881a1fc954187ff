"""A run that we execute is one that the UI knows, and its failure is one paragraph."""

import dagster as dg
import pytest

from benchmark.registry import get_task
from benchmark.trial import TrialOptions
from orchestration.dagster_instance.runs import MODULE, REPOSITORY, execute_job, failure_reason, reconstructable_job
from orchestration.defs.trial_config import run_tags, settings_of
from orchestration.planning.trials import plan_trial
from tests.helpers.scorecards import StoreScorecard

pytestmark = pytest.mark.usefixtures("shared_servers")
TASK = "flights_feeds"


def test_a_run_has_the_origin_by_which_the_ui_finds_it(store_scorecard: StoreScorecard) -> None:
    plan = plan_trial(get_task(TASK), "oracle", run_id="r", options=TrialOptions(scenarios=("visible",)))
    store_scorecard(plan)
    with dg.DagsterInstance.ephemeral() as instance:
        result = execute_job(TASK, instance, settings_of(plan), run_tags(plan))
        run = instance.get_run_by_id(result.run_id)
    assert result.success
    assert run is not None
    assert (run.job_name, run.status) == (TASK, dg.DagsterRunStatus.SUCCESS)
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.repository_origin.repository_name == REPOSITORY
    assert run.remote_job_origin.location_name == MODULE
    assert run_tags(plan).items() <= run.tags.items()
    assert run.run_config["run_id"] == "r"


def test_a_run_that_fails_does_not_raise_and_says_why() -> None:
    plan = plan_trial(get_task(TASK), "no.such:Agent", run_id="r", options=TrialOptions(scenarios=("visible",)))
    with dg.DagsterInstance.ephemeral() as instance:
        result = execute_job(TASK, instance, settings_of(plan), run_tags(plan))
    assert not result.success
    reason = failure_reason(result)
    assert reason.startswith(
        "dagster._core.definitions.events.Failure: Trial flights_feeds--no.such:Agent--1 is unscored"
    )
    assert len(reason.splitlines()) == 1


@dg.op
def fails() -> None:
    try:
        raise ValueError("The file\n  is gone.")
    except ValueError as cause:
        raise RuntimeError("outer") from cause


@dg.op
def gives_up() -> None:
    raise dg.Failure("No\nroom.")


@pytest.mark.parametrize(("op", "said"), [(fails, "RuntimeError: outer"), (gives_up, "Failure: No room.")])
def test_the_reason_of_a_failed_step_is_its_own_and_one_line(op: dg.OpDefinition, said: str) -> None:
    @dg.job
    def job() -> None:
        op()

    result = job.execute_in_process(raise_on_error=False)
    reason = failure_reason(result)  # type: ignore[arg-type]  # the other kind of result, with the same events
    assert said in reason
    assert "\n" not in reason


def test_a_job_is_resolved_once_and_an_unknown_one_is_told() -> None:
    assert reconstructable_job(TASK) is reconstructable_job(TASK)
    with pytest.raises(dg.DagsterInvariantViolationError, match="nosuch"):
        reconstructable_job("nosuch")
