"""What definitions say of themselves, against what a task asks."""

import time
from typing import Any

from benchmark.orchestration import OrchestrationSpec
from evaluators.scoring.definition_checks import check_definitions

SPEC = OrchestrationSpec.model_validate(
    {
        "jobs": [
            {"name": "nightly", "partitions": "day", "schedule": {"cron": "30 23 * * *", "timezone": "Europe/Berlin"}}
        ],
        "assets": {"raw": [], "marts": ["raw"]},
        "checks": ["marts"],
    }
)


def said(**changes: Any) -> dict[str, Any]:
    right = {
        "error": "",
        "jobs": [{"name": "nightly", "is_daily": True, "assets": ["helper", "marts", "raw", "staging"]}],
        "schedules": [{"job": "nightly", "crons": ["30  23 * * *"], "timezone": "Europe/Berlin"}],
        "assets": [
            {"key": "raw", "is_daily": True, "parents": [], "checks": []},
            {"key": "helper", "is_daily": False, "parents": [], "checks": []},
            {"key": "staging", "is_daily": True, "parents": ["raw"], "checks": []},
            {"key": "marts", "is_daily": True, "parents": ["staging"], "checks": ["data_tests"]},
        ],
        "runs": [],
        "events": [],
    }
    return right | changes


def failed(answer: dict[str, Any] | None) -> dict[str, str]:
    return {check.name: check.message for check in check_definitions(SPEC, answer) if not check.is_success}


def test_definitions_as_asked_for_pass_every_check() -> None:
    assert failed(said()) == {}
    assert [check.name for check in check_definitions(SPEC, said())] == [
        "definitions",
        "jobs",
        "partitions",
        "schedules",
        "assets",
        "dependencies",
        "asset_checks",
    ]


def test_what_is_missing_is_named_by_the_check_that_it_belongs_to() -> None:
    assert failed(said(jobs=[])) == {"jobs": "there is no job nightly"}
    whole = [{"name": "nightly", "is_daily": False, "assets": []}]
    assert failed(said(jobs=whole)) == {"partitions": "not partitioned by day: nightly"}
    undated = [{**asset, "is_daily": False} for asset in said()["assets"]]
    assert failed(said(assets=undated)) == {"partitions": "not partitioned by day: raw, marts"}
    utc = [{"job": "nightly", "crons": ["30 23 * * *"], "timezone": "UTC"}]
    assert failed(said(schedules=utc)) == {"schedules": "no schedule as asked for: nightly"}
    alone = [
        {"key": "raw", "is_daily": True, "parents": [], "checks": []},
        {"key": "marts", "is_daily": True, "parents": [], "checks": ["x"]},
    ]
    assert failed(said(assets=alone)) == {"dependencies": "raw is not upstream of marts"}
    assert failed(said(assets=alone[:1])) == {
        "assets": "there is no asset marts",
        "asset_checks": "no asset check on marts",
    }


def test_a_schedule_counts_in_whichever_words_it_is_written() -> None:
    spec = OrchestrationSpec.model_validate({"jobs": [{"name": "nightly", "schedule": {"cron": "0 0 * * *"}}]})

    def wrong(cron: str, timezone: str) -> str:
        schedules = [{"job": "nightly", "crons": [cron], "timezone": timezone}]
        return {check.name: check.message for check in check_definitions(spec, said(schedules=schedules))}["schedules"]

    assert wrong("@daily", "Etc/UTC") == wrong("0 0 * * 0-6", "UTC") == ""
    assert wrong("@hourly", "UTC") == wrong("@daily", "Europe/London") == "no schedule as asked for: nightly"


def test_definitions_that_cannot_be_read_fail_one_check_that_says_why() -> None:
    assert failed(None) == {"definitions": "the definitions gave no answer"}
    assert failed(said(error="SyntaxError: line 3")) == {"definitions": "SyntaxError: line 3"}


def test_assets_that_depend_on_one_another_in_a_circle_end() -> None:
    circle = [
        {"key": "raw", "is_daily": True, "parents": ["marts"], "checks": []},
        {"key": "marts", "is_daily": True, "parents": ["raw"], "checks": ["x"]},
    ]
    assert failed(said(assets=circle)) == {}


def test_a_graph_as_large_as_an_answer_may_be_is_read_in_seconds() -> None:
    names = [f"a{number}" for number in range(5_000)]
    many = [{"key": name, "is_daily": True, "parents": names[:190], "checks": []} for name in names]
    began = time.process_time()
    assert failed(said(assets=[*said()["assets"], *many])) == {}
    assert time.process_time() - began < 10, "of all assets it would take half an hour"


def test_what_nobody_foresaw_in_an_answer_fails_a_check_and_not_the_trial() -> None:
    broken = [{"key": ["raw"], "is_daily": True, "parents": [], "checks": []}]
    assert "What the definitions say of themselves cannot be read" in failed(said(assets=broken))["definitions"]
