"""Writing runs as Every Eval Ever records: a folder as their datastore has it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from agents.registry import is_reference
from agents.trajectory import read_trajectory
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.machine_paths import hide_machine_paths
from benchmark.redact import redact
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import Competitor
from bridges.every_eval_ever.competitors import describe_generation, describe_model
from bridges.every_eval_ever.records import (
    DetailedResults,
    EvalLibrary,
    EvaluationLog,
    Relationship,
    Sample,
    SourceData,
    SourceMetadata,
)
from bridges.every_eval_ever.results import evaluation_results
from bridges.every_eval_ever.samples import StoredTrial, sample_of

COLLECTION = "lockgate"
"""The folder below `data/`."""


class Exported(NamedTuple):
    """A record that was written."""

    competitor: str
    run_id: str
    is_reference: bool
    """Whether it is one of ours that show floor and ceiling, which is no result of a model."""
    path: Path
    n_results: int
    n_samples: int
    n_unscored: int


def export_runs(
    stores: Sequence[RunStore], target: Path, *, organization: str, relationship: Relationship
) -> list[Exported]:
    """Write a record for each competitor of each run: its figures, and beside them its trials one by one.

    Args:
        stores: Runs; trials that are not done are left out.
        target: Folder that gets `data/`; records of the same run and competitor are replaced.
        organization: Who gives the results.
        relationship: Theirs to the developers of the models.

    Returns:
        What was written, in the order of the runs and their trials.

    Raises:
        LockgateError: No trial has a verdict, or the folder cannot be written.
    """
    source = SourceMetadata(
        source_name="Lockgate", source_organization_name=organization, evaluator_relationship=relationship
    )
    found = [(store, *group) for store in stores for group in _competitors(store)]
    if not found:
        listed = ", ".join(store.run_id for store in stores)
        raise LockgateError(f"Nothing to export of run {listed}: no trial has a verdict.")
    try:
        return [_export(store, plan, trials, target, source) for store, plan, trials in found]
    except OSError as error:
        raise LockgateError(f"{target} cannot be written: {error.strerror or error}.") from error


def _competitors(store: RunStore) -> list[tuple[RunPlan, list[StoredTrial]]]:
    """The trials of each competitor that has a verdict, in the order of the plan."""
    plan = store.read_plan()
    groups: dict[Competitor, list[StoredTrial]] = {}
    for trial in plan.trials:
        if (stored := _read_trial(store, trial)) is not None:
            groups.setdefault(trial.competitor, []).append(stored)
    return [(plan, group) for group in groups.values() if any(trial.card.status == "scored" for trial in group)]


def _read_trial(store: RunStore, plan: TrialPlan) -> StoredTrial | None:
    files = store.trial(plan.trial_id)
    card = files.read_scorecard()
    if card is None:
        return None
    trajectory = read_trajectory(files.trajectory_path) if files.trajectory_path.is_file() else None
    return StoredTrial(plan, card, trajectory, _ticket(plan))


def _ticket(plan: TrialPlan) -> str:
    """What the task asks, as it is today; of a task that is gone its id."""
    try:
        return get_task(plan.task).with_hints(plan.hint_level).instruction
    except LockgateError:
        return plan.task


def _export(
    store: RunStore, plan: RunPlan, trials: Sequence[StoredTrial], target: Path, source: SourceMetadata
) -> Exported:
    first = trials[0].plan
    name = first.competitor.name
    model = describe_model(first)
    evaluation_id = f"{COLLECTION}/{name}/{plan.run_id}"
    uuid = _uuid(evaluation_id)
    folder = Path("data", COLLECTION, _portable(model.developer), _portable(model.id.partition("/")[2]))
    samples = [sample_of(trial, evaluation_id, model.id) for trial in trials if trial.card.status == "scored"]
    lines = _shown("".join(map(_line, samples)))
    rows = folder / f"{uuid}_samples.jsonl"
    cards = [trial.card for trial in trials]
    record = EvaluationLog(
        evaluation_id=evaluation_id,
        evaluation_timestamp=store.planned_at(plan),
        retrieved_timestamp=str(int(time.time())),
        source_metadata=source,
        eval_library=EvalLibrary(
            name="lockgate", version=plan.versions.get("lockgate", "unknown"), additional_details=plan.versions
        ),
        model_info=model,
        evaluation_results=evaluation_results(cards, _data(trials), describe_generation(trials)),
        detailed_evaluation_results=DetailedResults(
            file_path=rows.as_posix(), checksum=hashlib.sha256(lines.encode()).hexdigest(), total_rows=len(samples)
        ),
    )
    path = folder / f"{uuid}.json"
    write_atomic(target / rows, lines)
    write_atomic(target / path, _shown(record.model_dump_json(indent=1, exclude_none=True)) + "\n")
    return Exported(
        competitor=name,
        run_id=plan.run_id,
        is_reference=is_reference(first.agent),
        path=path,
        n_results=len(record.evaluation_results),
        n_samples=len(samples),
        n_unscored=len(cards) - len(samples),
    )


def _data(trials: Sequence[StoredTrial]) -> SourceData:
    tasks = sorted({trial.plan.task for trial in trials})
    worlds = sorted({trial.card.trial.world for trial in trials})
    seeds = sorted({str(trial.plan.holdout_seed) for trial in trials})
    details: Mapping[str, str] = {
        "worlds": ", ".join(worlds),
        "tasks": ", ".join(tasks),
        "holdout_seeds": ", ".join(seeds),
    }
    return SourceData(dataset_name=COLLECTION, additional_details=dict(details))


def _uuid(evaluation_id: str) -> UUID:
    """The same for the same run and competitor, so that a second export replaces the first."""
    return UUID(bytes=hashlib.sha256(evaluation_id.encode()).digest()[:16], version=4)


def _line(sample: Sample) -> str:
    """One line in ASCII: some readers take U+2028 and its like for the end of a line."""
    return json.dumps(sample.model_dump(mode="json", exclude_none=True)) + "\n"


def _portable(name: str) -> str:
    """A name that any file system takes."""
    return re.sub(r"[^A-Za-z0-9._+@-]", "_", name).strip(". ") or "unknown"


def _shown(text: str) -> str:
    return hide_machine_paths(redact(text))
