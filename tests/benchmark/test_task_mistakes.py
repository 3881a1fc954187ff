"""Mistakes of a hurried author that are found when tasks are read, each with file and key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.registry import get_task, list_tasks

WORLD = """\
id: quay
title: A quay
description: A world.
owner: team@example.com
generator: {python: sources.flights}
start_date: 2013-01-01
clock_time: "06:00:00"
"""
TABLES = """\
tables:
  marts.ships: {stage: marts, key: [ship_id], columns: [ship_id]}
  staging.stg_ships: {stage: staging, key: [ship_id], columns: [ship_id]}
"""
TASK = """\
id: quay_ships
kind: impl
title: Ships
difficulty: easy
scenarios: [visible]
scored:
  marts: [marts.ships]
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "quay"
    task = folder / "tasks" / "quay_ships"
    (folder / "project" / "dbt").mkdir(parents=True)
    (task / "start" / "dbt").mkdir(parents=True)
    (folder / "world.yaml").write_text(WORLD)
    (folder / "tables.yaml").write_text(TABLES)
    (task / "task.yaml").write_text(TASK)
    (task / "instruction.md").write_text("Build the ships.")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    return folder


def edit(old: str, new: str) -> Callable[[Path], None]:
    def change(task: Path) -> None:
        text = (task / "task.yaml").read_text()
        assert old in text
        (task / "task.yaml").write_text(text.replace(old, new))

    return change


def rename(old: str, new: str) -> Callable[[Path], None]:
    def change(task: Path) -> None:
        (task / new).parent.mkdir(parents=True, exist_ok=True)
        (task / old).rename(task / new)

    return change


def in_latin_1(task: Path) -> None:
    (task / "instruction.md").write_bytes("Schöne Schiffe".encode("latin-1"))


MISTAKES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a negative weight": (edit("scored:", "stage_weights: {marts: -1}\nscored:"), r"key 'stage_weights\.marts'"),
    "weights of nothing": (edit("scored:", "stage_weights: {marts: 0}\nscored:"), r"every scored stage weighs 0"),
    "a weight of another stage": (
        edit("scored:", "stage_weights: {staging: 2}\nscored:"), r"'stage_weights\.staging': the task scores no table"
    ),
    "a table twice": (edit("[marts.ships]", "[marts.ships, marts.ships]"), r"table 'marts\.ships' is listed twice"),
    "a scenario twice": (edit("[visible]", "[visible, visible]"), r"'visible' is listed twice"),
    "a kind that is none": (edit("kind: impl", "kind: arch"), r"'kind': Input should be 'load', .* \(got 'arch'\)"),
    "a ticket in Latin-1": (
        in_latin_1,
        r"instruction\.md is not UTF-8 \(byte 3\)",
    ),
    "no ticket": (lambda task: (task / "instruction.md").unlink(), r"instruction\.md is missing"),
    "a start beside the project": (rename("start/dbt", "start/models"), r"start/models/ has no place .* dbt, docs, el"),
    "task.yml": (rename("task.yaml", "task.yml"), r"has no task\.yaml: it has task\.yml, which is not read"),
    "a folder too deep": (rename("task.yaml", "deeper/task.yaml"), r"it has deeper/task\.yaml, which is not read"),
}  # fmt: skip


def test_the_task_without_a_mistake_is_read(world: Path) -> None:
    assert [task.id for task in list_tasks()] == ["quay_ships"]


@pytest.mark.parametrize(("change", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(world: Path, change: Callable[[Path], None], message: str) -> None:
    change(world / "tasks" / "quay_ships")
    assert list_tasks() == []
    with pytest.raises(LockgateError, match=f"^Task quay_ships is broken: .*{message}"):
        get_task("quay_ships")
