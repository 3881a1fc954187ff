"""The answer of a task's solution: it is right, and no longer where one fact has another value or is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from benchmark.answer import ANSWER_NAME, FactSpec
from benchmark.file_tree import solution_files, start_files
from benchmark.task import Task
from evaluators.scoring.answers import is_right, judge_answer, judge_text


def answer_problems(task: Task) -> Iterator[str]:
    """What speaks against the answer of a task's solution; nothing where the task asks for none."""
    facts = task.spec.answer
    if not facts:
        return
    path = solution_files(task).get(ANSWER_NAME)
    if path is None:
        yield f"the solution has no {ANSWER_NAME}"
        return
    found = judge_answer(facts, path.parent)
    if not found.is_right:
        yield f"the answer of the solution is not right: {found.summary}"
        return
    right = {fact.name: fact.expected[0] for fact in facts}
    for fact in facts:
        wrong = [f"{fact.name}: {value}" for value in wrong_values(fact)]
        for line in (*wrong, f"{fact.name}:", ""):
            others = [f"{name}: {value}" for name, value in right.items() if name != fact.name]
            if judge_text(facts, "\n".join([*others, line])).is_right:
                yield f"an answer with '{line}' in place of the fact '{fact.name}' passes"
                break


def start_answers(task: Task) -> bool:
    """Whether the start has the right answer already."""
    path = start_files(task).get(ANSWER_NAME)
    return path is not None and judge_answer(task.spec.answer, path.parent).is_right


def wrong_values(fact: FactSpec) -> list[str]:
    """Values of the type of a fact that are near a right one, and are not right."""
    near: list[str] = []
    for value in fact.text:
        near += [f"{value} not", f"not {value}", value[:-1]]
    for number in fact.number:
        steps = (fact.tolerance + max(abs(number) * 1e-6, 1e-6), fact.tolerance + 1)
        near += [f"{number + sign * step:.6f}" for step in steps for sign in (1, -1)]
    for day in fact.date:
        near += [(day + dt.timedelta(days=step)).isoformat() for step in (1, -1)]
    return [value for value in near if value and not is_right(fact, value)]
