"""A warehouse with a fault has the same rows in the same order, whether or not tables are copied from a right one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.seeded_faults import Fault
from evaluators.data_tests.warehouses import write_warehouse

TABLES = ["marts.orders", "marts.shops", "staging.lines"]
NOW = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
FAULTS = {
    "in its own table": ("update marts.orders set total = -total where id % 7 = 0",),
    "over two tables": (
        "delete from marts.orders where id in (select id from staging.lines where id % 3 = 0)",
        "update staging.lines set total = null where id % 5 = 0",
    ),
    "in capitals": ('UPDATE "MARTS"."ORDERS" SET total = 0', "DELETE FROM MARTS.SHOPS WHERE id = 1"),
}


def contents(path: Path) -> dict[str, list[Any]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            table: connection.execute(f"select rowid, * from {table} order by rowid").fetchall() for table in TABLES
        }


@pytest.mark.parametrize("sql", FAULTS.values(), ids=FAULTS.keys())
def test_what_a_fault_does_not_name_is_copied_as_it_would_be_written(tmp_path: Path, sql: tuple[str, ...]) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    for table in TABLES:
        duckdb.sql(f"copy (select i as id, i * 1.5 as total from range(500) t(i)) to '{gold}/{table}.parquet'")
    fault = Fault(name="fault", table="marts.orders", breaks="A promise.", sql=sql)
    right, short, long = (tmp_path / f"{name}.duckdb" for name in ("right", "short", "long"))
    write_warehouse(right, gold, TABLES, NOW, "task", None)
    write_warehouse(short, gold, TABLES, NOW, "task", fault, right=right)
    write_warehouse(long, gold, TABLES, NOW, "task", fault)
    assert contents(short) == contents(long)
    assert contents(short) != contents(right)
