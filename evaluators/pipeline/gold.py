"""Gold: the tables that the solution builds on the same data, cached by content."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.answer import ANSWER_NAME
from benchmark.cache import find_entry, new_entry
from benchmark.errors import LockgateError
from benchmark.files import hash_folder, scratch_folder, write_json_atomic
from benchmark.generator_parameters import Dials
from benchmark.orchestration import DEFINITIONS_FOLDER
from benchmark.paths import cache_dir
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators.pipeline.kept_builds import solution_builds
from evaluators.pipeline.loads import Timer
from evaluators.pipeline.run_keys import run_key
from evaluators.pipeline.runner import PipelineChain
from evaluators.pipeline.table_hash import hash_of_tables
from evaluators.scenarios import Runs
from runtime.fork_client import ForkRuntime
from runtime.jobs.export import file_name

_NO_PART = (ANSWER_NAME, DEFINITIONS_FOLDER)


class Gold(NamedTuple):
    """Gold of one seed after some runs."""

    folder: Path
    """One Parquet file `schema.identifier.parquet` per table."""
    relations: dict[str, dict[str, Any]]
    """`schema.identifier` -> `path`, `type`, `parents`: the gold lineage."""
    pipeline: str = ""
    """Hash of the pipeline that built it, whose data tests passed on it (see `pipeline_hash`)."""

    @property
    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Table -> tables it is built from, sources included."""
        return {name: tuple(node["parents"]) for name, node in self.relations.items()}


class GoldBrokenError(LockgateError):
    """The solution does not run: a fault of the task, never of the agent."""


def get_gold(
    task: Task,
    dials: Dials,
    wanted: list[Runs],
    runtime: ForkRuntime,
    timer: Timer,
    alternative: str | None = None,
) -> dict[Runs, Gold]:
    """Gold for one seed after each of some sequences of runs; built where the cache does not have it.

    Args:
        task: Whose solution.
        dials: Seed and days.
        wanted: Sequences of runs, for example `days(1)` and `days(1, 2)`.
        runtime: Where the solution runs.
        timer: Receives wall times.
        alternative: One of the task's alternatives; None = its solution.

    Raises:
        GoldBrokenError: The solution fails.
    """
    with scratch_folder("gold") as scratch:
        project = scratch / "project"
        lay_solution(task, project, alternative)
        folders = {runs: _folder(task, project, dials, runs) for runs in wanted}
        missing = [runs for runs in wanted if not _is_complete(folders[runs])]
        if missing:
            builds = solution_builds(task, dials, PipelineChain, runtime, scratch / "kept", timer, alternative)
            chain = PipelineChain(project, task.world, dials, runtime, scratch, scratch / "logs", timer, builds=builds)
            with chain.started():
                for runs in sorted(missing, key=lambda runs: (runs[-1].incident, runs[-1].day, runs)):
                    with _locked(folders[runs]):
                        if not _is_complete(folders[runs]):  # nobody else built it meanwhile
                            _build(task, chain, runs, folders[runs], scratch, pipeline_hash(project))
        return {runs: read_gold(folder) for runs, folder in folders.items()}


def _is_complete(folder: Path) -> bool:
    return find_entry(folder) and (folder / "gold.json").is_file()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Be the only process that builds a folder; one at a time, so that no two wait for each other."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder(task: Task, project: Path, dials: Dials, runs: Runs) -> Path:
    return cache_dir() / "gold" / _key(task, project, dials, runs)


def _build(task: Task, chain: PipelineChain, runs: Runs, folder: Path, scratch: Path, pipeline: str) -> None:
    state = chain.state(runs)
    for step in state.steps:
        if step.status != "ok":
            raise GoldBrokenError(f"the solution fails at {step.name}: {step.message}")
    output = scratch / f"gold-{state.folder.name}"
    unreadable = chain.export(state, [], output)
    absent = [name for name in task.scored_tables if name in unreadable or not (output / file_name(name)).is_file()]
    if absent:
        listed = "; ".join(f"{name}: {unreadable.get(name, 'not built')}" for name in absent)
        raise GoldBrokenError(f"the solution lacks scored tables: {listed}")
    write_json_atomic(output / "gold.json", {"relations": state.relations, "pipeline": pipeline, "runs": runs})
    shutil.rmtree(folder, ignore_errors=True)
    with new_entry(folder) as building:
        shutil.copytree(output, building, dirs_exist_ok=True)


def read_gold(folder: Path) -> Gold:
    """Gold that `get_gold` stored in a folder."""
    content: Mapping[str, Any] = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    return Gold(folder, dict(content["relations"]), content["pipeline"])


def pipeline_hash(project: Path) -> str:
    """Hash of all files of a pipeline that its load and build depend on.

    Gold is one load and one build, whoever starts them: Dagster definitions are no part of it.
    """
    return hash_folder(project, without=_NO_PART)


def _key(task: Task, project: Path, dials: Dials, runs: Runs) -> str:
    return run_key(task.world, dials, runs, hash_of_tables(project, without=_NO_PART))
