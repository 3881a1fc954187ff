"""A job that ran out of time shortens the limit of those of its kind that follow in the same evaluation."""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.files import scratch_folder
from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import ScenarioResult
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators import patience
from evaluators.evaluate import EvaluationRequest, evaluate
from evaluators.patience import READ_SOURCES, PatientRuntimes
from evaluators.pipeline import rebuilds, runner
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits, Status
from tests.helpers.kiosk import hostile
from tests.helpers.kiosk.world import write_kiosk

BUILD, REBUILD, EXPORT, LOAD = (f"runtime.jobs.{name}:run" for name in ("build", "rebuild", "export", "load"))
IN_PART = {"given": {"warehouse": "w", "views": []}}


class Scripted(ForkRuntime):
    """Starts nothing: each job ends as the test says."""

    network_pid = 7
    has_walls = True

    def __init__(self) -> None:
        self.requests: list[ChildRequest] = []
        self.profiles: list[str | None] = []
        self.ends: dict[str, tuple[Status, float]] = {}
        """Entry -> status and seconds; others are quick and go well."""

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        self.requests.append(request)
        self.profiles.append(profile)
        status, seconds = self.ends.get(request.entry, ("ok", 1.0))
        message = "" if status == "ok" else "It was stopped."
        return ChildResult(status, None, message, min(seconds, request.limits.wall_seconds))


@pytest.fixture
def servers_of_none() -> Scripted:
    return Scripted()


@pytest.fixture
def runtimes(servers_of_none: Scripted) -> PatientRuntimes:
    return PatientRuntimes("none", servers_of_none)


def job(entry: str, arguments: Mapping[str, Any] | None = None, seconds: float = 600.0) -> ChildRequest:
    return ChildRequest(entry, arguments or {}, Path("work"), Path("log"), limits=Limits(wall_seconds=seconds))


def limit_of(runtimes: PatientRuntimes, servers: Scripted, request: ChildRequest) -> float:
    """The limit that a job gets on a runtime that is opened for it."""
    with runtimes.open() as runtime:
        runtime.run(request)
    return servers.requests[-1].limits.wall_seconds


def run_out_of_time(
    runtimes: PatientRuntimes, servers: Scripted, request: ChildRequest, status: Status = "timeout"
) -> None:
    servers.ends[request.entry] = (status, request.limits.wall_seconds)
    limit_of(runtimes, servers, request)
    del servers.ends[request.entry]


def test_where_nothing_runs_out_of_time_requests_pass_as_they_are(
    runtimes: PatientRuntimes, servers_of_none: Scripted
) -> None:
    servers_of_none.ends[BUILD] = ("failed", 599.0)
    requests = [job(BUILD), job(BUILD, IN_PART), job(BUILD), job(EXPORT, seconds=300)]
    with runtimes.open() as runtime:
        results = [runtime.run(request, profile) for request, profile in zip(requests, "abcd", strict=True)]
        assert (runtime.network_pid, runtime.has_walls) == (7, True)
    assert all(passed is request for passed, request in zip(servers_of_none.requests, requests, strict=True))
    assert servers_of_none.profiles == ["a", "b", "c", "d"]
    assert [result.status for result in results] == ["failed", "failed", "failed", "ok"]
    assert results[0].message == "It was stopped."


def test_a_build_that_ran_out_of_time_leaves_a_tenth_for_the_next_on_whatever_runtime(
    runtimes: PatientRuntimes, servers_of_none: Scripted
) -> None:
    run_out_of_time(runtimes, servers_of_none, job(BUILD))
    assert limit_of(runtimes, servers_of_none, job(BUILD)) == 60
    assert limit_of(runtimes, servers_of_none, job(BUILD, seconds=300)) == 30
    changed = servers_of_none.requests[-1]
    assert replace(changed, limits=Limits(wall_seconds=300)) == job(BUILD, seconds=300)  # nothing else is changed


def test_another_evaluation_has_all_its_time(runtimes: PatientRuntimes, servers_of_none: Scripted) -> None:
    run_out_of_time(runtimes, servers_of_none, job(BUILD))
    assert limit_of(PatientRuntimes("none", servers_of_none), servers_of_none, job(BUILD)) == 600


def test_jobs_of_another_kind_have_all_their_time(runtimes: PatientRuntimes, servers_of_none: Scripted) -> None:
    run_out_of_time(runtimes, servers_of_none, job(BUILD, IN_PART))
    others = [job(BUILD), job(REBUILD), job(REBUILD, IN_PART), job(EXPORT), job(LOAD)]
    assert [limit_of(runtimes, servers_of_none, other) for other in others] == [600] * 5
    assert limit_of(runtimes, servers_of_none, job(BUILD, IN_PART)) == 60


@pytest.mark.parametrize("entry", sorted(READ_SOURCES))
def test_what_reads_source_systems_keeps_its_time(
    runtimes: PatientRuntimes, servers_of_none: Scripted, entry: str
) -> None:
    module, _, function = entry.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    run_out_of_time(runtimes, servers_of_none, job(entry))
    assert limit_of(runtimes, servers_of_none, job(entry)) == 600


