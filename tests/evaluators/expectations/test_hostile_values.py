"""Expectations on values and files that pandas and Great Expectations cannot hold: results, and never an exception."""

from pathlib import Path

import pytest

from benchmark.registry import get_task
from benchmark.scorecard import ExpectationResult
from evaluators.expectations import cached, run
from evaluators.expectations.cached import check_expectations
from evaluators.expectations.suite import TableSuite
from runtime.fork_client import ForkRuntime
from runtime.interface import Limits
from tests.helpers.expectation_suites import run as run_suites
from tests.helpers.hostile_tables import KINDS, VALUES, write

WHEN = [
    "date '5000000-01-01'", "date '4000-01-01 (BC)'", "'infinity'::date", "'infinity'::timestamptz",
    "'-infinity'::timestamp", "timestamptz '290000-01-01 00:00:00+00'", "'infinity'::timestamp_ns",
    "timestamp_s '20000-01-01'",
]  # fmt: skip


def suite(*expectations: tuple[str, dict[str, object]]) -> TableSuite:
    listed = [{"expectation": name, "arguments": arguments} for name, arguments in expectations]
    return TableSuite.model_validate({"table": "marts.t", "stage": "marts", "expectations": listed, "file": "m.yaml"})


EVERY = suite(
    ("expect_column_values_to_not_be_null", {"column": "v"}),
    ("expect_column_values_to_be_unique", {"column": "v"}),
    ("expect_column_values_to_be_in_set", {"column": "v", "value_set": ["a", 1]}),
    ("expect_column_values_to_be_between", {"column": "v", "min_value": 1, "max_value": 5}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "v"]}),
    ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 5}),
    ("expect_column_to_exist", {"column": "v"}),
)


def between(zone: str) -> TableSuite:
    bounds = {"min_value": f"2013-01-01T00:00:00{zone}", "max_value": f"2013-12-31T00:00:00{zone}"}
    return suite(("expect_column_values_to_be_between", {"column": "v", **bounds}))


@pytest.mark.parametrize("value", [*VALUES, *WHEN])
def test_any_value_gives_results(tmp_path: Path, value: str) -> None:
    write(tmp_path / "marts.t.parquet", f"select i as id, {value} as v from range(3) t(i)")
    results = run_suites([EVERY], tmp_path)
    assert len(results) == len(EVERY.expectations)
    assert results[5].is_success
    for result in results:
        result.model_dump_json().encode()


@pytest.mark.parametrize("value", WHEN)
def test_a_time_that_python_does_not_know_is_still_out_of_bounds(tmp_path: Path, value: str) -> None:
    write(tmp_path / "marts.t.parquet", f"select unnest([{value}, null]) as v")
    (result,) = run_suites([between("+00:00" if "timestamptz" in value else "")], tmp_path)
    assert not result.is_success
    assert result.error is None
    assert result.n_unexpected == 1


@pytest.mark.parametrize("kind", KINDS)
def test_any_file_gives_results(tmp_path: Path, kind: str) -> None:
    KINDS[kind](tmp_path / "marts.t.parquet")
    results = run_suites([EVERY], tmp_path)
    assert len(results) == len(EVERY.expectations)


def test_a_table_without_end_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_ROWS", 1000)
    write(tmp_path / "marts.t.parquet", "select 1 as id, 2 as v from range(1001)")
    assert {result.error for result in run_suites([EVERY], tmp_path)} == {
        "the table has 1,001 rows; 1,000 are looked at"
    }


@pytest.mark.slow
def test_a_check_that_does_not_finish_is_that_tables_failure(
    runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = get_task("flights_otp_scorecard")
    monkeypatch.setattr(cached, "cache_dir", lambda: tmp_path / "cache")
    tables = tmp_path / "tables"
    tables.mkdir()

    def check() -> tuple[ExpectationResult, ...]:
        return check_expectations(task, tables, {}, runtime, tmp_path / "log")

    with monkeypatch.context() as patch:
        patch.setattr(cached, "LIMITS", Limits(wall_seconds=0.001))
        results = check()
    assert results
    assert all("could not be checked to the end" in (result.error or "") for result in results)
    assert not (tmp_path / "cache").exists()  # what did not finish is not kept
    assert {result.error for result in check()} == {"not built"}
