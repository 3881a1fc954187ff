import shutil
from pathlib import Path

import pytest

WORLD = Path(__file__).parent / "cases" / "worlds" / "canteen"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world without a mistake, of five tasks of five kinds, alone in a folder of worlds; its folder."""
    folder = tmp_path / "worlds" / "canteen"
    shutil.copytree(WORLD, folder)
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    return folder
