"""Determinism: the solution, run once more or on rows in another order, gives the same tables, as does the judge."""

from __future__ import annotations

import filecmp
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from benchmark.duckdb_sql import literal
from benchmark.generator_parameters import Dials
from benchmark.tables import TableSpec
from benchmark.world import World
from evaluators.compare.tables import compare_tables
from evaluators.pipeline.gold import Gold
from evaluators.pipeline.kept_builds import KeptBuilds
from evaluators.pipeline.kept_loads import KeptLoads
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.runner import PipelineChain
from evaluators.proof.scored_runs import RunState
from evaluators.scenarios import Runs
from runtime.fork_client import ForkRuntime
from runtime.jobs.build import BUILD, BUILD_TABLES
from runtime.parquet_types import readable


def differences_of_repeat(
    world: World,
    project: Path,
    dials: Dials,
    golds: Sequence[tuple[Runs, Gold]],
    runtime: ForkRuntime,
    scratch: Path,
    loads: KeptLoads | None = None,
    tested: Collection[Runs] = (),
    near: KeptBuilds | None = None,
) -> list[dict[str, str]]:
    """Run a solution once more and compare every table with gold, bit by bit.

    Args:
        world: Its world.
        project: The laid solution.
        dials: The seed.
        golds: Runs, and the gold that their tables must equal.
        runtime: Where the pipeline runs.
        scratch: An empty folder.
        loads: Loads of the solution that are not those from which gold was built; None = they are done here.
        tested: Runs in which the data tests are known to pass; there they are left out.
        near: Runs of the world's pipeline, from which is taken what is the same; they left the same twice themselves.
            None = everything is built.

    Returns:
        For each of `golds`: table -> how it differs; empty = deterministic.
    """
    chain = PipelineChain(
        project,
        world,
        dials,
        runtime,
        scratch,
        scratch / "logs",
        no_timer,
        keeps_loads=near is not None,
        kept=loads,
        builds=near,
        is_ours=True,
        command_of=lambda runs: BUILD_TABLES if runs in tested else BUILD,
    )
    found: dict[int, dict[str, str]] = {}
    with chain.started():
        order = sorted(range(len(golds)), key=lambda place: _cheapest_first(golds[place][0]))
        for place in order:
            runs, gold = golds[place]
            output = scratch / f"again-{place}"
            unreadable = chain.export(chain.state(runs), [], output)
            found[place] = _differences(gold.folder, output, unreadable, world.tables)
    return [found[place] for place in range(len(golds))]


def _cheapest_first(runs: Runs) -> tuple[bool, str, int, Runs]:
    """Normal days first, one after the other: source systems then start once for all of them."""
    return any(run.incident for run in runs), runs[-1].incident, runs[-1].day, runs


def _differences(
    gold: Path, output: Path, unreadable: Mapping[str, str], known: Mapping[str, TableSpec]
) -> dict[str, str]:
    found = {}
    for path in sorted(gold.glob("*.parquet")):
        table, other = path.name.removesuffix(".parquet"), output / path.name
        if not other.is_file():
            found[table] = unreadable.get(table, "it is not built")
        elif not filecmp.cmp(path, other, shallow=False):
            difference = _difference(path, other, known.get(table))
            if difference:
                found[table] = difference
    return found


def _difference(gold: Path, output: Path, spec: TableSpec | None) -> str:
    """How a table differs when it is built again, without the columns that name the load itself; empty = in nothing."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, path in (("gold", gold), ("output", output)):
            connection.execute(f"CREATE VIEW {name} AS {readable(connection, path)}")
        described = connection.execute("DESCRIBE gold").fetchall()
        columns = [str(row[0]) for row in described if not str(row[0]).startswith("_airbyte")]
        key = [name for name in spec.key if name in columns] if spec else []
        verdicts = [compare_tables(connection, "gold", "output", key=key, columns=columns) for _ in range(2)]
    if verdicts[0] != verdicts[1]:
        return "the judge gives two verdicts on the same tables"
    if not verdicts[0].is_match:
        return verdicts[0].summary
    return "" if _checksum(gold, columns) == _checksum(output, columns) else "it matches, but not to the last bit"


def order_of_rows_shows(states: Sequence[RunState], relation: str, tasks: Iterable[str]) -> dict[str, str]:
    """Try a model on the gold tables that it reads with their rows the other way round.

    Tables have no order of rows, so `first(x)` or a tie that is broken by chance is right by luck alone.

    Args:
        states: Runs with their gold; one is looked at for each gold.
        relation: The model. In a run in which only dbt can build it, it is not looked at.
        tasks: Those that ask.

    Returns:
        Task -> one sentence, where a scored table shows that the model depends on the order.
    """
    found: dict[str, str] = {}
    seen: dict[str, set[Path]] = {task: set() for task in tasks}
    for state in states:
        asking = {task for task in state.tasks & seen.keys() if state.gold.folder not in seen[task]} - found.keys()
        if not asking:
            continue
        for task in asking:
            seen[task].add(state.gold.folder)
        if state.database.needs_dbt(relation):
            continue
        for task, tried in state.database.try_reversed(relation, asking).items():
            if tried.verdict == "rejected":
                found[task] = (
                    f"{state.label}: {relation} follows the order of the rows that it reads: {tried.table} "
                    f"{tried.reason} when they come the other way round. Break ties by a key"
                )
    return found


def _checksum(path: Path, columns: Sequence[str]) -> tuple[object, ...]:
    """Rows and order-independent checksum over columns."""
    with duckdb.connect(":memory:") as connection:
        source = f"read_parquet({literal(str(path))})"
        kept = ", ".join(f'"{name}"' for name in sorted(columns))
        row = connection.execute(f"SELECT count(*), sum(hash({kept})), bit_xor(hash({kept})) FROM {source}").fetchone()
    return tuple(row or ())
