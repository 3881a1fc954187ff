"""What a check looks at, what it says of broken surroundings, and that it always answers."""

import os
import random
import shutil
from pathlib import Path

import pytest

from authoring.check.check import check
from authoring.check.source_text import content
from authoring.new_world.blank import write_blank_world
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.registry import list_tasks


def codes(names: list[str] | None = None) -> list[tuple[str, str]]:
    """Where and what, without the folders above."""
    return [(found.path.name, found.code) for found in check(names or []).findings]


def break_two(world: Path) -> None:
    """One mistake in each of two tasks."""
    for name in ("canteen_marts", "canteen_watch"):
        path = world / "tasks" / name / "task.yaml"
        path.write_text(path.read_text().replace("difficulty: ", "difficulty: very "))


@pytest.mark.parametrize(
    ("names", "n_tasks", "n_errors"),
    [
        ([], 5, 2),
        (["canteen"], 5, 2),
        (["canteen_marts"], 1, 1),
        (["canteen_*"], 5, 2),
        (["canteen_[ml]*", "canteen_watch"], 3, 2),
        (["tasks/canteen_marts"], 1, 1),
        (["tasks/canteen_marts/task.yaml"], 1, 1),
        (["."], 5, 2),
        ([".."], 5, 2),
        (["project/dbt/models"], 5, 2),
    ],
)
def test_a_name_is_a_world_tasks_or_a_path(
    world: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], n_tasks: int, n_errors: int
) -> None:
    break_two(world)
    monkeypatch.chdir(world)
    report = check(names)
    assert (report.n_worlds, report.n_tasks, report.n_errors) == (1, n_tasks, n_errors)


