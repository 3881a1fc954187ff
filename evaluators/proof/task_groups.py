"""Which tasks are proven together: those whose solutions build the same tables."""

from __future__ import annotations

from collections.abc import Iterable

from benchmark.answer import ANSWER_NAME
from benchmark.files import hash_folder, scratch_folder
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators.pipeline.table_hash import hash_of_tables


def alike(tasks: Iterable[Task]) -> list[list[Task]]:
    """Groups of tasks of one world that have one gold.

    Their solutions are the same files; those of `data_tests` tasks, whose data tests are tried by themselves, may have
    other data tests, and come last in their group.
    """
    groups: dict[tuple[str, str], list[Task]] = {}
    by_tables: dict[tuple[str, str], list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.faults is not None):
        with scratch_folder("solution") as scratch:
            lay_solution(task, scratch / "solution")
            pipeline = task.world.id, hash_folder(scratch / "solution", without=(ANSWER_NAME,))
            if pipeline not in groups:
                tables = task.world.id, hash_of_tables(scratch / "solution", without=(ANSWER_NAME,))
                others = by_tables.get(tables) if task.faults else None
                groups[pipeline] = [] if others is None else others
                by_tables.setdefault(tables, groups[pipeline])
        groups[pipeline].append(task)
    return list({id(group): group for group in groups.values()}.values())
