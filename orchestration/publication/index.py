"""`leaderboard.json`: the suite, its version, and the runs of a leaderboard."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from benchmark.errors import LockgateError
from benchmark.run_store import CHECKSUMS_NAME, RunPlan, RunStore
from benchmark.yaml_files import validate_spec

INDEX_NAME = "leaderboard.json"
PAGE_NAME = "index.html"
README_NAME = "README.md"
RUNS_NAME = "runs"
REPORT_NAME = "report"
OUR_NAMES = (INDEX_NAME, PAGE_NAME, README_NAME, RUNS_NAME, REPORT_NAME)
"""What a leaderboard's folder holds of ours; anything else in it (`.git`, a licence) is left alone."""

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PublishedTask(_Part):
    """A task of the suite."""

    task: str = Field(pattern=_NAME)
    version: str
    """Hash of everything that decides what the task is, data included."""


class PublishedRun(_Part):
    """A run of the leaderboard; its files lie in `runs/RUN`."""

    run_id: str = Field(pattern=_NAME)
    planned_at: str
    """ISO 8601, UTC."""
    competitors: tuple[str, ...]
    """By name, sorted."""
    n_trials: int
    n_attempts: int
    """Of each competitor on each task, at least."""
    n_files: int
    size_bytes: int
    checksum: str
    """SHA-256 of the run's `SHA256SUMS`, which holds that of every other file."""


class Leaderboard(_Part):
    """The content of `leaderboard.json`."""

    format_version: Literal[1] = 1
    suite: str = Field(pattern=_NAME)
    """Tag of the tasks."""
    tasks: tuple[PublishedTask, ...]
    """Sorted by name."""
    runs: tuple[PublishedRun, ...]
    """The oldest first."""

    @property
    def versions(self) -> dict[str, str]:
        """Task -> version."""
        return {entry.task: entry.version for entry in self.tasks}

    def stores(self, directory: Path) -> list[RunStore]:
        """The runs, where they lie."""
        return [RunStore(entry.run_id, directory / RUNS_NAME) for entry in self.runs]

    def with_runs(self, added: Sequence[PublishedRun]) -> Leaderboard:
        """The same with further runs, sorted."""
        runs = sorted([*self.runs, *added], key=lambda entry: (entry.planned_at, entry.run_id))
        return self.model_copy(update={"runs": tuple(runs)})


def read_leaderboard(directory: Path) -> Leaderboard | None:
    """Read the index of a folder; None = it holds no leaderboard.

    Raises:
        LockgateError: The index is damaged.
    """
    path = directory / INDEX_NAME
    if not path.is_file():
        return None
    import json

    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise LockgateError(f"{path} is not valid JSON: {error}. Take it from the last commit.") from error
    return validate_spec(content, Leaderboard, path)


def describe_run(store: RunStore, plan: RunPlan) -> PublishedRun:
    """The entry of a run whose published files lie in `store`."""
    files = [path for path in sorted(store.folder.rglob("*")) if path.is_file()]
    counts: dict[tuple[str, str], int] = {}
    for trial in plan.trials:
        cell = trial.competitor.name, trial.task
        counts[cell] = counts.get(cell, 0) + 1
    return PublishedRun(
        run_id=plan.run_id,
        planned_at=plan.planned_at or "",
        competitors=tuple(sorted({name for name, _ in counts})),
        n_trials=len(plan.trials),
        n_attempts=min(counts.values(), default=0),
        n_files=len(files),
        size_bytes=sum(path.stat().st_size for path in files),
        checksum=hashlib.sha256((store.folder / CHECKSUMS_NAME).read_bytes()).hexdigest(),
    )