def test_a_name_that_means_nothing_is_told_with_the_nearest(world: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown world, task or path 'canten'.* Did you mean 'canteen'\?"):
        check(["canten"])
    with pytest.raises(LockgateError, match="is neither a task, nor a world, nor a folder of worlds"):
        check([str(tmp_path)])


def test_one_broken_file_hides_nothing_else(world: Path) -> None:
    (world / "world.yaml").write_text("id: [")
    (world / "tasks/canteen_till/task.yaml").write_text("\tid: x\n")
    (world / "tasks/canteen_watch/faults.yaml").write_bytes(b"min_recall: \xff\n")
    (world / "tasks/canteen_deposit/solution/dbt/models/marts/takings.sql").write_text("select (\n>>>>>>> main\n")
    break_two(world)
    found = codes()
    for expected in [
        ("world.yaml", "LG002"),
        ("task.yaml", "LG002"),
        ("faults.yaml", "LG303"),
        ("takings.sql", "LG302"),
        ("takings.sql", "LG316"),
    ]:
        assert expected in found
    assert [code for _, code in found].count("LG005") == 2


def test_a_world_without_its_file_is_told(world: Path) -> None:
    (world / "world.yaml").rename(world / "world.yml")
    assert ("canteen", "LG103") in codes()
    assert ("canteen", "LG103") in codes(["canteen_marts"])


def test_a_world_without_a_pipeline_is_told_to_write_one(world: Path) -> None:
    (world / "project").rename(world / "pipeline")
    assert ("canteen", "LG001") in codes()


DECLARED = """\
id: canteen
title: A canteen
description: Sales of a canteen, item by item.
owner: canteen
generator: {sql: generate}
start_date: 2020-01-01
clock_time: "23:30:00"
systems:
  till:
    type: http
    documentation: Sales.
    endpoints: {/sales: {table: sale}, /items: {table: items}}
data:
  item: {key: item}
noise:
  - {kind: late, table: salse, rate: 0.1, by: 1d}
"""


def test_what_a_declared_world_names_is_there(world: Path) -> None:
    (world / "world.yaml").write_text(DECLARED)
    assert codes(["canteen"]).count(("world.yaml", "LG108")) == 1
    (world / "generate").mkdir()
    (world / "generate/items.sql").write_text("select 'tea' as item\n")
    (world / "generate/sales.sql").write_text("select item,\n  random() as price\nfrom items\n")
    found = [(item.line, item.message) for item in check().findings if item.code in ("LG113", "LG114")]
    assert [line for line, _ in found] == [2, 12, 14, 16]
    assert "random() gives other values each time" in found[0][1]
    assert [message.rpartition("did you mean ")[2] for _, message in found[1:]] == ["'sales'?", "'items'?", "'sales'?"]


def test_names_that_are_taken_are_told_at_both_places(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = world.parents[1] / "more"
    shutil.copytree(world, other / "canteen")
    shutil.copytree(world, other / "mensa")
    monkeypatch.setenv("LOCKGATE_PROJECTS", f"{world.parent}{os.pathsep}{other}")
    report = check()
    taken = {str(found.path.relative_to(world.parents[1])) for found in report.findings if found.code == "LG102"}
    assert taken == {"worlds/canteen", "more/canteen"}
    assert sum(found.code == "LG226" for found in report.findings) == 5


def test_two_checks_say_the_same_in_the_same_order(world: Path) -> None:
    break_two(world)
    (world / "tasks/canteen_marts/instruction.md").write_text("# Short\n\nSee `marts.taking` and `docs/x.md`.\n")
    first = check().findings
    assert len(first) > 5
    assert check().findings == first
    assert len(set(first)) == len(first)


def test_every_finding_says_what_to_do(world: Path) -> None:
    break_two(world)
    for found in check().findings:
        json = found.as_json()
        assert json["advice"].endswith(".")
        assert (json["level"], json["line"]) == ("error", 5)
        assert json["file"].endswith("task.yaml")


def test_each_file_is_read_once_however_many_tasks_there_are(world: Path) -> None:
    n_files = sum(path.is_file() for path in world.rglob("*"))
    n_of_task = sum(path.is_file() for path in (world / "tasks" / "canteen_deposit").rglob("*"))
    for number in range(20):
        folder = world / "tasks" / f"canteen_copy_{number}"
        shutil.copytree(world / "tasks" / "canteen_deposit", folder)
        path = folder / "task.yaml"
        path.write_text(path.read_text().replace("id: canteen_deposit", f"id: {folder.name}"))
    check()
    n_absent = 2  # files that a task may have, and has not
    assert content.cache_info().misses <= n_files + 20 * (n_of_task + n_absent)


DAMAGES = {
    "deleted": lambda data, draw: None,
    "emptied": lambda data, draw: b"",
    "cut": lambda data, draw: data[: draw.randrange(len(data) + 1)],
    "a byte": lambda data, draw: data[: (at := draw.randrange(len(data) or 1))] + b"\xff" + data[at + 1 :],
    "a line twice": lambda data, draw: b"".join(2 * line.encode() for line in data.decode().splitlines(True)),
    "brackets": lambda data, draw: data.replace(b": ", b": [", 3),
    "numbers": lambda data, draw: b"7",
    "nulls": lambda data, draw: b"\n".join(line.split(b":")[0] + b":" for line in data.split(b"\n")),
    "lists": lambda data, draw: b"- 1\n- {a: b}\n",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_whatever_the_files_hold_it_answers(world: Path, damage) -> None:
    """No traceback: each of the world's files is damaged in its turn."""
    check_damaged(sorted(path for path in world.rglob("*") if path.is_file()), damage)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_whatever_a_declaration_holds_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage) -> None:
    """The same of a world that is written in YAML and SQL: what its data is made from."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    write_blank_world(tmp_path / "shop")
    check_damaged([tmp_path / "shop/world.yaml", *sorted((tmp_path / "shop/generate").glob("*"))], damage)


def check_damaged(paths: list[Path], damage) -> None:
    """Check the worlds with each of some files damaged."""
    draw = random.Random(str(damage))
    for path in paths:
        data = path.read_bytes()
        changed = damage(data, draw)
        if changed is None:
            path.unlink()
        else:
            path.write_bytes(changed)
        check()
        list_tasks()
        path.write_bytes(data)
