"""The step that runs a trial and tells Dagster what it scored."""

import atexit
import os
from collections.abc import Callable, Iterator
from functools import lru_cache

import dagster as dg

from benchmark.border import sentence_of
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.run_store import RunStore, TrialPlan, TrialStore
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from orchestration.dagster_instance.lost_runs import process_tag
from orchestration.dagster_ui.markdown import escape
from orchestration.dagster_ui.trial_results import Result, scorecard_results, verdict_of
from orchestration.defs.cells import note_cell
from orchestration.defs.trial_config import TrialSettings, record_plan, run_tags
from runtime.fork_client import ForkRuntime

IMPLICIT_JOB = "__ASSET_JOB"
"""Beginning of the name of the job that Dagster makes when a person materializes assets."""
BACKFILL_TAG = "dagster/backfill"

listeners: list[Callable[[str], None]] = []
"""Told of each step of a trial as it starts, beside Dagster's log."""


def execute_trial(context: dg.AssetExecutionContext, task: Task, settings: TrialSettings) -> Iterator[Result]:
    """Run a trial and yield its results.

    Args:
        context: The step's.
        task: The task.
        settings: The run config.

    Raises:
        dagster.Failure: The settings do not fit the task, the trial has no verdict, for a reason that is not the
            agent's, or its score is too low.
    """
    from orchestration.dagster_instance.sqlite_event_log import fast_event_log

    if settings.agent is None and context.job_def.name.startswith(IMPLICIT_JOB):
        _leave_out(context, task)
        return
    is_own_job = context.job_def.name == task.id
    with fast_event_log(context.instance):
        scorecard, store = scored_trial(context, task, settings, is_tagged=is_own_job)
        for result in scorecard_results(task, scorecard, store):
            if is_selected(context, result):
                yield result
        note_cell(context, task, scorecard, store)
        check_score(scorecard, settings.fail_below)


def scored_trial(
    context: dg.AssetExecutionContext, task: Task, settings: TrialSettings, *, is_tagged: bool
) -> tuple[Scorecard, TrialStore]:
    """Run a trial, or find it scored already.

    Args:
        context: The step's.
        task: The task.
        settings: The run config.
        is_tagged: Whether the Dagster run is this trial alone and is tagged so.

    Raises:
        dagster.Failure: As `execute_trial`, but for the score.
    """
    from orchestration.dagster_instance.runs import REPOSITORY_TAG
    from orchestration.reports.html import write_page
    from orchestration.trial import run_trial

    try:
        plan = settings.plan(task, context.run_id)
        store = RunStore(plan.run_id).trial(plan.trial_id)
    except LockgateError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    tags = (run_tags(plan) if is_tagged else {}) | process_tag()
    if context.run.remote_job_origin is None:  # else Dagster has stored this tag beside the run
        tags |= REPOSITORY_TAG
    _add_tags(context, tags)
    record_plan(plan)
    write_atomic(store.dagster_run_path, context.run_id + "\n")
    runtime = fork_runtime()
    if not store.scorecard_path.exists():
        runtime.warm("pipeline", "judge")
    scorecard = run_trial(plan, runtime, lambda step: _tell(context, plan, step))
    if is_tagged:
        model = {"lockgate/model": scorecard.trial.model_name} if scorecard.trial.model_name else {}
        _add_tags(context, {"lockgate/verdict": verdict_of(scorecard), **model})
    if scorecard.status == "unscored":
        raise unscored_failure(scorecard)
    try:
        write_page(store, store.page_path)
    except Exception as error:  # noqa: BLE001 - what it shows is a submission's, and the verdict is there already
        context.log.warning(f"{plan.trial_id}: its page cannot be written: {sentence_of(error)}.")
    context.log.info(f"{plan.trial_id}: {verdict_of(scorecard)}. {_show(scorecard)}")
    return scorecard, store


def _leave_out(context: dg.AssetExecutionContext, task: Task) -> None:
    """A person who materializes many assets at once does not ask for trials; one who asks for one is told how.

    Raises:
        dagster.Failure: Nothing but this task was asked for.
    """
    told = (
        f"Nothing was run for task {task.id}: a trial needs an agent. Start the job {task.id}, or open the launchpad "
        f"beside 'Materialize' and give it: ops: {{trial__{task.id}: {{config: {{agent: oracle}}}}}}"
    )
    if len(context.job_def.nodes) == 1 and not context.run.tags.get(BACKFILL_TAG):
        raise dg.Failure(told, allow_retries=False)
    context.log.warning(told)


def unscored_failure(scorecard: Scorecard) -> dg.Failure:
    """The failure of a run whose trial has no verdict."""
    reason = scorecard.unscored_reason or "no reason given"
    return dg.Failure(
        description=f"Trial {scorecard.trial.trial_id} is unscored, for a reason that is not the agent's: {reason} "
        "The same run id tries it again.",
        metadata={"reason": dg.MetadataValue.md(escape(reason, 2000)), "show": _show(scorecard)},
        allow_retries=False,
    )


def check_score(scorecard: Scorecard, fail_below: float | None) -> None:
    """Fail the run where the cascading failure score is under the limit that its config sets."""
    score = scorecard.scores.cascading_failure_score if scorecard.scores else None
    if fail_below is not None and (score is None or score < fail_below):
        raise dg.Failure(
            description=f"Cascading failure score {score} of trial {scorecard.trial.trial_id} is under fail_below "
            f"{fail_below}.",
            metadata={"cascading_failure_score": score or 0.0, "fail_below": fail_below, "show": _show(scorecard)},
            allow_retries=False,
        )


def _show(scorecard: Scorecard) -> str:
    """The command that explains a trial."""
    return f"lockgate show {scorecard.trial.run_id}/{scorecard.trial.trial_id}"


def is_selected(context: dg.AssetExecutionContext, result: Result) -> bool:
    """Whether the run asked for this result: in the UI a person may materialize some of a task's tables only."""
    if isinstance(result, dg.MaterializeResult):
        return result.asset_key in context.selected_asset_keys
    return any(
        (key.asset_key, key.name) == (result.asset_key, result.check_name) for key in context.selected_asset_check_keys
    )


def _tell(context: dg.AssetExecutionContext, plan: TrialPlan, step: str) -> None:
    context.log.info(f"{plan.trial_id}: {step}")
    for listener in listeners:
        listener(step)


def _add_tags(context: dg.AssetExecutionContext, tags: dict[str, str]) -> None:
    missing = {name: value for name, value in tags.items() if context.run.tags.get(name) != value}
    if missing:
        context.instance.add_run_tags(context.run_id, missing)


def fork_runtime() -> ForkRuntime:
    """The runtime of this process: all trials of a suite share it."""
    return _fork_runtime(os.getpid(), os.environ.get("LOCKGATE_FORK_SERVERS"))


@lru_cache(maxsize=1)
def _fork_runtime(pid: int, servers: str | None) -> ForkRuntime:
    runtime = ForkRuntime()
    atexit.register(runtime.close)
    return runtime
