"""Gold in the shape of a submission's table."""

from pathlib import Path

import duckdb
import pytest

from runtime.jobs.replacement import write_replacement


def replaced(folder: Path, gold: str, own: str | None, columns: str, key: str = "") -> duckdb.DuckDBPyRelation:
    """The replacement of one query's rows by another's."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name, query in (("gold", gold), ("own", own)):
        if query:
            connection.execute(f"copy ({query}) to '{folder / name}.parquet'")
    own_path = folder / "own.parquet" if own else None
    write_replacement(folder / "gold.parquet", own_path, columns.split(), key.split(), folder / "new.parquet")
    return connection.sql(f"from '{folder / 'new.parquet'}'")


@pytest.mark.parametrize(
    ("own", "columns", "is_gold"),
    [
        ("select 2 as id, 'b' as name", "id name", True),
        ("select 2 as id, 'b' as name", "id", False),
        ("select 'b' as name, 2 as id", "id name", False),
        ("select 2::bigint as id, 'b' as name", "id name", False),
        ("select 2 as id, 'b' as NAME", "id name", False),
        ("select 2 as id, 'b' as name, 1 as more", "id name", False),
        ("select 2 as id", "id name", False),
        (None, "id", True),
    ],
)
def test_it_says_whether_it_is_golds_table_itself(tmp_path: Path, own: str | None, columns: str, is_gold: bool) -> None:
    paths = {name: tmp_path / f"{name}.parquet" for name in ("gold", "own", "new")}
    duckdb.sql(f"copy (select 1 as id, 'a' as name) to '{paths['gold']}'")
    if own:
        duckdb.sql(f"copy ({own}) to '{paths['own']}'")
    assert (
        write_replacement(paths["gold"], paths["own"] if own else None, columns.split(), ["id"], paths["new"])
        is is_gold
    )
    if is_gold:
        assert duckdb.sql(f"from '{paths['new']}'").fetchall() == [(1, "a")]


@pytest.mark.parametrize(
    ("gold", "own", "kept"),
    [
        ("timestamp '2024-01-01 10:00:00'", "timestamptz '2020-01-01 00:00:00+00'", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp '2024-01-01 00:00:00'", "date '2020-01-01'", "DATE"),
        ("timestamp '2024-01-01 10:00:00'", "date '2020-01-01'", "TIMESTAMP"),
        ("1::bigint", "2::smallint", "SMALLINT"),
        ("100000::bigint", "2::smallint", "BIGINT"),
        ("1.25::double", "1::decimal(10, 2)", "DECIMAL(10,2)"),
        ("1.255::double", "1::decimal(10, 2)", "DOUBLE"),
        ("'nan'::double", "1::decimal(10, 2)", "DOUBLE"),
        ("1", "'a'", "INTEGER"),
        ("'1'", "1", "VARCHAR"),
        ("true", "1", "BOOLEAN"),
        ("null::integer", "2::bigint", "BIGINT"),
        ("[1, 2]", "'text'", "INTEGER[]"),
    ],
)
def test_a_column_has_the_submissions_type_where_that_holds_every_value(
    tmp_path: Path, gold: str, own: str, kept: str
) -> None:
    table = replaced(tmp_path, f"select {gold} as x", f"select {own} as x", "x")
    assert [str(found) for found in table.types] == [kept]
    row = duckdb.sql(f"set TimeZone = 'UTC'; select cast({gold} as varchar)").fetchone()
    assert row is not None
    same = table.project(f"cast(cast(x as {duckdb.sql(f'select {gold} as x').types[0]}) as varchar)").fetchall()
    assert same == [row]


def test_columns_keep_the_submissions_names_and_order_and_missing_ones_follow(tmp_path: Path) -> None:
    table = replaced(tmp_path, "select 1 as a, 2 as b, 3 as c", "select 9 as B, 8 as A", "a b c")
    assert (table.columns, table.fetchall()) == (["B", "A", "c"], [(2, 1, 3)])


def test_a_column_of_the_submissions_own_follows_the_key(tmp_path: Path) -> None:
    gold = "select i as id, i * 10 as x, 'gold' as note from range(3) t(i)"
    row = "select i::smallint as id, 0 as x, 'own ' || i as note, i as extra"
    own = f"{row} from range(1, 3) t(i) union all {row} from (values (1)) t(i)"
    table = replaced(tmp_path, gold, own, "id x", "id").order("id")
    assert table.fetchall() == [(0, 0, "gold", None), (1, 10, "own 1", 1), (2, 20, "own 2", 2)]


def test_without_a_key_a_column_of_the_submissions_own_is_golds_or_empty(tmp_path: Path) -> None:
    table = replaced(tmp_path, "select 1 as x, 2 as y", "select 7 as x, 8::bigint as y, 'z' as z", "x")
    assert table.fetchall() == [(1, 2, None)]


def test_a_table_that_was_not_built_is_gold_as_it_is(tmp_path: Path) -> None:
    table = replaced(tmp_path, "select 1 as x, 'a' as y", None, "x")
    assert (table.columns, table.fetchall()) == (["x", "y"], [(1, "a")])


@pytest.mark.parametrize("content", [b"", b"PAR1 nothing of the kind PAR1", b"\0" * 4096])
def test_a_file_that_cannot_be_read_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.parquet").write_bytes(content)
    duckdb.sql("select 1 as x").write_parquet(str(tmp_path / "gold.parquet"))
    write_replacement(tmp_path / "gold.parquet", tmp_path / "own.parquet", ["x"], [], tmp_path / "new.parquet")
    assert duckdb.sql(f"from '{tmp_path / 'new.parquet'}'").fetchall() == [(1,)]


@pytest.mark.parametrize("name", ['a "quoted" name', "select", "x'y", "lockgate_is_paired", "O.X"])
def test_names_of_columns_are_quoted(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    table = replaced(tmp_path, f"select 1 as id, 2 as {quoted}", f"select 1 as id, 3 as {quoted}", "id", "id")
    assert table.columns[1] == name
    assert table.fetchall() == [(1, 3)]
