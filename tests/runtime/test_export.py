"""Tables leave as sorted Parquet: whatever order rows came in, equal tables are equal files."""

import os
from typing import Any

import duckdb
import pytest

from runtime.jobs.export import export_query, run

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
