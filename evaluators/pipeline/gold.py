"""Gold: the tables that the solution builds on the same data, cached by content."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from benchmark.cache import find_entry, new_entry
from benchmark.errors import LockgateError
from benchmark.files import hash_folder, scratch_folder, write_json_atomic
from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR, cache_dir
from benchmark.task import Task
from benchmark.versions import tool_versions
from benchmark.workspace import lay_solution
from evaluators.pipeline.runner import PipelineChain, Timer
from evaluators.scenarios import Runs
from runtime.fork_client import ForkRuntime
from runtime.jobs.export import file_name
from sources.generated_cache import fingerprint
from sources.incidents import incident_fingerprint
from sources.registry import load_sources

CODE = (
    "sources",
    "runtime/dbt/clock.py",
    "runtime/dbt/lock.py",
    "runtime/dbt/process_clock.py",
    "runtime/dbt/speed.py",
    "runtime/jobs/build.py",
    "runtime/jobs/export.py",
    "runtime/jobs/load.py",
    "runtime/parquet_types.py",
    "benchmark/connection.py",
    "benchmark/data_packages.py",
    "benchmark/delivered_files.py",
    "benchmark/delivery_schedule.py",
    "benchmark/duckdb_sql.py",
    "benchmark/durations.py",
    "benchmark/file_options.py",
    "benchmark/generator_parameters.py",
    "benchmark/given_system.py",
    "benchmark/http_auth.py",
    "benchmark/http_paging.py",
    "benchmark/http_records.py",
    "benchmark/http_system.py",
    "benchmark/mysql_system.py",
    "benchmark/mysql_types.py",
    "benchmark/incident_options.py",
    "benchmark/noise_rules.py",
    "benchmark/raw_schemas.py",
    "benchmark/source_systems.py",
    "benchmark/system_parts.py",
    "benchmark/world.py",
    "benchmark/world_data.py",
    "benchmark/yaml_files.py",
    "evaluators/pipeline/runner.py",
    "evaluators/pipeline/source_systems.py",
    "evaluators/scenarios/base.py",
)
"""Our code that gold depends on: what generates data, loads, builds and exports. A change there builds gold again."""


class Gold(NamedTuple):
    """Gold of one seed after some runs."""

    folder: Path
    """One Parquet file `schema.identifier.parquet` per table."""
    relations: dict[str, dict[str, Any]]
    """`schema.identifier` -> `path`, `type`, `parents`: the gold lineage."""

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
            chain = PipelineChain(project, task.world, dials, runtime, scratch, scratch / "logs", timer)
            with chain.started():
                for runs in sorted(missing, key=lambda runs: (runs[-1].incident, runs[-1].day, runs)):
                    with _locked(folders[runs]):
                        if not _is_complete(folders[runs]):  # nobody else built it meanwhile
                            _build(task, chain, runs, folders[runs], scratch)
        return {runs: read_gold(folder) for runs, folder in folders.items()}


def is_gold_in_the_making(task: Task, dials: Dials, wanted: list[Runs]) -> bool:
    """Whether another process builds this gold right now, so that asking for it would wait; arguments as `get_gold`."""
    with scratch_folder("gold") as scratch:
        project = scratch / "project"
        lay_solution(task, project)
        return any(_is_being_built(_folder(task, project, dials, runs)) for runs in wanted)


def _is_complete(folder: Path) -> bool:
    return find_entry(folder) and (folder / "gold.json").is_file()


def _is_being_built(folder: Path) -> bool:
    with _open_lock(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Be the only process that builds a folder; one at a time, so that no two wait for each other."""
    with _open_lock(folder) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder(task: Task, project: Path, dials: Dials, runs: Runs) -> Path:
    return cache_dir() / "gold" / _key(task, project, dials, runs)


def _open_lock(folder: Path) -> IO[str]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.with_name(f".{folder.name}.lock").open("w")


def _build(task: Task, chain: PipelineChain, runs: Runs, folder: Path, scratch: Path) -> None:
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
    write_json_atomic(output / "gold.json", {"relations": state.relations, "task": task.id, "runs": runs})
    shutil.rmtree(folder, ignore_errors=True)
    with new_entry(folder) as building:
        shutil.copytree(output, building, dirs_exist_ok=True)


def read_gold(folder: Path) -> Gold:
    """Gold that `get_gold` stored in a folder."""
    content: Mapping[str, Any] = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    return Gold(folder, dict(content["relations"]))


def _key(task: Task, project: Path, dials: Dials, runs: Runs) -> str:
    """Everything that gold depends on, hashed."""
    content = {
        "world": hashlib.sha256((task.world.folder / "world.yaml").read_bytes()).hexdigest(),
        "generator": fingerprint(load_sources(task.world.id)),  # it may lie outside this repository
        "solution": hash_folder(project),
        "seed": dials.seed,
        "history_days": dials.days,
        "scale": dials.scale,
        "runs": [(*run, incident_fingerprint(run.incident)) for run in runs],
        "code": code_hash(CODE),
        "versions": tool_versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


@lru_cache
def code_hash(names: tuple[str, ...]) -> str:
    """Hash of modules and folders of this repository, by their paths in it."""
    digest = hashlib.sha256()
    for name in names:
        path = REPOSITORY_DIR / name
        digest.update((hash_folder(path) if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()).encode())
    return digest.hexdigest()
