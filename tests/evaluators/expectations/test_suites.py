"""Quality suites on real Parquet files with the real Great Expectations."""

import ast
from functools import lru_cache
from pathlib import Path

import duckdb
import pytest

from benchmark.errors import SpecError
from benchmark.tables import TableSpec
from evaluators.expectations import catalogue
from evaluators.expectations.catalogue import argument_names, expectation_names
from evaluators.expectations.suite import check_columns, read_suites
from tests.helpers.expectation_suites import run

SUITE = """
stage: marts
suites:
  - table: marts.flights
    expectations:
      - expect_column_values_to_not_be_null: {column: flight_id}
      - expect_column_values_to_be_unique: {column: flight_id}
      - expect_column_values_to_be_between: {column: delay, min_value: -60, max_value: 600}
      - expect_column_values_to_be_in_set: {column: origin, value_set: [EWR, JFK, LGA]}
      - expect_compound_columns_to_be_unique: {column_list: [flight_id, origin]}
      - expect_column_pair_values_a_to_be_greater_than_b: {column_A: landed, column_B: left_at, or_equal: true}
      - expect_table_row_count_to_be_between: {min_value: 1, max_value: 1000}
      - expect_column_max_to_be_between: {column: price, max_value: 100}
"""

ONE = "stage: raw\nsuites:\n  - table: a.b\n    expectations:\n"


@pytest.fixture
def suites(tmp_path):
    folder = tmp_path / "expectations"
    folder.mkdir()
    (folder / "marts.yaml").write_text(SUITE)
    return read_suites(folder)


def write(path: Path, query: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"copy ({query}) to '{path}' (format parquet)")


GOOD = """select i::bigint as flight_id, (i % 100)::int as delay, 'JFK' as origin, timestamp '2013-03-01' as left_at,
          timestamp '2013-03-02' as landed, 9.99::decimal(10, 2) as price from range(50) t(i)"""


def test_good_table_passes(suites, tmp_path):
    write(tmp_path / "out/marts.flights.parquet", GOOD)
    results = run(suites, tmp_path / "out")
    assert [result.is_success for result in results] == [True] * 8
    assert all(result.error is None for result in results)
    assert results[0].n_unexpected == 0


def test_bad_values_are_counted_and_shown(suites, tmp_path):
    bad = f"""select nullif(flight_id, 3) as flight_id, if(flight_id = 7, 9000, delay) as delay,
              if(flight_id < 2, 'ORD', origin) as origin, left_at, if(flight_id = 1, left_at - interval 1 day, landed)
              as landed, price * 100 as price from ({GOOD}) union all ({GOOD} limit 1)"""
    write(tmp_path / "out/marts.flights.parquet", bad)
    results = {result.expectation: result for result in run(suites, tmp_path / "out")}
    assert results["expect_column_values_to_not_be_null"].n_unexpected == 1
    assert results["expect_column_values_to_be_unique"].unexpected_sample == ("0",)
    assert results["expect_column_values_to_be_between"].unexpected_sample == ("9000",)
    assert results["expect_column_values_to_be_in_set"].n_unexpected == 2
    assert results["expect_column_values_to_be_in_set"].unexpected_sample == ("ORD",)
    assert not results["expect_column_pair_values_a_to_be_greater_than_b"].is_success
    assert results["expect_table_row_count_to_be_between"].is_success
    assert results["expect_column_max_to_be_between"].unexpected_sample == ("observed: 999.0",)


def test_results_do_not_depend_on_row_order(suites, tmp_path):
    write(tmp_path / "a/marts.flights.parquet", f"select * replace ('x' || flight_id as origin) from ({GOOD})")
    write(
        tmp_path / "b/marts.flights.parquet",
        f"select * replace ('x' || flight_id as origin) from ({GOOD}) order by flight_id desc",
    )
    assert run(suites, tmp_path / "a") == run(suites, tmp_path / "b")


