"""Places that the environment names mean the same in every process, wherever it works."""

import os
from pathlib import Path

import pytest

from benchmark.paths import home_dir, name_places_absolutely, projects_dirs


def test_relative_places_stay_where_they_are_when_a_process_works_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("private", "more", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCKGATE_HOME", "home")
    monkeypatch.setenv("LOCKGATE_PROJECTS", f"private{os.pathsep}./more")
    name_places_absolutely()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert home_dir() == tmp_path / "home"
    assert projects_dirs()[:2] == (tmp_path / "private", tmp_path / "more")


def test_places_that_nobody_names_stay_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCKGATE_HOME", "LOCKGATE_PROJECTS"):
        monkeypatch.delenv(name, raising=False)
    name_places_absolutely()
    assert "LOCKGATE_HOME" not in os.environ
    assert "LOCKGATE_PROJECTS" not in os.environ
