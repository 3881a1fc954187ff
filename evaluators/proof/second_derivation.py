"""Second derivations: marts computed again in pandas from the sources' rows, by the world's `oracle.py`."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb

from benchmark.task import Task
from evaluators.compare.tables import compare_tables
from evaluators.proof.equivalent_list import read_policy
from evaluators.proof.scored_runs import RunState
from runtime.parquet_types import readable
from sources.generated_cache import generated_day
from sources.registry import load_sources

FILE = "oracle.py"


def second_derivations(task: Task, states: list[RunState]) -> tuple[tuple[str, ...], list[str]]:
    """Compute what `oracle.py` of the task's world can, and compare it with gold in every run.

    A task whose solution changes files has rules of its own; it takes part where its `proof.yaml` states them as
    `policy`, which `oracle.py` receives.

    Returns:
        The scored tables that agree, and one sentence for each that does not.
    """
    path = task.world.folder / FILE
    policy = read_policy(task)
    if not path.is_file() or (task.solution_dir.is_dir() and policy is None):
        return (), []
    derivations = _load(str(path))
    wanted = [name for name in task.scored_tables if name in derivations]
    agreed, problems = set(wanted), []
    seen = set()
    for state in states if wanted else []:
        if state.gold.folder in seen or not state.is_calm:
            continue
        seen.add(state.gold.folder)
        day = generated_day(load_sources(task.world.id), replace(state.dials, day=state.days[-1]))
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for table in wanted:
                frame = derivations[table](day, **(policy or {}))
                connection.register("derived_rows", frame)
                connection.execute("CREATE OR REPLACE TABLE derived AS FROM derived_rows")
                rows = readable(connection, state.gold.folder / f"{table}.parquet")
                connection.execute(f"CREATE OR REPLACE VIEW gold AS {rows}")
                spec = task.scored_tables[table]
                verdict = compare_tables(
                    connection, "gold", "derived", key=spec.key, columns=spec.columns, options=spec.tolerance
                )
                if not verdict.is_match:
                    agreed.discard(table)
                    problems.append(f"{state.label}: {FILE} derives another {table}: {verdict.summary}")
    return tuple(name for name in wanted if name in agreed), problems


def _load(path: str) -> dict[str, Callable[..., Any]]:
    spec = importlib.util.spec_from_file_location("lockgate_world_oracle", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.DERIVATIONS)