def test_missing_column_table_and_file_fail_the_expectation(suites, tmp_path):
    write(tmp_path / "out/marts.flights.parquet", "select 1 as other")
    first, *_, count, price = run(suites, tmp_path / "out")
    assert first.error == "the table has no column flight_id"
    assert count.is_success
    assert price.error == "the table has no column price"
    assert {result.error for result in run(suites, tmp_path / "none")} == {"not built"}
    failed = run(suites, tmp_path / "out", unreadable={"marts.flights": "boom"})
    assert {result.error for result in failed} == {"cannot be read: boom"}


def test_large_integers_with_gaps_stay_exact(tmp_path, suites):
    write(
        tmp_path / "out/marts.flights.parquet",
        "select * from (values (9007199254740992), (9007199254740993), (null)) t(flight_id)",
    )
    unique = run(suites, tmp_path / "out")[1]
    assert unique.is_success


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stage: marts\nsuites: []", "suites"),
        ("stage: silver\nsuites: []", "stage"),
        (
            ONE + "      - expect_column_values_to_be_nul: {column: x}",
            "there is no expectation 'expect_column_values_to_be_nul'; did you mean",
        ),
        (
            ONE + "      - expect_column_values_to_be_null: {colum: x}",
            "no argument 'colum'; it takes: column",
        ),
        (
            ONE.replace("a.b", "ab") + "      - expect_column_values_to_be_null: {column: x}",
            "suites.0.table",
        ),
    ],
    ids=["no suite", "stage", "expectation", "argument", "table"],
)
def test_bad_files_name_file_and_key(tmp_path, text, message):
    (tmp_path / "marts.yaml").write_text(text)
    with pytest.raises(SpecError, match=r"marts\.yaml") as caught:
        read_suites(tmp_path)
    assert message in str(caught.value)


def test_unknown_column_is_an_error_before_the_run(suites, tmp_path):
    with pytest.raises(SpecError, match="there is no column 'landed'"):
        check_columns(suites, {"marts.flights": ["flight_id", "delay", "origin", "left_at"]})
    write(tmp_path / "gold/marts.flights.parquet", "select 1 as flight_id")
    with pytest.raises(SpecError, match="there is no column 'delay'"):
        run(suites, tmp_path / "out", gold=str(tmp_path / "gold"))


def test_known_tables_and_columns_are_checked_where_given(tmp_path):
    (tmp_path / "raw.yaml").write_text(ONE + "      - expect_column_values_to_be_null: {column: x}")
    spec = TableSpec(stage="raw", columns=("y",))
    with pytest.raises(SpecError, match=r"table 'a\.b' is not in tables\.yaml"):
        read_suites(tmp_path, {})
    with pytest.raises(SpecError, match="there is no column 'x'; there are: y"):
        read_suites(tmp_path, {"a.b": spec})
    assert len(read_suites(tmp_path, {"a.b": TableSpec(stage="raw", columns=("X",))})) == 1


def test_bad_argument_value_is_the_suites_fault(tmp_path):
    text = SUITE.replace("or_equal: true", "ignore_row_if: sometimes")
    (tmp_path / "marts.yaml").write_text(text)
    with pytest.raises(SpecError, match=r"expectations/marts\.yaml.*expect_column_pair_values_a"):
        run(read_suites(tmp_path), tmp_path)


def test_no_folder_is_no_suite(tmp_path):
    assert read_suites(tmp_path / "nothing") == ()


def test_expectations_are_read_without_importing_them():
    assert len(expectation_names()) > 50
    assert "max_value" in argument_names("expect_column_values_to_be_between")
    assert "column" in argument_names("expect_column_kl_divergence_to_be_less_than")


def test_the_arguments_are_those_of_the_whole_source_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes are parsed up to their first method alone; a field below it would be an argument too."""
    names = expectation_names()
    found = [argument_names(name) for name in names]

    def classes(path: Path) -> dict[str, ast.ClassDef]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}

    argument_names.cache_clear()
    monkeypatch.setattr(catalogue, "_parsed_classes", lru_cache(classes))
    assert [argument_names(name) for name in names] == found
    argument_names.cache_clear()
