"""Finding the sources of a world."""

from pathlib import Path

import pytest

from benchmark.errors import LockgateError, UnknownNameError
from sources.registry import load_sources

WORLD = """\
id: quay
title: A quay
description: A world outside of the repository.
owner: team@example.com
generator: {generator}
start_date: 2013-01-01
clock_time: "06:00:00"
"""


def write_world(folder: Path, generator: str) -> None:
    (folder / "quay").mkdir()
    (folder / "quay" / "world.yaml").write_text(WORLD.format(generator=generator))


def test_the_generator_that_world_yaml_names_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path, "sources.flights")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    assert load_sources("quay").id == "flights"


def test_a_generator_that_leads_nowhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path, "quay_world")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    with pytest.raises(LockgateError, match=r"'quay': the module quay_world cannot be loaded.*Key 'generator'"):
        load_sources("quay")


def test_an_unknown_world_lists_the_known_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path, "sources.flights")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    with pytest.raises(UnknownNameError, match=r"Unknown world 'port'.*quay"):
        load_sources("port")
