"""Suites: which tasks they have, what is written down of them, and what results are named after."""

import json
from pathlib import Path

import pytest

from benchmark.errors import LockgateError, SpecError
from benchmark.registry import list_tasks, select_tasks
from benchmark.suites_file import NAME, read_suites
from orchestration.suites import SUITES, freeze, suite_of, suites_now


def test_tags_that_follow_from_a_task_choose_it_like_its_own() -> None:
    every = list_tasks()
    assert select_tasks(["tag:full"]) == every
    assert select_tasks(["tag:core"]) == [task for task in every if task.spec.origin == "written"]
    assert 0 < len(select_tasks(["tag:demo"])) < len(select_tasks(["tag:core"])) < len(every)


def test_what_is_written_down_is_what_is_there(tmp_path: Path) -> None:
    tasks, page = list_tasks(), tmp_path / "suites.md"
    page.write_text("# Suites\n\nWords of ours.\n")
    before = suites_now(tasks, tmp_path)
    assert [suite.version for suite in before] == [1] * len(before)
    assert all(suite.changes == [f"{len(suite.tasks)} new"] for suite in before)
    freeze(before, tmp_path, page)
    after = suites_now(tasks, tmp_path)
    assert [(suite.name, suite.version, suite.changes) for suite in after] == [(s.name, 1, []) for s in before]
    text = page.read_text()
    assert text.startswith("# Suites\n\nWords of ours.\n")
    assert all(f"## `{suite.name}`, version 1" in text for suite in after)
    assert all(f"| `{task.id}` |" in text for task in tasks)
    freeze(after, tmp_path, page)
    assert page.read_text() == text


def test_a_suite_whose_tasks_change_gets_a_new_version_and_the_others_do_not(tmp_path: Path) -> None:
    tasks = list_tasks()
    freeze(suites_now(tasks, tmp_path), tmp_path, None)
    content = json.loads((tmp_path / NAME).read_text())
    demo = content["suites"]["demo"]["tasks"]
    first, second, *_ = demo
    demo["gone_task"], demo[first] = "00000000", "11111111"
    del demo[second]
    (tmp_path / NAME).write_text(json.dumps(content))
    found = {suite.name: suite for suite in suites_now(tasks, tmp_path)}
    assert found["demo"].changes == ["1 new", "1 gone", "1 changed"]
    assert (found["demo"].version, found["core"].version, found["full"].version) == (2, 1, 1)


def test_results_are_of_a_suite_only_with_all_of_its_tasks_in_its_versions(tmp_path: Path) -> None:
    freeze(suites_now(list_tasks(), tmp_path), tmp_path, None)
    demo = dict(read_suites(tmp_path).suites["demo"].tasks)
    assert suite_of(demo, [tmp_path]) == "demo 1"
    some, version = next(iter(demo.items()))
    assert suite_of(demo | {some: version[::-1] + "0"}, [tmp_path]) is None
    assert suite_of({name: v for name, v in demo.items() if name != some}, [tmp_path]) is None
    assert suite_of(demo, [tmp_path / "nothing"]) is None


@pytest.mark.parametrize("text", ["", "[]", '{"suites": {"demo": {"version": 0, "tasks": {}}}}', '{"suite": {}}'])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(SpecError, match=r"suites\.json.*lockgate suites --freeze"):
        read_suites(tmp_path)


def test_a_wrong_value_is_named_by_its_key(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"suites": {"demo": {"version": "one", "tasks": {}}}}')
    with pytest.raises(SpecError, match=r"key 'suites\.demo\.version': Input should be a valid integer"):
        read_suites(tmp_path)


def test_every_suite_says_what_it_is_for() -> None:
    assert all(text.endswith(".") for text in SUITES.values())


def test_a_page_that_is_a_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(LockgateError, match=r"is a folder. Name a page in it"):
        freeze(suites_now(list_tasks(), tmp_path), tmp_path, tmp_path)
    assert not (tmp_path / NAME).exists()
