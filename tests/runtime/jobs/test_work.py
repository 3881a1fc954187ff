"""Rows that queries handle, counted in DuckDB's profile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.interface import ChildResult
from runtime.jobs import work
from runtime.jobs.export import export_query
from tests.helpers.small_project import NOW, PROJECT

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


def measure(path: Path, sql: str, relation: str = "marts.made", **more: Any) -> dict[str, Any]:
    steps = [{"relation": relation, "is_view": False, "sql": sql}]
    found: dict[str, Any] = work.run({"warehouse": str(path), "steps": steps, "targets": {}, **more})["models"][
        relation
    ]
    return found


def step(relation: str, sql: str, *, is_view: bool = False) -> dict[str, Any]:
    return {"relation": relation, "is_view": is_view, "sql": sql}


def expected(path: Path, sql: str) -> str:
    """A Parquet file as an export writes it."""
    with duckdb.connect() as connection:
        assert export_query(connection, sql, path) is None
    return str(path)


@pytest.mark.parametrize(
    ("sql", "packs"),
    [
        ("select list(id) from raw.a", ["list"]),
        ("select array_agg(id) over () from raw.a", ["array_agg"]),
        ("select array(select id from raw.a)", ["array_agg"]),
        ("select [i for i in list(id) if i > 1] from raw.a", ["list"]),
        ("with l as (select string_agg(id) as s from raw.a) select a.id from raw.a, l", ["string_agg"]),
        ("select json_group_array(id), histogram(id), max(id, 3) from raw.a", ["histogram", "json_group_array", "max"]),
        ("select list_filter(list(id), lambda i: i > 1)[1] from raw.a", ["list"]),
        ("select list(id)[b] from raw.a, (select 1 as b) group by b", ["list"]),
        ("select list(id order by id)[1], list_extract(array_agg(id), -1), max(id), arg_max(id, id) from raw.a", []),
        ("select [1, 2, id], list_sum([id, id]) from raw.a", []),
    ],
)
def test_what_packs_rows_into_one_value_is_named(warehouse: Path, sql: str, packs: list[str]) -> None:
    found = measure(warehouse, sql)
    assert (found["packs"], found["error"]) == (packs, "")
    view = [{"relation": "marts.v", "is_view": True, "sql": sql}]
    assert work.run({"warehouse": str(warehouse), "steps": view, "targets": {}})["models"]["marts.v"]["packs"] == packs


@pytest.mark.parametrize("name", JOINS)
def test_rows_in_and_out_are_counted_alike_each_time(warehouse: Path, name: str) -> None:
    found = [measure(warehouse, JOINS[name], f"marts.made_{place}")["rows"] for place in range(3)]
    assert len(set(found)) == 1
    assert (found[0] == 200) == (name == "a scan")


def test_nested_loops_cost_what_they_compare(warehouse: Path) -> None:
    by_key, by_pair = (
        measure(warehouse, JOINS[name], f"marts.{place}")["rows"]
        for place, name in enumerate(("a hash join", "each with each"))
    )
    assert by_key < 1_000
    assert by_pair > 5_000


@pytest.mark.parametrize(
    ("sql", "is_same"),
    [
        ("select id, id * 2 as double from raw.a order by id desc", True),
        ("select id, id * 2 as double from raw.b", False),
        ("select id, id * 3 as double from raw.a", False),
        ("select id, id * 2 as doubled from raw.a", False),
    ],
)
def test_a_target_has_the_rows_of_its_file_whatever_the_order(
    warehouse: Path, tmp_path: Path, sql: str, is_same: bool
) -> None:
    file = expected(tmp_path / "marts.made.parquet", "select range * 2 as double, range as id from range(100)")
    found = measure(warehouse, sql, targets={"marts.made": file})
    assert (found["is_same"], found["error"]) == (is_same, "")


@pytest.mark.parametrize(("value", "is_same"), [("0.1::double + 0.2", True), ("0.3001", False), ("'nan'", False)])
def test_floats_may_differ_in_their_last_digits(warehouse: Path, tmp_path: Path, value: str, is_same: bool) -> None:
    file = expected(tmp_path / "marts.made.parquet", "select 0.3::double as share, -0.0::double as none")
    sql = f"select ({value})::double as share, 0.0::double as none"
    assert measure(warehouse, sql, targets={"marts.made": file})["is_same"] == is_same


def test_views_count_where_they_are_read_and_as_targets(warehouse: Path, tmp_path: Path) -> None:
    pairs = JOINS["each with each"]
    steps = [step("marts.pairs", pairs, is_view=True), step("marts.first", "from marts.pairs")]
    found = work.run({"warehouse": str(warehouse), "steps": steps, "targets": {}})["models"]
    assert (found["marts.pairs"]["rows"], found["marts.pairs"]["reads"]) == (0, [])
    assert found["marts.first"]["rows"] > 5_000
    assert found["marts.first"]["reads"] == ["raw.a", "raw.b"]
    file = expected(tmp_path / "marts.seen_pairs.parquet", "select range as id from range(50)")
    steps = [step("marts.seen_pairs", pairs, is_view=True)]
    found = work.run({"warehouse": str(warehouse), "steps": steps, "targets": {"marts.seen_pairs": file}})["models"]
    assert found["marts.seen_pairs"]["rows"] > 5_000
    assert found["marts.seen_pairs"]["is_same"]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as id); create table marts.more as (select 2 as id",
        "select 1 as id; create table marts.more as select 2 as id",
        "create table marts.more as select 2 as id",
        "set variable more = 2",
        "pivot raw.a on id using count(*)",
        "selec",
    ],
)
def test_what_is_not_one_query_is_not_made(warehouse: Path, tmp_path: Path, sql: str) -> None:
    targets = {"marts.made": expected(tmp_path / "marts.made.parquet", "select 1 as id")}
    assert measure(warehouse, sql, targets=targets)["error"] == "it is not one query"
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute("from duckdb_tables() where table_name in ('more', 'made')").fetchall() == []


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("from marts.hidden", ["marts.hidden"]),
        ("from marts.seen", ["raw.a"]),
        ("select (select sum(id) from marts.hidden) as n from raw.b", ["marts.hidden", "raw.b"]),
        ("select range as id, 0 as double from range(5)", []),
        ("select 1 as id, table_name as double from duckdb_tables()", ["duckdb_tables()"]),
    ],
)
def test_base_tables_and_functions_that_a_query_reads_are_told(warehouse: Path, sql: str, reads: list[str]) -> None:
    assert measure(warehouse, sql)["reads"] == reads


def test_a_query_that_fails_says_why(warehouse: Path) -> None:
    found = measure(warehouse, "from nowhere")
    assert found["rows"] == 0
    assert "nowhere does not exist" in found["error"]


def test_files_cannot_be_read(warehouse: Path, tmp_path: Path) -> None:
    (outside := tmp_path.parent / "outside.csv").write_text("id\n1\n")
    assert "permission" in measure(warehouse, f"from read_csv('{outside}')")["error"].lower()


def test_nothing_is_made_after_a_query_that_fails(warehouse: Path) -> None:
    steps = [step("marts.broken", "from nowhere"), step("marts.after", "from raw.a")]
    assert list(work.run({"warehouse": str(warehouse), "steps": steps, "targets": {}})["models"]) == ["marts.broken"]


def test_a_table_that_is_there_is_not_replaced(warehouse: Path) -> None:
    assert "already exists" in measure(warehouse, "select 1 as id", "raw.a")["error"]


@pytest.mark.slow
def test_queries_are_compiled_with_all_that_is_upstream_and_nothing_else(
    tmp_path: Path, run_job: Callable[..., ChildResult]
) -> None:
    (folder := tmp_path / "w").mkdir()
    with duckdb.connect(str(folder / "w.duckdb")) as connection:
        connection.execute("create schema raw; create table raw.a (id integer)")
    files = {
        **PROJECT,
        "models/sources.yml": "sources: [{name: raw, tables: [{name: a}]}]",
        "models/first.sql": "{{ config(materialized='view') }} select * from {{ source('raw', 'a') }}",
        "models/last.sql": "select {{ run_query('select count(*) from raw.a').rows[0][0] if execute }} as n "
        "from {{ ref('first') }}",
        "models/other.sql": "select {{ run_query('from nowhere') }}",
    }
    arguments = {"now": NOW, "tables": ["main.LAST", "main.absent"]}
    answer = run_job(folder, "runtime.jobs.work:compile_queries", arguments, files).value
    assert answer["error"] == ""
    found = {name: (node["type"], node["compiled"]) for name, node in answer["relations"].items()}
    assert found["main.first"][0] == "view"
    assert "select 0 as n" in found["main.last"][1]
    assert found["main.other"][1] is None
    broken = {"models/last.sql": "select {{ run_query('select id from raw.a').rows[0][0] if execute }}"}
    answer = run_job(folder, "runtime.jobs.work:compile_queries", arguments, broken).value
    assert "last" in answer["error"]
    answer = run_job(folder, "runtime.jobs.work:compile_queries", arguments, {"dbt_project.yml": "name: ["}).value
    assert answer["error"]
