"""What tests of the proof share: where loads and builds run, and the kiosk's world."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.task import Task
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import write_kiosk


@pytest.fixture(scope="session")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime() as servers:
        yield servers


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """The kiosk's task; its world is the only one there is."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    return write_kiosk(tmp_path / "projects")
