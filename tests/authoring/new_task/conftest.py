from pathlib import Path

import pytest

from authoring.new_world.blank import write_blank_world
from benchmark.world import World, read_world


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A small world of its own, whose project may be changed."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    write_blank_world(tmp_path / "worlds" / "shop")
    return read_world(tmp_path / "worlds" / "shop")
