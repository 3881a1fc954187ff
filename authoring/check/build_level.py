"""The level *build* of a check: what only a load and a build on two seeds can show of a task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from authoring.built.build import build_world
from authoring.built.project_run import run_project
from authoring.check.findings import Finding
from benchmark.duckdb_sql import quote
from benchmark.errors import LockgateError
from benchmark.files import scratch_folder
from benchmark.generator_parameters import Dials
from benchmark.task import Task
from benchmark.workspace import lay_start
from benchmark.world import World, WorldFile
from benchmark.yaml_files import line_of_key, read_spec
from evaluators.data_tests.warehouses import FaultBrokenError, write_warehouse
from evaluators.pipeline.gold import Gold, GoldBrokenError, get_gold
from evaluators.pipeline.loads import no_timer
from evaluators.proof.idle import failing_scenario
from evaluators.proof.scored_runs import HOLDOUT_SEEDS, find_golds, scored_runs
from evaluators.scenarios.base import days
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime
from sources.kit.declared_world import DeclaredWorld
from sources.kit.stability import moved_rows

_GREEN_STARTS = ("impl", "evol", "repair", "incremental")
"""Kinds whose start is a pipeline that runs: connections are there, and its data tests pass."""


def check_task_builds(task: Task, runtime: ForkRuntime) -> Iterator[Finding]:
    """Build a task's solution and its start on day 1, on the data that agents see and on other data.

    Args:
        task: Without a mistake in its files.
        runtime: Where it runs.

    Raises:
        LockgateError: The surroundings fail, for example a source system does not start.
    """
    path = task.folder / "task.yaml"
    seeds = (task.world.spec.visible_seed, HOLDOUT_SEEDS[0])
    golds: list[Gold] = []
    try:
        for seed in seeds:
            dials = task.world.spec.dials(seed)
            golds.append(get_gold(task, dials, [days(1)], runtime, no_timer)[days(1)])
    except GoldBrokenError as error:
        yield Finding(path, "LG601", str(error))
        return
    for seed, gold in zip(seeds, golds, strict=True):
        yield from check_keys(task, gold, seed)
    if task.faults is not None:
        for seed, gold in zip(seeds, golds, strict=True):
            yield from _faults(task, gold, seed)
        return
    yield from _start(task, golds, seeds, runtime)


def check_world_builds(world: World) -> Iterator[Finding]:
    """Build the project of a world that has no task yet, on the data that agents see and on other data.

    Raises:
        LockgateError: The surroundings fail.
    """
    for seed in (world.spec.visible_seed, *HOLDOUT_SEEDS):
        with scratch_folder("check") as scratch:
            try:
                built = build_world(world, scratch, seed)
            except LockgateError as error:
                yield Finding(world.folder / "world.yaml", "LG608", f"seed {seed}: {error}")
                continue
        for failure in built.failures:
            yield Finding(world.project_dir / "dbt", "LG608", f"seed {seed}: {failure}")


def check_world_data(world: World) -> Iterator[Finding]:
    """Whether the rows of a declared world stay as they are on later days, with more days and at a greater scale."""
    path = world.folder / "world.yaml"
    spec = read_spec(path, WorldFile)
    if spec.generator.python is not None:
        return
    try:
        moved = moved_rows(DeclaredWorld(spec, world.folder).generator, Dials(3, 6))
    except LockgateError as error:
        yield Finding(path, "LG610", str(error), "generator")
        return
    for table, problem in moved.items():
        yield Finding(path, "LG610", f"table '{table}': {problem}", "generator")


def check_keys(task: Task, gold: Gold, seed: int) -> Iterator[Finding]:
    """Whether the keys of scored tables tell the rows of gold apart."""
    import duckdb

    with duckdb.connect() as connection:
        for name, spec in task.scored_tables.items():
            if not spec.key:
                continue
            rows = f"read_parquet('{gold.folder / name}.parquet')"
            listed = ", ".join(map(quote, spec.key))
            found = connection.execute(
                f"select count(*) as n, {listed} from {rows} group by all having n > 1 order by all limit 1"
            ).fetchone()
            if found:
                path = task.folder / "task.yaml" if name in task.spec.tables else task.world.folder / "tables.yaml"
                values = ", ".join(map(str, found[1:]))
                message = f"table '{name}': {found[0]} rows have the key ({values}) on seed {seed}"
                line = line_of_key(path.read_text(encoding="utf-8"), "tables")
                yield Finding(path, "LG602", message, f"tables.{name}.key", line)


def _faults(task: Task, gold: Gold, seed: int) -> Iterator[Finding]:
    assert task.faults is not None
    now = task.world.pinned_now(task.world.spec.dials(seed))
    with scratch_folder("check") as scratch:
        for number, fault in enumerate(task.faults.faults):
            try:
                write_warehouse(
                    scratch / f"{number}.duckdb", gold.folder, list(task.scored_tables), now, task.id, fault
                )
            except FaultBrokenError as error:
                yield Finding(task.folder / "faults.yaml", "LG605", f"seed {seed}: {error}")


def _start(task: Task, golds: Sequence[Gold], seeds: Sequence[int], runtime: ForkRuntime) -> Iterator[Finding]:
    """Whether the start runs, with green data tests, and differs from gold on each seed, or else in a later run."""
    path = task.folder / "task.yaml"
    right_on = []
    for seed, gold in zip(seeds, golds, strict=True):
        with scratch_folder("check") as scratch:
            project = scratch / "project"
            lay_start(task, project)
            dials = task.world.spec.dials(seed)
            run = run_project(project, task.world, dials, list(task.scored_tables), runtime, scratch / "run")
            if run.failures and task.spec.kind in _GREEN_STARTS:
                yield Finding(path, "LG604", f"seed {seed}: the start fails at {'; '.join(run.failures)}")
            verdicts = judge_tables(gold.folder, run.folder, task.scored_tables, run.unreadable)
        if all(verdict.is_match for verdict in verdicts.values()):
            right_on.append(seed)
    if task.spec.answer or (len(right_on) == len(seeds) and _failing_run(task, runtime)):
        return
    for seed in right_on:
        yield Finding(path, "LG603", f"every scored table of the start is right already, on seed {seed}", "scored")


def _failing_run(task: Task, runtime: ForkRuntime) -> str:
    """The scored scenario of the visible data in which a start that is right on day 1 fails; empty: none.

    It may fail in a later run, or by the work that it does.
    """
    scenarios = [item for item in scored_runs((task,)) if item[0].seed == "visible"]
    with scratch_folder("check") as scratch:
        lay_start(task, scratch / "start")
        (scratch / "runs").mkdir()
        golds = find_golds((task,), runtime, [task.world.spec.visible_seed])
        return failing_scenario(task, scratch / "start", scenarios, golds, runtime, scratch / "runs")


def problem_of(path: Path, error: LockgateError) -> Finding:
    """A finding for what could not be built for a reason of the surroundings."""
    return Finding(path, "LG609", str(error))
