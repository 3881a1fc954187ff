"""Every type that DuckDB holds leaves as Parquet and comes back as it was; else only the column at fault is lost."""

from pathlib import Path

import duckdb
import pytest

from runtime.jobs.export import copy_in, export_query, run
from runtime.parquet_types import readable, unreadable_columns

VALUES = [
    "interval '-1 day'", "interval '1 month -40 days 00:00:03.000001'", "null::interval", "[interval '-1 month', null]",
    "170141183460469231731687303715884105727::hugeint", "(-5)::hugeint",
    "340282366920938463463374607431768211455::uhugeint",
    "'0101'::bit", "['1'::bit, null]", "(repeat('9', 200))::bignum", "'12:00:00.5+02:30:15'::timetz",
    "union_value(a := 1)", "union_value(a := null::hugeint)", "null::union(a int, b hugeint)",
    "[union_value(a := 1)::union(a int, tag hugeint), union_value(tag := 2::hugeint), null]",
    "{'HUGEINT': 1::int}", "{'HUGEINT': 1::hugeint}", "{'a\"b''c': '1'::bit, 'UNION': interval '-1 day'}",
    "map {'a': interval '-3 day', 'b': null}", "null::map(varchar, hugeint)", "map {}::map(int, interval)",
    "map {1::uhugeint: {'x': ['01'::bit]}}", "[{'x': [map {1::uhugeint: '01'::bit}]}]",
    "'12:00:00.123456789'::time_ns", "1::variant", "'x'::variant", "'5000000-01-01'::date", "'infinity'::timestamptz",
    "'-infinity'::timestamp", "1.5::decimal(38, 10)", "'{\"a\": 1}'::json", "'\\xff\\x00'::blob",
    "'5b0c6a1e-6f1d-4d53-9c57-0f6c1f5b7a42'::uuid",
]  # fmt: skip
OTHER_FORMS = {
    "'HUGEINT'::enum('HUGEINT', 'b')": "VARCHAR",
    "union_value(\"a'\"\"b\" := 'x'''::enum('x''', 'y'))": "UNION(\"a'\"\"b\" ENUM('x''', 'y'))",
    "[1::hugeint, null]::hugeint[2]": "HUGEINT[]",
    "'POINT(1 2)'::geometry": "GEOMETRY('OGC:CRS84')",
    "timestamp_s '2013-01-01'": "TIMESTAMP",
}
"""Value -> the type that it comes back in; its text is the same."""


def come_back(folder: Path, value: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Type and text of a value in DuckDB, and in the file."""
    path = folder / "t.parquet"
    with duckdb.connect() as connection:
        connection.execute(f'create table t as select {value} as "V \' ""x" from range(3)')
        assert export_query(connection, "from t", path) is None
        there = connection.execute("select typeof(v), v::varchar from (select * from t) as r(v) limit 1").fetchone()
        back = connection.execute(
            f"select typeof(v), v::varchar from ({readable(connection, path)}) as r(v) limit 1"
        ).fetchone()
        assert unreadable_columns(connection, path) == ()
        copy_in(connection, "main.copy", path)
        assert connection.execute("select count(*) from main.copy").fetchone() == (3,)
    assert there is not None
    assert back is not None
    return there, back


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back_in_its_type(tmp_path: Path, value: str) -> None:
    there, back = come_back(tmp_path, value)
    assert back == there


@pytest.mark.parametrize("value", OTHER_FORMS)
def test_a_value_comes_back_in_a_type_that_holds_the_same(tmp_path: Path, value: str) -> None:
    there, back = come_back(tmp_path, value)
    assert back == (OTHER_FORMS[value], there[1])


@pytest.mark.parametrize("name", ['"', "'", "a;b", "x" * 5000, "\x01", "select", "é", "HUGEINT", " ", "a\nb", "tag"])
def test_a_column_of_any_name_leaves(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    with duckdb.connect() as connection:
        connection.execute(f"create table t as select 1::hugeint as {quoted}, interval '-1 day' as other")
        assert export_query(connection, "from t", tmp_path / "t.parquet") is None
        found = connection.execute(readable(connection, tmp_path / "t.parquet")).description
    assert [(column[0], str(column[1])) for column in found] == [(name, "HUGEINT"), ("other", "INTERVAL")]


def test_only_the_column_at_fault_is_unreadable(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table s as select '1' as a, 'x' as b, 170141183460469231731687303715884105727 as h")
        connection.execute("create view v as select a, cast(b as int) as broken, h, error('no')::int as worse from s")
        assert export_query(connection, "from v", tmp_path / "v.parquet") is None
        rows = connection.execute(readable(connection, tmp_path / "v.parquet")).fetchall()
        lost = unreadable_columns(connection, tmp_path / "v.parquet")
        assert rows == [("1", 170141183460469231731687303715884105727)]
        assert [column.column for column in lost] == ["broken", "worse"]
        assert "Could not convert string 'x'" in lost[0].reason
        connection.execute("create view w as select cast(b as int) as broken from s")
        assert (export_query(connection, "from w", tmp_path / "w.parquet") or "").startswith("Conversion")
        assert not (tmp_path / "w.parquet").exists()


def test_a_warehouse_of_all_types_leaves_whole(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as w (storage_version 'latest')")
        for number, value in enumerate([*VALUES, *OTHER_FORMS]):
            connection.execute(f"create table w.t{number} as select 1 as id, {value} as v")
    assert run({"warehouse": str(warehouse), "output": str(tmp_path / "out"), "relations": []}) == {"unreadable": {}}
    assert len(list((tmp_path / "out").iterdir())) == len(VALUES) + len(OTHER_FORMS)


@pytest.mark.parametrize(
    "metadata", ['{"v": "INT); drop table x; --"}', "[1]", "[" * 100_000, '{"v": 1}', '{"v": "NOTYPE"}', "\\xff"]
)
def test_forged_metadata_is_an_error_and_runs_nothing(tmp_path: Path, metadata: str) -> None:
    path = tmp_path / "t.parquet"
    with duckdb.connect() as connection:
        text = metadata.replace("'", "''")
        connection.execute(
            f"copy (select 1 as v) to '{path}' (format parquet, kv_metadata {{\"lockgate.types\": '{text}'}})"
        )
        connection.execute("create table x as select 1")
        with pytest.raises((ValueError, duckdb.Error)):
            connection.execute(readable(connection, path)).fetchall()
        assert connection.execute("select count(*) from x").fetchone() == (1,)
