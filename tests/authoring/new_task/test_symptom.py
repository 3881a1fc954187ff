"""What people see of a fault, in figures and rows."""

from pathlib import Path

import duckdb

from authoring.new_task.symptom import find_symptom
from benchmark.tables import TableSpec

SPEC = TableSpec(stage="marts", key=("day",), columns=("day", "n", "note"))


def written(path: Path, rows: str) -> Path:
    duckdb.sql(f"select * from (values {rows}) as t (day, n, note)").write_parquet(str(path))
    return path


def test_changed_missing_and_extra_rows_are_counted_and_shown(tmp_path: Path) -> None:
    gold = written(tmp_path / "gold.parquet", "(1, 10, 'a'), (2, 20, null), (3, 30, 'c')")
    shown = written(tmp_path / "shown.parquet", "(1, 10, 'a'), (2, 21, 'x'), (4, 40, 'd')")
    found = find_symptom("marts.days", SPEC, gold, shown)
    assert (found.n_rows, found.n_changed, found.n_missing, found.n_extra) == (3, 1, 1, 1)
    assert found.sentence == (
        "Of 3 rows that there should be, 1 rows have wrong values, 1 rows are missing, 1 rows should not be there."
    )
    assert found.examples.splitlines() == [
        "| `day` | column | shown | right |",
        "|---|---|---|---|",
        "| 2 | `n` | 21 | 20 |",
        "| 2 | `note` | x | nothing |",
        "| 3 | `n` | no row | 30 |",
    ]


def test_equal_tables_have_no_symptom(tmp_path: Path) -> None:
    gold = written(tmp_path / "gold.parquet", "(1, 10, 'a')")
    assert find_symptom("marts.days", SPEC, gold, gold).sentence == ""
