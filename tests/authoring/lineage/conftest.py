from pathlib import Path

import pytest

from benchmark.paths import REPOSITORY_DIR


@pytest.fixture
def small_world(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world of two tasks; its folder of worlds."""
    folder = REPOSITORY_DIR / "tests" / "orchestration" / "cases" / "worlds"
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(folder))
    return folder
