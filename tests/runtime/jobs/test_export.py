"""Which relations leave, under which names, and what a hostile view or name can do about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.interface import ChildResult
from runtime.jobs.export import copy_in, drop, export_query, run
from runtime.jobs.schemas import checked


def export(folder: Path, statements: str, relations: list[str]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    with duckdb.connect(str(folder / "w.duckdb")) as connection:
        connection.execute(statements)
    answer = run({"warehouse": str(folder / "w.duckdb"), "output": str(folder / "out"), "relations": relations})
    assert checked(ChildResult("ok", answer, "", 0.0), "export").status == "ok"
    unreadable: dict[str, str] = answer["unreadable"]
    return unreadable


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.parquet")}


def test_a_relation_is_found_whatever_case_its_name_has_and_its_file_is_called_as_asked(tmp_path: Path) -> None:
    assert (
        export(tmp_path, 'create schema "Marts"; create table "Marts"."ORDERS" as select 1 as x', ["marts.Orders"])
        == {}
    )
    assert duckdb.sql(f"from '{tmp_path}/out/marts.Orders.parquet'").fetchall() == [(1,)]


def test_all_relations_are_those_of_the_pipeline_and_not_of_the_loaders_books(tmp_path: Path) -> None:
    found = export(
        tmp_path,
        "create schema _airbyte_internal; create table _airbyte_internal.t as select 1 as x; create schema xairbyte; "
        "create table xairbyte.t as select 1 as x; create view v as select 2 as x; create temp table gone as select 1",
        [],
    )
    assert found == {}
    assert files(tmp_path) == {"main.v.parquet", "xairbyte.t.parquet"}


def test_without_a_warehouse_nothing_was_built(tmp_path: Path) -> None:
    arguments = {"warehouse": str(tmp_path / "none"), "output": str(tmp_path / "out"), "relations": ["a.b", "c.d"]}
    assert run(arguments) == {"unreadable": {}}
    assert files(tmp_path) == set()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["x" * 300, "../../up", "a/b", "é" * 200])
def test_a_table_whose_name_is_no_files_name_hides_no_other(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "workspace"
    found = export(folder, f'create table "{name}" as select 1 as x; create table other as select 1 as x', [])
    assert found.keys() == {f"main.{name}"}
    assert found[f"main.{name}"].startswith("IO Error")
    assert files(tmp_path) == {"main.other.parquet"}


def test_a_view_reads_files_of_the_workspace_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for path in (folder / "own.csv", tmp_path / "secret.csv"):
        path.write_text("a\n1\n")
    found = export(
        folder,
        f"create view own as from read_csv('{folder}/own.csv'); "
        f"create view other as from read_csv('{tmp_path}/secret.csv')",
        ["main.own", "main.other"],
    )
    assert found.keys() == {"main.other"}
    assert found["main.other"].startswith("Permission Error")
    assert files(tmp_path) == {"main.own.parquet"}


@pytest.mark.parametrize(
    "before",
    [
        "create schema s; create view s.t as select 9 as x",
        "create schema s; create table s.t as select 9 as x; create view v as from s.t",
        "create schema s; create table s.t (x int primary key)",
        'create schema "S"; create table "S"."T" as select 9 as x',
        "select 1",
    ],
    ids=["a view", "a table with a view on it", "a table with a key", "in capitals", "nothing"],
)
def test_a_table_takes_the_place_of_whatever_has_its_name(tmp_path: Path, before: str) -> None:
    duckdb.sql("select 1 as y").write_parquet(str(tmp_path / "t.parquet"))
    with duckdb.connect() as connection:
        connection.execute(before)
        copy_in(connection, "s.t", tmp_path / "t.parquet")
        found = connection.execute("from s.t")
        assert [column[0] for column in found.description] == ["y"]
        assert found.fetchall() == [(1,)]
        drop(connection, "s.t")
        drop(connection, "s.t")
        assert connection.execute("select count(*) from duckdb_tables() where schema_name ilike 's'").fetchone() == (0,)


COLUMNS = {
    "whole": "i % 7",
    "huge": "cast(i as hugeint) * 170141183460469231731687303715884",
    "real": "case when i % 5 = 0 then 'nan'::double when i % 5 = 1 then -0.0 else i / 3 end",
    "maybe": "case when i % 3 = 0 then null else 'x' || i end",
    "list": "[i % 3, null, i]",
    "struct": "{'a': i % 2, 'b': [i]}",
    "map": "map {'k': i}",
    "union": "union_value(n := i)",
    "bits": "i::bit",
    "blob": "('\\x0' || (i % 8))::blob",
    "json": "json_object('i', i)",
    "at": "timestamptz '2013-03-10 01:00:00+00' + to_hours(i::int)",
    "span": "to_days((i % 4)::int)",
}
ROWS = "select {} from range(1000) t(i)".format(", ".join(f"{sql} as {name}" for name, sql in COLUMNS.items()))


def exported(tmp_path, name, order):
    path = tmp_path / f"{name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table t as select * from ({ROWS}) order by {order}")
        assert export_query(connection, "from t", path) is None
    return path.read_bytes()


@pytest.mark.parametrize("order", ["whole desc, maybe", "hash(maybe)", "random()"])
def test_equal_tables_are_equal_files(tmp_path, order):
    assert exported(tmp_path, "a", "maybe") == exported(tmp_path, "b", order)


def test_a_table_too_large_to_sort_is_written_as_it_is(tmp_path):
    config: Any = {"memory_limit": "250MB", "temp_directory": "", "threads": 1}
    with duckdb.connect(str(tmp_path / "w.duckdb"), config=config) as connection:
        query = "select i, repeat(md5(i::varchar), 8) as text from range(1000000) t(i)"
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(f"create temp table sorted as from ({query}) order by all desc")
        assert export_query(connection, query, tmp_path / "t.parquet") is None
    assert duckdb.sql(f"select count(*), max(i) from '{tmp_path}/t.parquet'").fetchone() == (1_000_000, 999_999)


def test_relations_that_are_absent_or_broken_say_why(tmp_path):
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table t as select 1 as i; create view v as select i from t; drop table t")
    arguments = {"warehouse": str(warehouse), "output": str(tmp_path / "out"), "relations": ["main.v", "main.none"]}
    unreadable = run(arguments)["unreadable"]
    assert unreadable.keys() == {"main.v"}
    assert unreadable["main.v"].startswith("Catalog Error")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_log_that_is_no_plain_file_is_not_opened(tmp_path, make):
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(warehouse) as connection:
        connection.execute("create table t as select 1 as x")
    make(tmp_path / "warehouse.duckdb.wal")
    found = run({"warehouse": str(warehouse), "output": str(tmp_path / "out"), "relations": ["main.t"]})
    assert found == {"unreadable": {"main.t": "warehouse.duckdb.wal is no plain file"}}
