"""The suite as a matrix: one asset, partitioned by competitor and task, whose backfill is a run of many trials."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from benchmark.errors import LockgateError
from benchmark.task import Task
from orchestration.dagster_instance.sqlite_event_log import fast_event_log
from orchestration.dagster_ui.names import COMPETITORS
from orchestration.defs.cells import AGENT, TASK, TRIALS, cell_metadata, competitor_settings
from orchestration.defs.trial_config import ScoringSettings, TrialSettings
from orchestration.defs.trial_op import BACKFILL_TAG, check_score, scored_trial


def define_trials(tasks: Sequence[Task]) -> dg.AssetsDefinition:
    """The asset `suite/trials`: a cell is a trial of one competitor on one task."""
    by_id = {task.id: task for task in tasks}

    @dg.asset(
        key=TRIALS,
        partitions_def=dg.MultiPartitionsDefinition(
            {
                AGENT: dg.DynamicPartitionsDefinition(name=COMPETITORS),
                TASK: dg.StaticPartitionsDefinition(sorted(by_id)),
            }
        ),
        group_name="suite",
        kinds={"lockgate"},
        description="One trial of every competitor on every task. A partition is a cell of the matrix: *Materialize* "
        "chosen agents and tasks as a backfill, or only those that are missing. An agent is a name as in the tables: "
        "`oracle`, `saboteur`, `toolloop@openai/gpt-5-mini+hints=2`. Trials of `lockgate run` and of the tasks' jobs "
        "are cells too.",
        output_required=False,
        op_tags={"lockgate/kind": "suite"},
    )
    def trials(context: dg.AssetExecutionContext, config: ScoringSettings) -> Iterator[dg.MaterializeResult[Any]]:
        competitor, task = _cell(context)
        if _is_by_the_way(context):
            context.log.warning("Nothing was run: this backfill is over other assets too. Start trials from this one.")
            return
        with fast_event_log(context.instance):
            settings = _settings(context, competitor, config)
            scorecard, store = scored_trial(context, by_id[task], settings, is_tagged=True)
            yield dg.MaterializeResult(metadata=cell_metadata(scorecard, store))
            check_score(scorecard, settings.fail_below)

    return trials


def _cell(context: dg.AssetExecutionContext) -> tuple[str, str]:
    """Competitor and task of the run's partition."""
    if not context.has_partition_key or not isinstance(context.partition_key, dg.MultiPartitionKey):
        raise dg.Failure("Choose an agent and a task: a partition of suite/trials is one of each.", allow_retries=False)
    keys = context.partition_key.keys_by_dimension
    return keys[AGENT], keys[TASK]


def _settings(context: dg.AssetExecutionContext, competitor: str, config: ScoringSettings) -> TrialSettings:
    given = config.model_dump(exclude_none=True)
    if not given.get("run_id") and (backfill := context.run.tags.get(BACKFILL_TAG)):
        given["run_id"] = f"backfill-{backfill}"
    try:
        return TrialSettings(**(given | competitor_settings(competitor)))
    except (ValueError, LockgateError) as error:
        raise dg.Failure(f"Agent '{competitor}' cannot be run: {error}", allow_retries=False) from error


def _is_by_the_way(context: dg.AssetExecutionContext) -> bool:
    """Whether the run is of a backfill over other assets too: who materializes the catalogue asks for no agents."""
    backfill = context.instance.get_backfill(context.run.tags.get(BACKFILL_TAG, ""))
    return any(key != TRIALS for key in (backfill.asset_selection or ())) if backfill else False
