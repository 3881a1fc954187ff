"""Memory and time of an expectation suite on ten million rows, with the limit beside the figure.

Run: `python -m perf.expectations [ROWS]`. It is not part of `make perf`, which compares ratios.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from evaluators.expectations.run import run_job
from evaluators.expectations.suite import ExpectationSpec, TableSuite

N_ROWS = 10_000_000
LIMIT_GIB = 4.0
"""Peak resident memory of the child that runs a suite."""
EXPECTATIONS: tuple[tuple[str, dict[str, object]], ...] = (
    ("expect_column_values_to_be_unique", {"column": "flight_id"}),
    ("expect_column_values_to_not_be_null", {"column": "origin"}),
    ("expect_column_values_to_be_between", {"column": "delay", "min_value": -60, "max_value": 600}),
    ("expect_column_values_to_be_in_set", {"column": "origin", "value_set": ["EWR", "JFK", "LGA"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["flight_id", "delay"]}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
)


def main() -> None:
    """Measure and print; exit code 1 when the limit is broken."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else N_ROWS
    suite = TableSuite(
        table="marts.flights",
        stage="marts",
        expectations=tuple(ExpectationSpec(expectation=name, arguments=given) for name, given in EXPECTATIONS),
        file="marts.yaml",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marts.flights.parquet"
        duckdb.sql(
            "copy (select i as flight_id, cast(i % 601 as integer) as delay, "
            "['EWR', 'JFK', 'LGA'][i % 3 + 1] as origin, i * 1.5 as a, i * 2.5 as b, 'text ' || i as c "
            f"from range({n_rows}) as t(i)) to '{path}' (format parquet)"
        )
        import great_expectations  # noqa: F401 - the fork server has it imported; its seconds are not the suite's

        started = time.monotonic()
        results = run_job({"suites": [suite.model_dump(mode="json")], "tables": folder, "outcomes": {}})
        seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    failed = [result["expectation"] for result in results if not result["is_success"]]
    print(f"{n_rows:,} rows, {len(results)} expectations: {seconds:.1f} s, peak RSS {peak:.2f} GiB (limit {LIMIT_GIB})")
    if failed:
        print(f"unexpectedly failed: {', '.join(failed)}")
    sys.exit(int(peak > LIMIT_GIB or bool(failed)))


if __name__ == "__main__":
    main()
