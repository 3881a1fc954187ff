from pathlib import Path

import pytest

from benchmark.task import Task
from tests.helpers.leaderboards import write_tagged_kiosk


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """The one task of the suite `till`."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    return write_tagged_kiosk(tmp_path / "projects")
