"""Quality tasks and hints: what is wrong in their files is said before anything runs."""

import shutil
from pathlib import Path

import pytest

from benchmark.errors import SpecError
from benchmark.registry import get_task, get_world
from benchmark.task import Task
from benchmark.task_folder import read_task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(get_task("flights_feed_watch").folder, tmp_path / "flights_feed_watch")
    return tmp_path / "flights_feed_watch"


def read(folder: Path) -> Task:
    return read_task(folder, get_world("flights"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("faults.yaml", "min_recall: 0.8", "min_recall: 8", r"faults\.yaml: line 3: key 'min_recall'"),
        ("faults.yaml", "foreign_origin", "schedules_loaded_twice", "'schedules_loaded_twice' is there twice"),
        ("faults.yaml", "    table: raw_reference.planes", "    table: raw.x", "table 'raw.x' is not among the task's"),
        ("faults.yaml", "breaks: One row per flight.", "broke: x", "'faults.0.broke' is not known"),
        ("task.yaml", "[visible, holdout]", "[visible, day2]", "a data_tests task has 'visible' and 'holdout' only"),
        ("task.yaml", "kind: data_tests", "kind: repair", "faults.yaml is for data_tests tasks, not for 'repair'"),
        ("task.yaml", "difficulty: medium", "difficulty: medium\npolicy: [be_nice]", r"line 7: key 'policy\.0'"),
    ],
)
def test_a_bad_file_says_where(folder: Path, file: str, old: str, new: str, message: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(SpecError, match=message):
        read(folder)


def test_a_data_tests_task_needs_faults(folder: Path) -> None:
    (folder / "faults.yaml").unlink()
    with pytest.raises(SpecError, match=r"key 'kind': a data_tests task needs the file faults\.yaml"):
        read(folder)


def test_hints_have_levels_without_gaps(folder: Path) -> None:
    (folder / "hints/2.md").unlink()
    with pytest.raises(SpecError, match=r"hints/3\.md is there, hints/2\.md is not"):
        read(folder)
    (folder / "hints/3.md").rename(folder / "hints/more.md")
    with pytest.raises(SpecError, match=r"hints/more\.md is not a hint"):
        read(folder)
