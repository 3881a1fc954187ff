"""The judge and a hostile output: each trick, and that the verdict stands."""

import os
from pathlib import Path

import duckdb
import pytest

from benchmark.scorecard import Verdict
from benchmark.tables import TableSpec
from evaluators.compare.columns import ComparisonError
from evaluators.scoring import table_verdicts as judge
from evaluators.scoring.table_verdicts import judge_tables, open_locked

NAME = "marts.flights"
SPEC = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
QUERY = "select i as id, i * 10 as v from range(5) t(i)"


def write(path: Path, query: str = QUERY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")
    return path


@pytest.fixture
def gold(tmp_path):
    return write(tmp_path / "gold" / f"{NAME}.parquet").parent


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


def verdict(gold: Path, output: Path, spec: TableSpec = SPEC, unreadable: str | None = None) -> Verdict:
    return judge_tables(gold, output, {NAME: spec}, {} if unreadable is None else {NAME: unreadable})[NAME]


def test_equal_files_match(gold, output):
    write(output / f"{NAME}.parquet", f"{QUERY} order by id desc")
    assert verdict(gold, output).is_match


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        TableSpec(
            stage="marts",
            key=("id",),
            columns=("id", "v"),
            strict=True,
            tolerance={"v": {"absolute": 1, "reason": "cents"}},
        ),
        TableSpec(stage="marts", columns=("v",)),
    ],
)
def test_the_same_bytes_get_the_verdict_that_a_comparison_gives(gold, output, spec):
    write(output / f"{NAME}.parquet")
    same = verdict(gold, output, spec)
    write(output / f"{NAME}.parquet", f"{QUERY} order by id desc")
    assert same == verdict(gold, output, spec)


def test_the_same_bytes_still_need_a_spec_that_fits(gold, output):
    write(output / f"{NAME}.parquet")
    with pytest.raises(ComparisonError, match="nowhere"):
        verdict(gold, output, TableSpec(stage="marts", key=("nowhere",), columns=("nowhere",)))


def test_a_table_that_was_not_written(gold, output):
    assert verdict(gold, output).summary == f"{NAME} was not built."
    assert verdict(gold, output / "nowhere").kind == "not_built"
    write(output / f"{NAME}.parquet")
    found = verdict(gold, output, unreadable="Binder Error")
    assert (found.kind, found.summary) == ("not_built", f"{NAME} cannot be read: Binder Error")


def test_missing_gold_is_our_fault(tmp_path, output):
    write(output / f"{NAME}.parquet")
    with pytest.raises(ComparisonError, match="no file"):
        verdict(tmp_path / "none", output)


def test_malformed_gold_is_our_fault(gold, output):
    (gold / f"{NAME}.parquet").write_bytes(b"PAR1")
    write(output / f"{NAME}.parquet")
    with pytest.raises(ComparisonError, match="cannot be read"):
        verdict(gold, output)


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"id,v\n1,10\n", b"PAR1" + b"\xff" * 64 + b"\x40\0\0\0PAR1"],
    ids=["empty", "magic", "zeros", "csv", "footer"],
)
def test_malformed_files_cannot_be_read(gold, output, content):
    (output / f"{NAME}.parquet").write_bytes(content)
    found = verdict(gold, output)
    assert found.kind == "not_built"
    assert "cannot be read" in found.summary
    assert str(output) not in found.summary


def test_a_truncated_or_damaged_file_cannot_be_read(gold, output):
    path = write(output / f"{NAME}.parquet", "select i as id, i * 10 as v, md5(i::varchar) as t from range(20000) t(i)")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert verdict(gold, output).kind == "not_built"
    path.write_bytes(content[:200] + os.urandom(1000) + content[1200:])
    assert not verdict(gold, output).is_match


def test_a_database_file_is_not_opened(gold, output):
    with duckdb.connect(output / f"{NAME}.parquet") as connection:
        connection.execute(f"create table flights as {QUERY}")
    assert verdict(gold, output).kind == "not_built"


def test_links_folders_and_pipes_are_refused(gold, output):
    path = output / f"{NAME}.parquet"
    path.symlink_to(gold / f"{NAME}.parquet")
    assert verdict(gold, output).summary == f"{NAME} cannot be read: it is not a regular file"
    path.unlink()
    path.symlink_to(output / "nowhere")
    assert verdict(gold, output).kind == "not_built"
    path.unlink()
    os.mkfifo(path)
    assert verdict(gold, output).kind == "not_built"
    path.unlink()
    write(path / "part.parquet")
    assert verdict(gold, output).kind == "not_built"


def test_hive_partition_folders_add_no_columns(tmp_path, gold):
    write(tmp_path / "v=10" / "id=1" / f"{NAME}.parquet", "select i as id from range(5) t(i)")
    assert verdict(gold, tmp_path / "v=10" / "id=1").missing_columns == ("v",)


