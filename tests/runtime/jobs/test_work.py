"""Rows that queries handle, counted in DuckDB's profile."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.jobs import work

JOINS = {
    "a scan": "from raw.a",
    "a hash join": "select a.id from raw.a as a join raw.b as b on a.id = b.id",
    "each with each": "select a.id from raw.a as a join raw.b as b on abs(a.id - b.id) = 0",
}
"""Queries of tables of 100 and 50 rows."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema raw; create schema marts; create table raw.a as select range as id from range(100);"
            "create table raw.b as select range as id from range(50);"
            "create view marts.seen as from raw.a where id < 10;"
            "create table marts.one as select id * 2 as double, id from raw.a;"
            "create table marts.hidden as select id * 2 as double, id from raw.a"
        )
    return path


def measure(path: Path, sql: str, relation: str = "marts.one", **more: Any) -> dict[str, Any]:
    found = work.run({"warehouse": str(path), "queries": {relation: sql}, "sources": [], **more})
    return {**found["models"][relation], "changed": found["changed"]}


@pytest.mark.parametrize("name", JOINS)
def test_rows_in_and_out_are_counted_alike_each_time(warehouse: Path, name: str) -> None:
    found = [measure(warehouse, JOINS[name])["rows"] for _ in range(3)]
    assert len(set(found)) == 1
    assert (found[0] == 200) == (name == "a scan")


def test_nested_loops_cost_what_they_compare(warehouse: Path) -> None:
    by_key, by_pair = (measure(warehouse, JOINS[name])["rows"] for name in ("a hash join", "each with each"))
    assert by_key < 1_000
    assert by_pair > 5_000


def test_a_table_is_the_one_that_its_query_makes_whatever_the_order_of_columns_and_rows(warehouse: Path) -> None:
    right = "select id, id * 2 as double from raw.a order by id desc"
    assert measure(warehouse, right) | {"rows": 0} == {
        "rows": 0,
        "reads": ["raw.a"],
        "is_same": True,
        "error": "",
        "changed": [],
    }
    assert not measure(warehouse, "select id, id * 2 as double from raw.b")["is_same"]
    assert not measure(warehouse, "select id, id * 3 as double from raw.a")["is_same"]
    assert not measure(warehouse, right, "marts.absent")["is_same"]


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("from marts.hidden", ["marts.hidden"]),
        ("from marts.seen", ["raw.a"]),
        ("select id, double from marts.one", ["marts.one"]),
        ("select range as id, 0 as double from range(5)", []),
        ("select 1 as id, table_name as double from duckdb_tables()", ["duckdb_tables()"]),
    ],
)
def test_base_tables_and_functions_that_a_query_reads_are_told(warehouse: Path, sql: str, reads: list[str]) -> None:
    assert measure(warehouse, sql)["reads"] == reads


def test_a_query_that_fails_says_why(warehouse: Path) -> None:
    found = measure(warehouse, "from nowhere")
    assert (found["rows"], found["is_same"]) == (0, False)
    assert "nowhere does not exist" in found["error"]


def test_files_cannot_be_read(warehouse: Path, tmp_path: Path) -> None:
    (outside := tmp_path.parent / "outside.csv").write_text("id\n1\n")
    assert "permission" in measure(warehouse, f"from read_csv('{outside}')")["error"].lower()


def test_sources_that_the_build_changed_are_told(warehouse: Path, tmp_path: Path) -> None:
    (loaded := tmp_path / "loaded").mkdir()
    (loaded / "warehouse.duckdb").write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update raw.b set id = 7 where id = 8")
    before = str(loaded / "warehouse.duckdb")
    found = measure(warehouse, "from raw.a", sources=["raw.a", "raw.b", "raw.c"], loaded=before)
    assert found["changed"] == ["raw.b", "raw.c"]


def test_no_warehouse_has_no_models(tmp_path: Path) -> None:
    assert work.run({"warehouse": str(tmp_path / "warehouse.duckdb"), "queries": {}, "sources": []}) == {
        "models": {},
        "changed": [],
    }
