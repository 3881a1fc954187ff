"""Which tasks a pattern means, and what is said where it means none."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.errors import LockgateError, SpecError, UnknownNameError
from benchmark.registry import get_task, get_world, list_tasks, list_worlds, select, select_tasks

WORLD = """\
id: {name}
title: A world
description: A world.
owner: team@example.com
generator: {{python: sources.flights}}
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


@pytest.mark.usefixtures("_four")
def test_one_task_is_read_without_the_others(projects: Path) -> None:
    (projects / "land/tasks/land_carts/task.yaml").write_text("kind: [")
    (projects / "land/world.yaml").unlink()
    assert get_task("sea_ships").folder == projects / "sea/tasks/sea_ships"
    assert get_task("sea_ships") in list_tasks()
    with pytest.raises(UnknownNameError, match=r"sea_shops.*sea_ships"):
        get_task("sea_shops")


def test_a_name_stands_for_one_task_in_all_worlds(write: Write) -> None:
    write("sea", "ships")
    write("land", "ships")
    write("land", "carts")
    assert [task.id for task in list_tasks()] == ["carts"]
    with pytest.raises(LockgateError, match=r"land/tasks/ships: task id 'ships' is taken by .*sea/tasks/ships"):
        get_task("ships")


def test_a_name_stands_for_one_world_in_all_folders(
    write: Write, projects: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("sea", "ships")
    write("land", "carts")
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(projects / "land", other / "air")
    shutil.copytree(projects / "sea", other / "sea")
    (other / "air" / "world.yaml").write_text(WORLD.format(name="air"))
    (other / "air" / "tasks" / "carts").rename(other / "air" / "tasks" / "kites")
    (other / "air" / "tasks" / "kites" / "task.yaml").write_text(TASK.format(name="kites", kind="impl", tags=""))
    monkeypatch.setenv("LOCKGATE_PROJECTS", f"{projects}{os.pathsep}{other}")
    assert [task.id for task in list_tasks()] == ["kites", "carts"]
    for name in (str(projects / "sea"), str(other / "sea")):
        with pytest.raises(LockgateError, match=re.escape(name)):
            get_world("sea")


def test_a_folder_of_worlds_that_is_not_there_is_named(projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", f"{projects}{os.pathsep}{projects / 'gone'}")
    with pytest.raises(LockgateError, match=r"LOCKGATE_PROJECTS names .*gone, which is no folder"):
        list_worlds()


PACKAGES = {
    "a package": "{name} = {package}.worlds",
    "a function": "{name} = {package}:folder",
}


@pytest.mark.parametrize("entry", PACKAGES.values(), ids=PACKAGES.keys())
def test_an_installed_package_adds_worlds(
    write: Write,
    projects: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    entry: str,
) -> None:
    site = tmp_path_factory.mktemp("site")
    package = f"acme{site.name.replace('-', '_')}"
    write("sea", "ships")
    write("land", "carts")
    (site / package).mkdir()
    (projects / "land").rename(site / "land")
    (site / package / "worlds").mkdir()
    (site / "land").rename(site / package / "worlds" / "land")
    (site / package / "worlds" / "__init__.py").touch()
    (site / package / "__init__.py").write_text("def folder():\n    return __path__[0] + '/worlds'\n")
    info = site / f"{package}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[lockgate.worlds]\n{entry.format(name='acme', package=package)}\n")
    monkeypatch.syspath_prepend(site)
    assert [task.id for task in list_tasks()] == ["carts", "ships"]
    (info / "entry_points.txt").write_text("[lockgate.worlds]\nacme = no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path_factory.mktemp("other"))  # looked up once for each path
    with pytest.raises(LockgateError, match=r"'acme = no_such_package' of group lockgate\.worlds cannot be loaded"):
        list_worlds()


@pytest.mark.usefixtures("_four")
@pytest.mark.parametrize(
    ("pattern", "good", "broken"),
    [
        ("*", "land_carts land_horses sea_ships", "sea_crews"),
        ("kind:repair", "land_horses", "sea_crews"),
        ("kind:evol", "land_carts", ""),
        ("tag:fast", "sea_ships", "sea_crews"),
        ("tag:demolition", "land_carts", ""),
        ("sea_crews", "", "sea_crews"),
    ],
)
def test_a_broken_task_stops_no_other(projects: Path, pattern: str, good: str, broken: str) -> None:
    path = projects / "sea" / "tasks" / "sea_crews" / "task.yaml"
    path.write_text(path.read_text().replace("difficulty", "dificulty"))
    selection = select([pattern])
    assert [task.id for task in selection.tasks] == good.split()
    assert [item.name for item in selection.broken] == broken.split()
    for item in selection.broken:
        assert "line 4: key 'dificulty' is not known here; did you mean 'difficulty'?" in item.reason


@pytest.mark.usefixtures("_four")
def test_a_task_whose_yaml_cannot_be_read_may_have_any_tag(projects: Path) -> None:
    (projects / "sea" / "tasks" / "sea_crews" / "task.yaml").write_text("id: [")
    for pattern in ("tag:demo", "kind:evol"):
        assert [item.name for item in select([pattern]).broken] == ["sea_crews"]


@pytest.mark.usefixtures("_four")
def test_a_broken_world_stops_no_other(projects: Path) -> None:
    (projects / "sea" / "world.yaml").rename(projects / "sea" / "world.yml")
    assert [task.id for task in list_tasks()] == ["land_carts", "land_horses"]
    assert [item.name for item in select([]).broken] == ["sea"]
    with pytest.raises(LockgateError, match=r"World sea is broken: .*world\.yaml: file not found"):
        get_world("sea")
    with pytest.raises(LockgateError, match=r"No task matches 'sea_ships'\. .* World sea is broken"):
        select(["sea_ships"])


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
