"""The short way and the long way give the same results, whatever a submission tries."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmark.files import scratch_folder
from benchmark.generator_parameters import Dials
from benchmark.paths import cache_dir
from benchmark.registry import get_task
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators.evaluate import EvaluationRequest, evaluate
from runtime.fork_client import ForkRuntime
from runtime.sandbox.registry import find_problem
from tests.helpers.kiosk import hostile
from tests.helpers.kiosk.world import ITEMS, write_kiosk
from tests.helpers.shared_home import SHARED_HOME

SANDBOX = "bubblewrap" if find_problem("bubblewrap") is None else "none"
WHOLE, PART = "The whole project is built", "the rest was copied"
AROUND_GOLD = "it reads gold alone"
AROUND = {
    "a wrong figure at the root",
    "a model that fails",
    "a data test fails",
    "a data test of two models fails",
}
"""Plain submissions of which a component is built around gold."""
FOUND = "those of an earlier evaluation"
COPIED, WITHOUT = "The pipeline is the solution:", "The pipeline is the solution without some models"


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime() as started:
        yield started


@pytest.fixture(autouse=True)
def _one_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms' server, which all tests share, sees the folders of one home. No test finds another one's verdicts."""
    monkeypatch.setenv("LOCKGATE_HOME", str(home))
    for name in ("components", "results"):
        shutil.rmtree(cache_dir() / name, ignore_errors=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (SHARED_HOME / "cache").mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(SHARED_HOME / "cache")
    return folder


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Task]:
    folder = tmp_path_factory.mktemp("kiosk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(folder))
        write_kiosk(folder, hostile.FILES)
        for name, text in hostile.FILES.items():
            if not text:
                (folder / "kiosk" / name).unlink()
        yield get_task("kiosk_sales")


def results(
    task: Task,
    runtime: ForkRuntime,
    folder: Path,
    changes: Mapping[str, str | None],
    scenarios: tuple[str, ...],
    sandbox: str,
) -> tuple[list[Any], str]:
    """Results of a submission's scenarios, and what its logs say."""
    lay_solution(task, folder / "project")
    for name, text in changes.items():
        path = folder / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
    dials = Dials(1, 2)
    with scratch_folder("test") as work:  # where a sandbox may see it
        request = EvaluationRequest(
            task, folder / "project", scenarios, dials, Dials(2, 2), work, folder / "logs", sandbox
        )
        found = evaluate(request, runtime, lambda *_: None, lambda _: None)
    logs = "\n".join(path.read_text() for path in (folder / "logs").rglob("*.log"))
    return [result.model_dump(mode="json") for result in found], logs


def both_ways(
    task: Task,
    runtime: ForkRuntime,
    folder: Path,
    changes: Mapping[str, str | None],
    monkeypatch: pytest.MonkeyPatch,
    scenarios: tuple[str, ...] = ("rerun", "day2"),
    sandbox: str = SANDBOX,
) -> tuple[str, list[Any]]:
    """What the logs of the short way say; both ways must have given the same."""
    short, logs = results(task, runtime, folder / "short", changes, scenarios, sandbox)
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "1")
    long, long_logs = results(task, runtime, folder / "long", changes, scenarios, sandbox)
    assert "copied" not in long_logs
    assert short == long
    return logs, short