def test_a_build_that_is_killed_counts_where_it_took_long(runtimes: PatientRuntimes, servers_of_none: Scripted) -> None:
    """On many processors a query that never ends meets the limit of processor time first."""
    servers_of_none.ends[BUILD] = ("killed", 59.0)
    assert [limit_of(runtimes, servers_of_none, job(BUILD)) for _ in range(2)] == [600, 600]
    servers_of_none.ends[BUILD] = ("killed", 61.0)
    assert [limit_of(runtimes, servers_of_none, job(BUILD)) for _ in range(2)] == [600, 60]


def test_a_job_that_was_refused_its_time_says_nothing_of_its_kind(
    runtimes: PatientRuntimes, servers_of_none: Scripted
) -> None:
    """Rooms refuse jobs once those of one seed have used up their time together."""
    servers_of_none.ends[BUILD] = ("timeout", 0.0)
    assert [limit_of(runtimes, servers_of_none, job(BUILD)) for _ in range(2)] == [600, 600]


def test_a_job_that_ends_by_the_shorter_limit_says_so(runtimes: PatientRuntimes, servers_of_none: Scripted) -> None:
    servers_of_none.ends[BUILD] = ("timeout", 600.0)
    with runtimes.open() as runtime:
        first, second = runtime.run(job(BUILD)), runtime.run(job(BUILD))
    assert first.message == "It was stopped."
    assert second.message == (
        "It was stopped. It had 60 s in place of 600 s, since a job of its kind had run out of time before."
    )


# --- a whole evaluation -----------------------------------------------------------------------------------------------

ENDLESS = "select s0.item, sum({sum}) as total from {refs} group by s0.item".format(
    sum=" + ".join(f"s{i}.price" for i in range(30)),
    refs=", ".join(f"{{{{ ref('stg_sales') }}}} as s{i}" for i in range(30)),
)
"""Six sales joined thirty times without a key: 2 * 10^23 rows are added up."""


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    write_kiosk(tmp_path, hostile.FILES)
    for name, text in hostile.FILES.items():
        if not text:
            (tmp_path / "kiosk" / name).unlink()
    return get_task("kiosk_sales")


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds of this small world take two seconds; so that a busy machine does not matter, they have more than half."""
    limits = Limits(wall_seconds=16)
    monkeypatch.setattr(runner, "BUILD_LIMITS", limits)
    monkeypatch.setattr(rebuilds, "BUILD_LIMITS", limits)
    monkeypatch.setattr(patience, "SHARE", 0.6)


def evaluated(
    task: Task, servers: ForkRuntime, folder: Path, model: str | None
) -> tuple[dict[str, ScenarioResult], dict[str, list[float]]]:
    """Results of a submission by scenario, and wall times by step."""
    lay_solution(task, folder / "project")
    if model:
        (folder / "project" / hostile.TAKINGS).write_text(model)
    times: dict[str, list[float]] = {}
    dials = Dials(1, 2)
    with scratch_folder("test") as work:
        request = EvaluationRequest(
            task, folder / "project", ("visible", "rerun"), dials, Dials(2, 2), work, folder / "logs"
        )
        found = evaluate(
            request, servers, lambda name, seconds: times.setdefault(name, []).append(seconds), lambda _: None
        )
    return {result.scenario: result for result in found}, times


def limit_that_ended(seconds: float) -> float:
    """Of the two limits of `short_limits` the one that ended a job; on a busy machine it ends some seconds later."""
    return 16 if seconds >= 16 else 9.6


@pytest.mark.slow
def test_a_model_that_never_ends_takes_its_whole_limit_once_for_each_kind(
    kiosk: Task, servers: ForkRuntime, tmp_path: Path, short_limits: None
) -> None:
    right, _ = evaluated(kiosk, servers, tmp_path / "right", None)
    assert right["rerun"].is_success
    found, times = evaluated(kiosk, servers, tmp_path / "endless", ENDLESS)
    # In part, then the whole of the first run; the second run.
    assert [limit_that_ended(seconds) for seconds in times["build"]] == [16, 16, 9.6]
    steps = [step for step in found["rerun"].steps if step.name.startswith("build")]
    assert [step.status for step in steps] == ["timeout", "timeout"]
    assert "16 s" in steps[0].message
    assert "10 s" not in steps[0].message
    assert "in place of 16 s" in steps[1].message
    # Without gold: the first run, which the scenarios share, and the second one. With gold in place of the model that
    # never ends all are quick.
    long = [limit_that_ended(seconds) for seconds in times["components"] if seconds > 9]
    assert long == [16, 9.6]
    for result in found.values():
        verdicts = {table.table: (table.verdict.is_match, table.component.is_match) for table in result.tables}
        assert verdicts == {
            "raw_kiosk.items": (True, True),
            "raw_kiosk.sales": (True, True),
            "staging.stg_sales": (True, True),
            "marts.takings": (False, False),
            "marts.shelves": (False, True),
            "marts.seen": (True, True),
            "marts.items": (True, True),
        }


@pytest.mark.slow
def test_a_view_that_never_ends_leaves_the_other_tables_readable(
    kiosk: Task, servers: ForkRuntime, tmp_path: Path, short_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "EXPORT_LIMITS", Limits(wall_seconds=10))
    view = "{{ config(materialized='view') }}\n" + ENDLESS
    found, _ = evaluated(kiosk, servers, tmp_path / "endless", view)
    for result in found.values():
        is_match = {table.table: table.verdict.is_match for table in result.tables}
        assert not is_match["marts.takings"]
        assert all(
            is_match[name] for name in ("raw_kiosk.items", "raw_kiosk.sales", "staging.stg_sales", "marts.items")
        )
