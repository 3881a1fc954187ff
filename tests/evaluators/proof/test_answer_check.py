"""The proof of an answer: right as the solution has it, and wrong as soon as one fact is another or is left out."""

import shutil
from pathlib import Path

import pytest

from benchmark.answer import FactSpec
from benchmark.registry import get_task, get_world
from benchmark.task import Task
from benchmark.task_folder import read_task
from evaluators.proof.answer_check import answer_problems, start_answers, wrong_values
from evaluators.scoring.answers import is_right

NAME = "flights_otp_scorecard"
RIGHT = "day: 2013-03-10\nflights: 12\ncause: Time Zone\n"


def make_task(tmp_path: Path, answer: str | None, layer: str = "solution") -> Task:
    folder = tmp_path / NAME
    shutil.copytree(get_task(NAME).folder, folder)
    (folder / layer).mkdir(exist_ok=True)
    if answer is not None:
        (folder / layer / "ANSWER.md").write_text(answer, encoding="utf-8")
    with (folder / "task.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "\nanswer:\n  - {name: day, date: [2013-03-10]}\n  - {name: flights, number: [12], tolerance: 1}\n"
            "  - {name: cause, text: [time zone]}\n"
        )
    return read_task(folder, get_world("flights"))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (RIGHT, ""),
        (None, "the solution has no ANSWER.md"),
        (RIGHT.replace("12", "14"), "1 wrong|wrong: flights"),
        (RIGHT.replace("day: 2013-03-10\n", ""), "missing: day"),
    ],
)
def test_the_answer_of_a_solution_must_hold(tmp_path: Path, answer: str | None, problem: str) -> None:
    found = list(answer_problems(make_task(tmp_path, answer)))
    assert len(found) == bool(problem)
    assert not problem or problem.split("|")[-1] in found[0]


def test_a_task_without_answer_has_no_problem() -> None:
    assert not list(answer_problems(get_task(NAME)))


def test_a_start_with_the_right_answer_is_found(tmp_path: Path) -> None:
    assert start_answers(make_task(tmp_path, RIGHT, "start"))


def test_a_start_without_answer_is_fine(tmp_path: Path) -> None:
    assert not start_answers(make_task(tmp_path, RIGHT))


@pytest.mark.parametrize(
    "fact",
    [
        FactSpec(name="f", text=("yes",)),
        FactSpec(name="f", number=(0,)),
        FactSpec(name="f", number=(12345678.25, 1e-9), tolerance=0.5),
        FactSpec(name="f", number=(-3,), tolerance=2),
        FactSpec(name="f", date=("2024-02-29", "2024-03-01")),
    ],
)
def test_there_are_wrong_values_near_every_right_one(fact: FactSpec) -> None:
    wrong = wrong_values(fact)
    assert len(wrong) >= 2
    assert not any(is_right(fact, value) for value in wrong)
    assert all(is_right(fact, value) for value in fact.expected)
