"""The matrix of competitors and tasks: one asset whose partitions are its cells, done or not."""

from typing import Any

import dagster as dg

from benchmark.run_store import TrialStore
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from benchmark.trial import BudgetChange
from orchestration.dagster_ui.names import COMPETITORS
from orchestration.dagster_ui.trial_results import scorecard_metadata, verdict_of

TRIALS = dg.AssetKey(["suite", "trials"])
AGENT, TASK = "agent", "task"
"""The dimensions."""
_FIGURES = ("overview", "trial", "show", "page", "success", "component_score", "cascading_failure_score", "cost_usd",
            "wall_seconds")  # fmt: skip


def cell_key(competitor: str, task: str) -> dg.MultiPartitionKey:
    """Key of a cell."""
    return dg.MultiPartitionKey({AGENT: competitor, TASK: task})


def cell_metadata(scorecard: Scorecard, store: TrialStore) -> dict[str, Any]:
    """The figures of a cell; Dagster plots them over the cells."""
    found = scorecard_metadata(scorecard, store)
    return {"verdict": verdict_of(scorecard)} | {name: found[name] for name in _FIGURES if name in found}


def note_cell(context: dg.AssetExecutionContext, task: Task, scorecard: Scorecard, store: TrialStore) -> None:
    """Mark the cell of a trial that another job ran as done."""
    competitor = scorecard.trial.competitor.name
    context.instance.add_dynamic_partitions(COMPETITORS, [competitor])
    context.log_event(
        dg.AssetMaterialization(
            TRIALS, partition=cell_key(competitor, task.id), metadata=cell_metadata(scorecard, store)
        )
    )


def competitor_settings(name: str) -> dict[str, Any]:
    """The run config by which a competitor is run: the other way round of `Competitor.name`.

    Raises:
        ValueError: An option is not one of a competitor's.
    """
    who, *options = name.split("+")
    agent, _, model = who.partition("@")
    settings: dict[str, Any] = {"agent": agent} | ({"model": model} if model else {})
    budget: dict[str, float] = {}
    for option in options:
        key, _, value = option.partition("=")
        if key == "effort":
            settings["model_effort"] = value
        elif key == "hints":
            settings["hint_level"] = int(value)
        elif key in BudgetChange.model_fields:
            budget[key] = float(value)
        else:
            raise ValueError(f"'{option}' is no option of a competitor: effort, hints, {', '.join(_LIMITS)}")
    return settings | ({"budget": budget} if budget else {})


_LIMITS = tuple(BudgetChange.model_fields)
