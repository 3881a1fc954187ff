"""Tasks that are proven together have one gold."""

from pathlib import Path

import pytest

from benchmark.registry import list_tasks
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators.pipeline.table_hash import hash_of_tables
from evaluators.proof.task_groups import alike

TASKS = [task for task in list_tasks() if task.world.id in ("flights", "subscriptions")]


@pytest.fixture(scope="module")
def groups() -> list[list[Task]]:
    return alike(reversed(TASKS))


def test_every_task_is_in_one_group(groups: list[list[Task]]) -> None:
    assert sorted(task.id for group in groups for task in group) == sorted(task.id for task in TASKS)


def test_tasks_of_data_tests_come_last_among_those_with_their_tables(groups: list[list[Task]], tmp_path: Path) -> None:
    with_tests = [group for group in groups if any(task.faults for task in group)]
    assert len(with_tests) == 2, "one for each world"
    for group in with_tests:
        has_faults = [task.faults is not None for task in group]
        assert has_faults == sorted(has_faults)
        hashes = set()
        for task in (group[0], *(task for task in group if task.faults)):
            lay_solution(task, tmp_path / task.id)
            hashes.add(hash_of_tables(tmp_path / task.id, without=("ANSWER.md",)))
        assert len(hashes) == 1
        assert not group[0].faults, "its gold is that of a whole solution"


def test_tasks_of_data_tests_alone_are_a_group() -> None:
    tasks = [task for task in list_tasks() if task.faults and task.world.id == "retail"]
    assert len(tasks) > 1
    assert [len(group) for group in alike(tasks)] == [len(tasks)]


def test_definitions_of_dagster_make_a_group_of_their_own(groups: list[list[Task]]) -> None:
    alone = [group for group in groups if any(task.spec.orchestration for task in group)]
    assert [len(group) for group in alone] == [1, 1]
