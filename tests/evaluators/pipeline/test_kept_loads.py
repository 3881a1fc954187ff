"""Which workspaces load as the solution does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.cache import new_entry
from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.workspace import lay_solution
from evaluators.pipeline.kept_loads import KeptLoads, _reads_systems_only, solution_loads
from evaluators.scenarios import PipelineRun, days
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult
from tests.helpers.kiosk.world import ITEMS, write_kiosk

TASK = "flights_feeds"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptLoads:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))  # others must not find what is written here
    found = solution_loads(get_task(TASK), Dials(0, 14), ForkRuntime(), tmp_path / "loads", lambda *_: None)
    assert found is not None
    return found


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    lay_solution(get_task(TASK), tmp_path / "workspace")
    return tmp_path / "workspace"


def link(el: Path) -> None:
    text = (el / "weather.yaml").read_text()
    (el / "weather.yaml").unlink()
    (el / "other").write_text(text)
    (el / "weather.yaml").symlink_to("other")


@pytest.mark.parametrize(
    "change",
    [
        lambda el: (el / "weather.yaml").write_bytes((el / "weather.yaml").read_bytes() + b"\n"),
        lambda el: (el / "more.yaml").write_text("{}"),
        lambda el: (el / "notes.txt").write_text("x"),
        lambda el: (el / "weather.yaml").unlink(),
        lambda el: (el / "folder.yaml").mkdir(),
        lambda el: (el / "weather.yaml").rename(el / "Weather.yaml"),
        lambda el: el.rename(el.with_name("elsewhere")),
        link,
    ],
)
def test_one_byte_more_in_el_and_the_load_is_done(
    kept: KeptLoads, workspace: Path, change: Callable[[Path], object]
) -> None:
    assert kept.fits(workspace)
    (workspace / "README.md").write_text("what is not in el/ is read by no load")
    assert kept.fits(workspace)
    change(workspace / "el")
    assert not kept.fits(workspace)


def test_a_workspace_that_brings_a_warehouse_is_loaded(kept: KeptLoads, workspace: Path, tmp_path: Path) -> None:
    with new_entry(kept._entry(days(1))) as entry:
        (entry / "load.json").write_text('{"name": "load on day 1", "status": "ok"}')
        (entry / "warehouse.duckdb").write_text("kept")
    (workspace / "warehouse.duckdb.tmp").mkdir()
    assert kept.take(workspace, days(1), ForkRuntime(), tmp_path / "log") is None
    (workspace / "warehouse.duckdb.tmp").rmdir()
    step = kept.take(workspace, days(1), ForkRuntime(), tmp_path / "log")
    assert step is not None
    assert step.name == "load on day 1"
    assert (workspace / "warehouse.duckdb").read_text() == "kept"
    assert "copied" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        ("source: files\nconfig: {directory: '${REFERENCE_DIR}'}", True),
        ("source: files\nconfig: {directory: ../dbt/seeds}", False),
        ("source: files", False),
        ("source: postgres", True),
        ("- a list", False),
        ("a: [", False),
    ],
)
def test_connection_files_that_may_read_the_workspace_are_not_kept(text: str, is_safe: bool) -> None:
    assert _reads_systems_only("el/x.yaml", text.encode()) is is_safe


def test_the_long_way_keeps_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "1")
    assert solution_loads(get_task(TASK), Dials(0, 14), ForkRuntime(), tmp_path, lambda *_: None) is None
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "yes")
    with pytest.raises(LockgateError, match=r"LOCKGATE_LONG_WAY is 'yes'. Set it to 1"):
        solution_loads(get_task(TASK), Dials(0, 14), ForkRuntime(), tmp_path, lambda *_: None)


AGAIN = (PipelineRun(1), PipelineRun(2, "again"))
"""The second day comes with an incident, in which a load may fail."""


class UnluckyRuntime(ForkRuntime):
    """Breaks some of the loads that it does, the first of which has the number 1."""

    def __init__(self, *broken: int) -> None:
        super().__init__()
        self.broken = broken
        self.n_loads = 0

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        self.n_loads += 1
        if self.n_loads in self.broken:
            (request.directory / "el" / "kiosk.yaml").write_text(ITEMS.replace("items_*.csv", "nothing_*.csv"))
        return super().run(request, profile)


@pytest.mark.parametrize(
    ("broken", "status"),
    [((), "ok"), ((2,), None), ((2, 3), "failed"), ((1,), None)],
    ids=["it goes well", "it fails once", "it fails again and again", "the day before fails"],
)
def test_a_load_that_fails_is_kept_only_when_it_fails_again(
    servers: ForkRuntime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: tuple[int, ...],
    status: str | None,
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    task = write_kiosk(tmp_path / "projects")
    servers.warm("pipeline")
    with servers.shared(), UnluckyRuntime(*broken) as runtime:
        kept = solution_loads(task, Dials(0, 2), runtime, tmp_path / "loads", lambda *_: None)
        assert kept is not None
        found = kept.get(AGAIN)
        kept.stop()
    assert (found and found.step.status) == status