def test_the_solution_is_copied_and_scores_as_it_does_when_it_is_built(
    kiosk: Task, servers: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, found = both_ways(kiosk, servers, tmp_path, {}, monkeypatch, ("visible",), "none")
    assert COPIED in logs
    assert found[0]["is_success"]
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "0")
    again, later_logs = results(kiosk, servers, tmp_path / "again", {}, ("visible",), "none")
    assert again == found
    assert FOUND in later_logs
    assert COPIED not in later_logs


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.PLAIN)
def test_a_plain_submission_is_built_in_part(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    logs, _ = both_ways(kiosk, runtime, tmp_path, hostile.PLAIN[name], monkeypatch)
    assert WHOLE not in logs
    if name == "the start":
        assert WITHOUT in logs
    else:
        assert logs.count(PART) == 3
        assert logs.count("raw tables were copied") == 3
    assert "Traceback" not in logs
    assert (AROUND_GOLD in logs) == (name in AROUND)


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.STOPPED)
def test_where_dbt_stops_the_whole_project_is_built(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    logs, _ = both_ways(kiosk, runtime, tmp_path, hostile.STOPPED[name], monkeypatch, ("day2",))
    assert WHOLE in logs
    assert "Traceback" not in logs


UNPLAIN = {"dbt/macros/of_no_use.sql": "{% macro of_no_use() %}1{% endmacro %}"}


@pytest.mark.slow
@pytest.mark.parametrize(("more", "is_built"), [({}, False), (UNPLAIN, True)], ids=["plain", "with a macro"])
def test_verdicts_of_the_same_files_are_found_once(
    kiosk: Task,
    runtime: ForkRuntime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, str],
    *,
    is_built: bool,
) -> None:
    """All of them where the submission is plain, else those of its components."""
    changes = {**hostile.PLAIN["a wrong figure at the root"], **more}
    logs, first = both_ways(kiosk, runtime, tmp_path, changes, monkeypatch, ("day2",))
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "0")
    again, later_logs = results(kiosk, runtime, tmp_path / "again", changes, ("day2",), SANDBOX)
    assert again == first
    assert FOUND not in logs
    assert FOUND in later_logs
    assert AROUND_GOLD not in later_logs
    assert (WHOLE in later_logs) == is_built
    assert PART not in later_logs
    other = {**changes, "dbt/models/staging/more.sql": "select 1 as x"}
    _, other_logs = results(kiosk, runtime, tmp_path / "other", other, ("day2",), SANDBOX)
    assert FOUND not in other_logs


WHOLE_SQL = "dbt/macros/whole.sql"
START = {
    **hostile.PLAIN["the start"],
    WHOLE_SQL: "{% macro whole(column) %}cast({{ column }} as bigint) + 1{% endmacro %}",
}
"""A start with a macro of its own, which is not plain."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "changes", "is_kept"),
    [
        ({WHOLE_SQL: START[WHOLE_SQL]}, START, True),
        ({WHOLE_SQL: START[WHOLE_SQL]}, {**START, WHOLE_SQL: f"{START[WHOLE_SQL]} "}, False),
        ({WHOLE_SQL: START[WHOLE_SQL], "el/kiosk.yaml": ITEMS}, {**START, "el/kiosk.yaml": ITEMS}, False),
    ],
    ids=["the start", "a byte more", "a load of its own"],
)
def test_the_start_is_evaluated_once_where_it_loads_as_the_solution_does(
    runtime: ForkRuntime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: dict[str, str],
    changes: dict[str, str | None],
    *,
    is_kept: bool,
) -> None:
    worlds = tmp_path / "worlds"
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(worlds))
    files = hostile.FILES | {f"tasks/kiosk_sales/start/{name}": text for name, text in start.items()}
    task = write_kiosk(worlds, files)
    for name in (name for name, text in files.items() if not text):
        (worlds / "kiosk" / name).unlink()
    logs, first = both_ways(task, runtime, tmp_path, changes, monkeypatch, ("day2",))
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "0")
    again, later_logs = results(task, runtime, tmp_path / "again", changes, ("day2",), SANDBOX)
    assert again == first
    assert FOUND not in logs
    assert ((tmp_path / "again" / "logs" / "results.log").exists()) == is_kept
    assert ("Done. PASS" in later_logs) == (not is_kept)


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_a_hostile_submission_gains_nothing_by_the_short_way(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    logs, _ = both_ways(kiosk, runtime, tmp_path, hostile.HOSTILE[name], monkeypatch, ("day2",))
    assert COPIED not in logs
    assert PART not in logs
    assert not (cache_dir() / "results").is_dir(), "it may come out otherwise the next time"
