from pathlib import Path

import pytest


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of worlds, the only one."""
    folder = tmp_path / "worlds"
    folder.mkdir()
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(folder))
    return folder