def test_column_names_with_sql_are_names(tmp_path, output):
    evil = "v\"; drop schema gold cascade; select '"
    query = f'select i as id, i as "{evil.replace(chr(34), chr(34) * 2)}" from range(5) t(i)'
    gold = write(tmp_path / "gold" / f"{NAME}.parquet", query).parent
    write(output / f"{NAME}.parquet", query)
    assert verdict(gold, output, TableSpec(stage="marts", columns=("id", evil))).is_match
    write(output / f"{NAME}.parquet", f"select id, 0 as \"x'); copy (select 1) to 'y'; --\" from ({query})")
    assert verdict(gold, output, TableSpec(stage="marts", columns=("id", evil))).kind == "columns"


def test_a_column_given_twice_counts_once(gold, output):
    write(output / f"{NAME}.parquet", 'select i as id, 0 as v, i * 10 as "V_1" from range(5) t(i)')
    assert not verdict(gold, output).is_match


def test_values_are_never_run(gold, output, tmp_path):
    target = tmp_path / "written"
    write(output / f"{NAME}.parquet", f"select i as id, 'copy (select 1) to ''{target}''' as v from range(5) t(i)")
    assert verdict(gold, output).kind == "types"
    assert not target.exists()


def nest(value: str, levels: int) -> str:
    return "[" * levels + value + "]" * levels


def test_nested_values(tmp_path, output):
    gold = write(
        tmp_path / "gold" / f"{NAME}.parquet", f"select i as id, {nest('i', 10)} as v from range(5) t(i)"
    ).parent
    write(output / f"{NAME}.parquet", f"select i as id, {nest('i', 10)} as v from range(5) t(i)")
    assert verdict(gold, output).is_match
    write(output / f"{NAME}.parquet", f"select i as id, {nest('i + 1', 10)} as v from range(5) t(i)")
    assert verdict(gold, output).kind == "values"


def test_nesting_that_parquet_cannot_bear_is_refused(gold, output):
    write(output / f"{NAME}.parquet", f"select i as id, {nest('i', 60)} as v from range(5) t(i)")
    found = verdict(gold, output)
    assert found.kind == "not_built"
    assert found.summary == f"{NAME} cannot be read: column 'v' is nested 60 levels deep; 12 can be judged"
    write(output / f"{NAME}.parquet", f"select *, {nest('1', 60)} as more from ({QUERY})")
    assert verdict(gold, output).is_match


def test_deep_json(output, tmp_path):
    deep = "[" * 900 + "]" * 900
    gold = write(tmp_path / "gold" / f"{NAME}.parquet", f"select 1 as id, '{deep}'::json as v").parent
    write(output / f"{NAME}.parquet", f"select 1 as id, '{deep[:-1]} ]'::json as v")
    assert verdict(gold, output).is_match
    write(output / f"{NAME}.parquet", f"select 1 as id, '{deep.replace('[]', '[0]')}'::json as v")
    assert not verdict(gold, output).is_match


def test_a_comparison_ends_at_the_time_limit(gold, output, monkeypatch):
    def forever(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> Verdict:
        connection.execute("select sum(hash(i)) from range(100000000000) t(i)")
        raise AssertionError

    write(output / f"{NAME}.parquet", f"{QUERY} order by id desc")
    monkeypatch.setattr(judge, "TIME_LIMIT_SECONDS", 0.1)
    monkeypatch.setattr(judge, "_compare", forever)
    found = verdict(gold, output)
    assert found.kind == "not_built"
    assert "Interrupt" in found.summary


def test_a_blown_up_value_ends_at_the_memory_limit(gold, output, monkeypatch):
    write(output / f"{NAME}.parquet", "select i as id, repeat('x', 20000000) as v from range(20) t(i)")
    monkeypatch.setattr(judge, "MEMORY_LIMIT", "100MB")
    assert verdict(gold, output).kind in ("not_built", "types")


def test_the_judges_connection_reads_two_files_and_nothing_else(gold, output, tmp_path):
    other = write(tmp_path / "other.parquet")
    mine = write(output / f"{NAME}.parquet")
    with open_locked(mine) as connection:
        assert connection.execute(f"select count(*) from read_parquet('{mine}')").fetchall() == [(5,)]
        for query in (
            f"select * from read_parquet('{other}')",
            f"select * from read_text('{__file__}')",
            f"select * from glob('{tmp_path}/*')",
            f"copy (select 1) to '{tmp_path}/x.csv'",
            f"attach '{tmp_path}/x.duckdb'",
            "install httpfs",
            "load httpfs",
            "set enable_external_access = true",
            "set memory_limit = '1TB'",
            f"export database '{tmp_path}/x'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold", "other.parquet", "output"]


def test_the_verdict_does_not_depend_on_the_hosts_settings(gold, output, monkeypatch):
    write(output / f"{NAME}.parquet", "select i as id, i * 10 + (i = 2)::int as v from range(5) t(i)")
    found = set()
    for zone, locale in (("UTC", "C"), ("Asia/Kathmandu", "de_DE.UTF-8"), ("America/New_York", "tr_TR.UTF-8")):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("LC_ALL", locale)
        found.add(verdict(gold, output).model_dump_json())
    assert len(found) == 1
