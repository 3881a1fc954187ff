"""Runs of the kiosk's one task as they would be stored, and leaderboards of them, without scoring anything."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from agents.trajectory import Header, Recorder
from benchmark.files import write_json_atomic
from benchmark.llm import ModelSpec
from benchmark.run_store import CollectedFiles, RunPlan, RunStore
from benchmark.scorecard import AgentResult, Scorecard, SubmissionSummary
from benchmark.task import Task
from benchmark.trial import TrialOptions
from orchestration.planning.trials import DEFAULT_OPTIONS, plan_run
from orchestration.publication.index import Leaderboard, read_leaderboard
from orchestration.publication.publish import add_runs
from orchestration.publication.suite import suite_tasks
from tests.helpers.kiosk.world import FILES, write_kiosk
from tests.helpers.scorecards import NOT_BUILT, make_scorecard

SUITE = "till"
PATCH = b"--- a/dbt/models/a.sql\n+++ b/dbt/models/a.sql\n@@ -1 +1 @@\n-select 1\n+select 2\n"
PLANNED = 1_790_000_000
"""When the runs were planned, seconds since 1970."""


def write_tagged_kiosk(projects: Path) -> Task:
    """The kiosk's world, whose task is the suite."""
    name = "tasks/kiosk_sales/task.yaml"
    return write_kiosk(projects, {name: FILES[name] + f"tags: [{SUITE}]\n"})


def store_kiosk_run(
    run_id: str,
    task: Task,
    agents: Sequence[str] = ("oracle", "idle"),
    *,
    models: Sequence[ModelSpec] = (),
    n_attempts: int = 3,
    patch: bytes = PATCH,
    said: str = "Done.",
    options: TrialOptions = DEFAULT_OPTIONS,
) -> RunPlan:
    """A run whose trials all have a verdict, a submission, and a trajectory if they use a model."""
    plan = plan_run([task], agents, run_id=run_id, models=models, n_attempts=n_attempts, options=options)
    store = RunStore(run_id)
    store.write_plan(plan)
    os.utime(store.plan_path, (PLANNED, PLANNED))
    for trial in plan.trials:
        files = store.trial(trial.trial_id)
        files.folder.mkdir(parents=True)
        files.patch_path.write_bytes(patch)
        write_json_atomic(files.collected_path, CollectedFiles().model_dump(mode="json"))
        write_json_atomic(files.agent_path, AgentResult(status="finished").model_dump(mode="json"))
        card = make_scorecard(trial, {"marts.takings": NOT_BUILT} if trial.agent == "idle" else {}, 1.0)
        files.write_scorecard(with_submission(card, patch))
        if trial.model:
            header = Header(
                trial_id=trial.trial_id, task=task.id, agent=trial.agent, model=trial.model.name, time="2026-01-01"
            )
            with Recorder(files.trajectory_path, header) as recorder:
                recorder.step("assistant", said)
    return plan


def with_submission(card: Scorecard, patch: bytes) -> Scorecard:
    """A scorecard that says that this patch was scored."""
    summary = SubmissionSummary(sha256=hashlib.sha256(patch).hexdigest(), n_files_changed=1, files_changed=("a.sql",))
    return card.model_copy(update={"submission": summary})


def add_without_scoring(directory: Path, *run_ids: str) -> Leaderboard:
    """Add runs as `lockgate publish` does once every rule holds."""
    found = read_leaderboard(directory)
    board = found or Leaderboard(suite=SUITE, tasks=suite_tasks(SUITE), runs=())
    add_runs(directory, found, board, [(RunStore(name), RunStore(name).read_plan()) for name in run_ids])
    written = read_leaderboard(directory)
    assert written is not None
    return written
