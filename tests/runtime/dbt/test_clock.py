"""The pinned clock: nothing in a job's process reads the real one, whatever way it takes."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from benchmark.paths import REPOSITORY_DIR
from runtime.dbt.clock import pin_warehouse

NOW = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
CLOCKS = (
    "now()",
    "current_timestamp",
    "get_current_timestamp()",
    "transaction_timestamp()",
    "current_localtimestamp()",
    "localtimestamp",
    "current_date",
    "today()",
    "current_time",
    "get_current_time()",
    "localtime",
    "current_localtime()",
    "uuid_extract_timestamp(uuidv7())",
    "timestamp '2013-03-20 00:00:00' + age(date '2013-03-10')",
    "timestamp '2013-03-20 00:00:00' + age(timestamp '2013-03-10 00:00:00')",
    "timestamp '2013-03-20 00:00:00' + age(timestamptz '2013-03-10 00:00:00+00')",
)
PAST_MACROS = (
    "system.main.now()",
    "system.now()",
    '"system"."main"."current_date"()',
    "system.main.get_current_timestamp()",
    "system.main.transaction_timestamp()",
    "system.main.today()",
    "uuid_extract_timestamp(system.main.uuidv7())",
    "timestamp '2013-03-20 00:00:00' + system.main.age(date '2013-03-10')",
)
EXPECTED = ("2013-03-14", "23:30:00", "2013-03-24 00:00:00")
PYTHON = {
    "time.time": "datetime.fromtimestamp(time.time(), UTC)",
    "time.time_ns": "datetime.fromtimestamp(time.time_ns() // 10**9, UTC)",
    "time.gmtime": "time.strftime('%Y-%m-%d', time.gmtime())",
    "time.localtime": "time.strftime('%Y-%m-%d')",
    "datetime.now": "datetime.now()",
    "datetime.utcnow": "datetime.utcnow()",
    "date.today": "date.today()",
    "pandas": "pandas.Timestamp.now()",
    "numpy": "numpy.datetime64('now')",
    "a DuckDB of its own": "duckdb.sql('select now()').fetchone()[0]",
}


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What each expression says in a process whose clock is pinned."""
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("the process's clock cannot be pinned on this machine")
    sql = json.dumps([*CLOCKS, *PAST_MACROS])
    script = f"""
import json, time
from datetime import UTC, date, datetime
import duckdb, numpy, pandas
from runtime.dbt.process_clock import pin_process_clock
before = time.monotonic()
assert pin_process_clock(datetime(2013, 3, 14, 23, 30, tzinfo=UTC))
connection = duckdb.connect()
connection.execute("set TimeZone = 'UTC'; create schema elsewhere; use elsewhere")
found = {{e: str(connection.execute(f"select {{e}}").fetchone()[0]) for e in {sql}}}
found |= {{name: str(eval(text)) for name, text in {PYTHON!r}.items()}}
time.sleep(0.2)
found["passed"] = time.monotonic() - before
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=REPOSITORY_DIR, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("expression", [*CLOCKS, *PAST_MACROS, *PYTHON])
def test_the_clock_of_the_process_is_pinned(told: dict[str, str], expression: str) -> None:
    assert any(told[expression].startswith(start) for start in EXPECTED), told[expression]


def test_durations_stay_real(told: dict[str, str]) -> None:
    assert float(told["passed"]) > 0.2


@pytest.mark.parametrize("expression", CLOCKS)
def test_the_clock_of_a_warehouse_file_is_pinned_for_other_programs(tmp_path: Path, expression: str) -> None:
    path = str(tmp_path / "w.duckdb")
    with duckdb.connect(path) as connection:
        pin_warehouse(connection, NOW)
    with duckdb.connect(path) as connection:
        row = connection.execute(f"set TimeZone = 'UTC'; select cast({expression} as varchar)").fetchone()
    assert row is not None
    assert any(row[0].startswith(start) for start in EXPECTED), row


def test_identifiers_of_the_seventh_kind_stay_unique() -> None:
    with duckdb.connect() as connection:
        pin_warehouse(connection, NOW)
        query = "select count(distinct id), min(uuid_extract_version(id)) from (select uuidv7() as id from range(1000))"
        assert connection.execute(query).fetchone() == (1000, 7)
        assert connection.execute("select age(date '2014-03-14', date '2013-03-14')").fetchone()[0].days == 360  # type: ignore[index]
