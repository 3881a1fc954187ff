"""Dagster definitions of a workspace, started as an evaluation starts them: what they say, their order, what fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits
from runtime.jobs.schemas import checked

NOW = "2024-04-02T21:30:00Z"

STEPS = """
import dagster as dg
from pathlib import Path

DAYS = dg.DailyPartitionsDefinition("2024-04-01")


def note(text):
    with Path("order.txt").open("a") as file:
        file.write(text + "\\n")


@dg.asset(partitions_def=DAYS, retry_policy=dg.RetryPolicy(max_retries=2))
def first(context):
    note(f"first {context.partition_key}")
    if not Path("is_open").exists():
        Path("is_open").touch()
        raise RuntimeError("the service is closed")


@dg.asset(partitions_def=DAYS, deps=[first])
def second():
    note("second")


@dg.asset_check(asset=second, blocking=True)
def rows_are_there():
    return dg.AssetCheckResult(passed=not Path("is_bad").exists())


@dg.asset(partitions_def=DAYS, deps=[second])
def third():
    note("third")


nightly = dg.define_asset_job("nightly", selection="*")
schedule = dg.ScheduleDefinition(job=nightly, cron_schedule="30 23 * * *", execution_timezone="Europe/Berlin")
defs = dg.Definitions(
    assets=[third, second, first], asset_checks=[rows_are_there], jobs=[nightly], schedules=[schedule]
)
"""


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime("bare") as started:
        yield started


def start(
    runtime: ForkRuntime, workspace: Path, definitions: str, jobs: list[tuple[str, list[str]]], seconds: float = 60
) -> ChildResult:
    for name in ("dagster_project", "el", "dbt"):
        (workspace / name).mkdir(exist_ok=True)
    (workspace / "dagster_project/definitions.py").write_text(definitions)
    request = ChildRequest(
        entry="runtime.jobs.orchestrate:run",
        arguments={"jobs": jobs},
        directory=workspace,
        log_path=workspace / "log.txt",
        environment={"PINNED_NOW": NOW, "PINNED_DATE": "2024-04-02"},
        limits=Limits(wall_seconds=seconds),
    )
    return checked(runtime.run(request), "orchestrate")


def test_a_job_runs_in_order_tries_again_and_says_what_it_is(runtime: ForkRuntime, tmp_path: Path) -> None:
    result = start(runtime, tmp_path, STEPS, [("nightly", ["2024-04-01", "2024-04-02"])])

    assert result.status == "ok", result.message
    said = result.value
    assert [(run["partition"], run["is_success"]) for run in said["runs"]] == [
        ("2024-04-01", True),
        ("2024-04-02", True),
    ]
    order = (tmp_path / "order.txt").read_text().split("\n")[:7]
    assert order == [
        "first 2024-04-01",
        "first 2024-04-01",
        "second",
        "third",
        "first 2024-04-02",
        "second",
        "third",
    ]
    assert ["first", "failed, to be tried again"] in said["events"]
    assert said["jobs"] == [{"name": "nightly", "is_daily": True, "assets": ["first", "second", "third"]}]
    assert [asset["is_daily"] for asset in said["assets"]] == [True, True, True]
    assert said["schedules"] == [{"job": "nightly", "crons": ["30 23 * * *"], "timezone": "Europe/Berlin"}]
    assert {asset["key"]: asset["parents"] for asset in said["assets"]} == {
        "first": [],
        "second": ["first"],
        "third": ["second"],
    }
    assert [asset["key"] for asset in said["assets"] if asset["checks"]] == ["second"]


LAZY = """
import dagster as dg


@dg.asset
def raw():
    pass


@dg.definitions
def defs():
    job = dg.define_asset_job("nightly", selection="*")
    schedule = dg.ScheduleDefinition(job=job, cron_schedule="@daily", execution_timezone="Etc/UTC")
    return dg.Definitions(assets=[raw], jobs=[job], schedules=[schedule])
"""


def test_a_function_may_make_the_definitions(runtime: ForkRuntime, tmp_path: Path) -> None:
    said = start(runtime, tmp_path, LAZY, [("nightly", [])]).value
    assert said["error"] == ""
    assert said["schedules"] == [{"job": "nightly", "crons": ["@daily"], "timezone": "Etc/UTC"}]
    assert [run["is_success"] for run in said["runs"]] == [True]


def test_a_check_that_fails_stops_what_is_below_it(runtime: ForkRuntime, tmp_path: Path) -> None:
    (tmp_path / "is_open").touch()
    (tmp_path / "is_bad").touch()

    result = start(runtime, tmp_path, STEPS, [("nightly", ["2024-04-02"])])

    assert result.value["runs"][0]["is_success"] is False
    assert (tmp_path / "order.txt").read_text() == "first 2024-04-02\nsecond\n"


@pytest.mark.parametrize(
    ("definitions", "sentence"),
    [
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("x = 1\n", "0 Definitions objects"),
        ("import dagster as dg\na, b = dg.Definitions(), dg.Definitions()\n", "2 Definitions objects"),
        ("def broken(:\n", "SyntaxError"),
        (LAZY.replace("return dg.Definitions(", "return dict("), "must return a Definitions"),
        (LAZY + "\n\n@dg.definitions\ndef more():\n    return dg.Definitions()\n", "2 functions under @definitions"),
    ],
)
def test_definitions_that_cannot_be_loaded_say_why(
    runtime: ForkRuntime, tmp_path: Path, definitions: str, sentence: str
) -> None:
    result = start(runtime, tmp_path, definitions, [("nightly", [])])

    assert result.status == "ok"
    assert sentence in result.value["error"]
    assert result.value["runs"] == []


def test_a_job_that_is_not_there_is_a_run_that_failed(runtime: ForkRuntime, tmp_path: Path) -> None:
    result = start(runtime, tmp_path, STEPS, [("nightlz", ["2024-04-02"]), ("nightly", ["2024-04-02"])])

    failed, succeeded = result.value["runs"]
    assert (failed["is_success"], succeeded["is_success"]) == (False, True)
    assert "nightlz" in failed["failures"][0]


@pytest.mark.parametrize(
    "forged",
    [
        {"error": "", "runs": "all went well"},
        {"error": "", "jobs": [], "schedules": [], "assets": [], "runs": [], "events": [["a"]]},
        {"error": "", "jobs": [], "schedules": [], "assets": [{}] * 6_000, "runs": [], "events": []},
    ],
)
def test_an_answer_of_another_shape_is_none(forged: dict[str, Any]) -> None:
    assert checked(ChildResult("ok", forged, "", 0.0), "orchestrate").status == "failed"


def test_definitions_that_end_the_process_are_a_failed_step(runtime: ForkRuntime, tmp_path: Path) -> None:
    result = start(runtime, tmp_path, "import os\nos._exit(0)\n", [("nightly", [])])

    assert result.status == "failed"
    assert "without a result" in result.message
