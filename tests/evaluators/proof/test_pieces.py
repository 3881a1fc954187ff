"""What a piece of a proof looks at."""

from pathlib import Path

import duckdb

from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.proof.pieces import rows_to_hide
from evaluators.scenarios import days


def test_rows_of_every_run_are_hidden_but_for_seeds(kiosk: Task, tmp_path: Path) -> None:
    golds = {}
    for seed, first in ((0, 1), (101, 50)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        for table, spec in kiosk.scored_tables.items():
            values = ", ".join(f"'{table} {first + i}' AS {column}" for i, column in enumerate(spec.columns))
            duckdb.sql(f"SELECT {values}, 1 AS unscored").write_parquet(str(folder / f"{table}.parquet"))
        kinds = {"raw_kiosk.items": "seed", "marts.takings": "table"}
        gold = Gold(folder, {table: {"type": kind, "parents": []} for table, kind in kinds.items()})
        golds[seed] = {days(1): gold, days(1, 1): gold}
    hidden = rows_to_hide(kiosk, golds)
    assert [rows.table for rows in hidden] == ["raw_kiosk.sales", "marts.takings"] * 2
