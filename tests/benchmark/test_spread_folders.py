"""New folders beside those that are held begin elsewhere on the disk, where the file system can do that."""

import fcntl
import os
import struct
from pathlib import Path

import pytest

from benchmark.files import scratch_folder
from benchmark.paths import work_dir
from benchmark.spread_folders import spread_new_folders

GET_FLAGS, TOP_OF_HIERARCHY = 0x80086601, 0x00020000


def are_new_folders_spread(folder: Path) -> bool:
    """Whether the file system does so; an `OSError` where it has no such flags."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flags: int = struct.unpack("i", fcntl.ioctl(opened, GET_FLAGS, struct.pack("i", 0)))[0]
        return bool(flags & TOP_OF_HIERARCHY)
    finally:
        os.close(opened)


@pytest.fixture
def folder(disk_path: Path) -> Path:
    try:
        are_new_folders_spread(disk_path)
    except OSError as error:
        pytest.skip(f"this file system has no such flags: {error.strerror}")
    return disk_path


def test_where_folders_are_held_new_ones_are_spread(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(folder / "home"))
    for _ in range(2):
        with scratch_folder("a test"):
            assert are_new_folders_spread(work_dir())
    assert not are_new_folders_spread(folder)


@pytest.mark.parametrize("kind", ["absent", "a file", "a link", "of a file system without flags"])
def test_what_cannot_be_spread_stays_as_it_is(folder: Path, kind: str) -> None:
    place = folder / "place"
    if kind == "a file":
        place.write_text("x")
    elif kind == "a link":
        (folder / "other").mkdir()
        place.symlink_to(folder / "other")
    elif kind == "of a file system without flags":
        place = Path("/proc/self")
    spread_new_folders(place)
    assert kind != "a link" or not are_new_folders_spread(folder / "other")
