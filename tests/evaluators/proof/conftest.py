"""What tests of the proof share: the kiosk's world."""

from pathlib import Path

import pytest

from benchmark.task import Task
from tests.helpers.kiosk.world import write_kiosk


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """The kiosk's task; its world is the only one there is."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    return write_kiosk(tmp_path / "projects")
