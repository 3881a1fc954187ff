"""Gold of the kiosk's raw tables: really loaded, and nothing built, so that no test waits for dbt."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from benchmark.generator_parameters import Dials
from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.pipeline.runner import PipelineChain
from evaluators.scenarios import Runs
from runtime.fork_client import ForkRuntime


def load_gold(
    task: Task, project: Path, wanted: Iterable[Runs], runtime: ForkRuntime, folder: Path, seed: int = 0
) -> dict[Runs, Gold]:
    """The task's raw tables after each of some sequences of runs.

    Args:
        task: Of the kiosk.
        project: A folder with `el/` and without `dbt/`.
        wanted: Sequences of runs.
        runtime: Where it is loaded.
        folder: Must not exist yet.
        seed: Of the data.
    """
    dials = Dials(seed, task.world.spec.days)
    raw = [name for name, spec in task.scored_tables.items() if spec.stage == "raw"]
    chain = PipelineChain(project, task.world, dials, runtime, folder, folder / "logs", lambda _name, _seconds: None)
    golds = {}
    with chain.started():
        for number, runs in enumerate(wanted):
            output = folder / f"gold-{number}"
            assert chain.export(chain.state(runs), raw, output) == {}
            golds[runs] = Gold(output, {})
    return golds


def spoil(gold: Gold, folder: Path, table: str, columns: str) -> Gold:
    """A copy of gold in which one table has other values.

    Args:
        gold: What is copied.
        folder: Must not exist yet.
        table: `schema.identifier`.
        columns: What stands in `SELECT * REPLACE (...)`.
    """
    folder.mkdir()
    for path in gold.folder.glob("*.parquet"):
        query = f"SELECT * REPLACE ({columns}) FROM '{path}'" if path.stem == table else f"FROM '{path}'"
        duckdb.sql(query).write_parquet(str(folder / path.name))
    return Gold(folder, gold.relations)
