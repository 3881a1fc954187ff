"""Second derivations: marts computed again in pandas from the sources' rows, by the world's `oracle.py`."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.compare.tables import compare_tables
from evaluators.proof.equivalent_list import read_policy
from evaluators.proof.scored_runs import RunState
from runtime.parquet_types import readable
from sources.generated_cache import generated_day
from sources.registry import load_sources

FILE = "oracle.py"


class Derived(NamedTuple):
    """What second derivations say for one task."""

    agreed: tuple[str, ...]
    """Scored tables that they give as well."""
    problems: tuple[str, ...]
    """One sentence for each that they give otherwise."""


def is_derived(task: Task) -> bool:
    """Whether a task takes part.

    One whose solution changes files has rules of its own; it takes part where its `proof.yaml` states them as `policy`,
    which `oracle.py` receives.
    """
    has_own_rules = task.solution_dir.is_dir()
    return (task.world.folder / FILE).is_file() and not (has_own_rules and read_policy(task) is None)


def second_derivations(tasks: Sequence[Task], states: Sequence[RunState]) -> dict[str, Derived]:
    """Compute what `oracle.py` of a world can, and compare it with gold in every run.

    Args:
        tasks: Tasks of one solution that take part, with the same policy.
        states: Their runs.
    """
    world, policy = tasks[0].world, read_policy(tasks[0]) or {}
    derivations = _load(str(world.folder / FILE))
    wanted = {task.id: [name for name in task.scored_tables if name in derivations] for task in tasks}
    seen: dict[str, set[Path]] = {task.id: set() for task in tasks}
    problems: dict[str, list[tuple[str, str]]] = {task.id: [] for task in tasks}
    for state in states:
        asking = [
            task
            for task in tasks
            if task.id in state.tasks and state.is_calm and state.gold.folder not in seen[task.id] and wanted[task.id]
        ]
        if not asking:
            continue
        for task in asking:
            seen[task.id].add(state.gold.folder)
        day = generated_day(load_sources(world.id), replace(state.dials, day=state.days[-1]))
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for table in dict.fromkeys(name for task in asking for name in wanted[task.id]):
                frame = derivations[table](day, **policy)
                connection.register("derived_rows", frame)
                connection.execute("CREATE OR REPLACE TABLE derived AS FROM derived_rows")
                rows = readable(connection, state.gold.folder / f"{table}.parquet")
                connection.execute(f"CREATE OR REPLACE VIEW gold AS {rows}")
                for task in asking:
                    if table in wanted[task.id] and (difference := _difference(connection, task.scored_tables[table])):
                        sentence = f"{state.label}: {FILE} derives another {table}: {difference}"
                        problems[task.id].append((table, sentence))
    return {
        task: Derived(
            tuple(name for name in names if name not in {table for table, _ in problems[task]}),
            tuple(sentence for _, sentence in problems[task]),
        )
        for task, names in wanted.items()
    }


def _difference(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> str:
    verdict = compare_tables(connection, "gold", "derived", key=spec.key, columns=spec.columns, options=spec.tolerance)
    return "" if verdict.is_match else verdict.summary


def _load(path: str) -> dict[str, Callable[..., Any]]:
    spec = importlib.util.spec_from_file_location("lockgate_world_oracle", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.DERIVATIONS)
