"""Determinism: the solution, run once more or on rows in another order, gives the same tables, as does the judge."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from benchmark.duckdb_sql import literal
from benchmark.task import Task
from evaluators.pipeline.runner import PipelineChain
from evaluators.proof.scored_runs import RunState
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime


def differences_of_repeat(
    task: Task, project: Path, states: list[RunState], runtime: ForkRuntime, scratch: Path
) -> list[str]:
    """Run the solution on the visible seed once more and compare every scored table with gold, bit by bit.

    Args:
        task: The task.
        project: The laid solution.
        states: The runs that the task scores.
        runtime: Where the pipeline runs.
        scratch: An empty folder.

    Returns:
        One sentence per difference, none = deterministic.
    """
    visible = [state for state in states if state.dials.seed == states[0].dials.seed]
    dials, found = visible[0].dials, []
    chain = PipelineChain(project, task.world, dials, runtime, scratch, scratch / "logs", lambda _name, _seconds: None)
    with chain.started():
        for state in sorted(visible, key=lambda item: (item.days[-1], item.runs)):
            ran = chain.state(state.runs)
            output = scratch / f"again-{state.scenario}"
            unreadable = chain.export(ran, list(task.scored_tables), output)
            verdicts = [judge_tables(state.gold.folder, output, task.scored_tables, unreadable) for _ in range(2)]
            if verdicts[0] != verdicts[1]:
                found.append(f"{state.label}: the judge gives two verdicts on the same tables")
            for table, verdict in verdicts[0].items():
                if not verdict.is_match:
                    found.append(f"{state.label}: {table} differs when the solution runs again: {verdict.summary}")
                elif _checksum(state.gold.folder / f"{table}.parquet") != _checksum(output / f"{table}.parquet"):
                    found.append(
                        f"{state.label}: {table} matches, but not to the last bit, when the solution runs again"
                    )
    return found


def models_that_follow_the_order_of_rows(states: list[RunState], models: Iterable[str]) -> list[str]:
    """Try each model on the gold tables that it reads with their rows the other way round.

    Tables have no order of rows, so `first(x)` or a tie that is broken by chance is right by luck alone.

    Args:
        states: Runs with their gold; one is looked at for each gold.
        models: Relations. One that only dbt can build in a run is left out there.

    Returns:
        One sentence for each model that a scored table shows to depend on the order.
    """
    found: dict[str, str] = {}
    seen = set()
    for state in states:
        if state.gold.folder in seen:
            continue
        seen.add(state.gold.folder)
        for relation in models:
            if relation not in found and not state.database.needs_dbt(relation):
                tried = state.database.try_reversed(relation)
                if tried.verdict == "rejected":
                    found[relation] = (
                        f"{state.label}: {relation} follows the order of the rows that it reads: {tried.table} differs "
                        f"({tried.reason}) when they come the other way round. Break ties by a key"
                    )
    return list(found.values())


def _checksum(path: Path) -> tuple[object, ...]:
    """Rows and order-independent checksum over the columns of the source, without what names the load itself."""
    with duckdb.connect(":memory:") as connection:
        source = f"read_parquet({literal(str(path))})"
        names = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        kept = ", ".join(f'"{name}"' for name in sorted(names) if not name.startswith("_airbyte"))
        row = connection.execute(f"SELECT count(*), sum(hash({kept})), bit_xor(hash({kept})) FROM {source}").fetchone()
    return tuple(row or ())
