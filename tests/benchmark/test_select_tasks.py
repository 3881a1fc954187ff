"""Which tasks a pattern means, and what is said where it means none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.errors import LockgateError, SpecError, UnknownNameError
from benchmark.registry import get_task, get_world, list_tasks, list_worlds, select_tasks

WORLD = """\
id: {name}
title: A world
description: A world.
owner: team@example.com
generator: sources.flights
start_date: 2013-01-01
clock_time: "06:00:00"
"""
TASK = """\
id: {name}
kind: {kind}
title: Ships
difficulty: easy
tags: [{tags}]
scored: {{marts: [marts.ships]}}
"""
TABLES = "tables: {marts.ships: {stage: marts, columns: [ship_id]}}\n"
Write = Callable[..., Path]


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def write(projects: Path) -> Write:
    def add(world: str, name: str, kind: str = "impl", tags: str = "") -> Path:
        folder = projects / world / "tasks" / name
        folder.mkdir(parents=True)
        (projects / world / "project" / "dbt").mkdir(parents=True, exist_ok=True)
        (projects / world / "world.yaml").write_text(WORLD.format(name=world))
        (projects / world / "tables.yaml").write_text(TABLES)
        (folder / "task.yaml").write_text(TASK.format(name=name, kind=kind, tags=tags))
        (folder / "instruction.md").write_text("Build the ships.")
        return folder

    return add


@pytest.fixture
def _four(write: Write) -> None:
    write("sea", "sea_ships", tags="demo, fast")
    write("sea", "sea_crews", kind="repair", tags="fast")
    write("land", "land_carts", kind="evol", tags="demolition")
    write("land", "land_horses", kind="repair")


@pytest.mark.usefixtures("_four")
@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ([], "land_carts land_horses sea_crews sea_ships"),
        (["sea_ships"], "sea_ships"),
        (["sea_*"], "sea_crews sea_ships"),
        (["*_s*"], "sea_ships"),
        (["sea_?hips"], "sea_ships"),
        (["[ls]*_c*"], "land_carts sea_crews"),
        (["tag:demo"], "sea_ships"),
        (["tag:fast"], "sea_crews sea_ships"),
        (["kind:repair"], "land_horses sea_crews"),
        (["kind:evol", "kind:impl"], "land_carts sea_ships"),
        (["sea_ships", "land_carts", "sea_ships", "tag:demo"], "land_carts sea_ships"),
        (["*"], "land_carts land_horses sea_crews sea_ships"),
    ],
)
def test_a_pattern_means_names_tags_or_kinds(patterns: list[str], names: str) -> None:
    """Each task once, in the order of worlds and names, whatever the order of the patterns."""
    assert [task.id for task in select_tasks(patterns)] == names.split()


@pytest.mark.usefixtures("_four")
@pytest.mark.parametrize(
    "pattern", ["SEA_SHIPS", "sea", "ships", "tag:dem", "tag:*", "tag:", "kind:magic", "kind:*", "world:sea", ""]
)
def test_a_pattern_that_means_nothing_is_a_mistake(pattern: str) -> None:
    with pytest.raises(LockgateError, match=r"No task matches '.*'\. Tasks: land_carts, .*sea_ships\. Give a glob"):
        select_tasks(["sea_ships", pattern])


@pytest.mark.usefixtures("_four")
def test_an_unknown_name_lists_the_known_ones() -> None:
    assert get_task("sea_ships").world.id == get_world("sea").id == "sea"
    assert [world.id for world in list_worlds()] == ["land", "sea"]
    with pytest.raises(UnknownNameError, match=r"Unknown task 'tea'\. Known: land_carts, .*, sea_ships\."):
        get_task("tea")
    with pytest.raises(UnknownNameError, match=r"Unknown world 'tea'\. Known: land, sea\."):
        get_world("tea")


def test_a_name_stands_for_one_task_in_all_worlds(write: Write) -> None:
    write("sea", "ships")
    write("land", "ships")
    with pytest.raises(SpecError, match=r"sea/tasks/ships: task id 'ships' is taken by .*land/tasks/ships"):
        list_tasks()


def test_a_folder_without_worlds_says_what_to_set(projects: Path) -> None:
    (projects / "empty").mkdir()
    with pytest.raises(SpecError, match=r"holds no world .* set LOCKGATE_PROJECTS"):
        select_tasks([])


def test_a_world_without_tasks_has_none(write: Write, projects: Path) -> None:
    folder = write("sea", "ships")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert list_tasks() == []
    with pytest.raises(LockgateError, match=r"No task matches '\*'"):
        select_tasks(["*"])
