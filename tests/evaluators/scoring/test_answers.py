"""`ANSWER.md` is read as hostile data, and its facts are judged by fixed rules."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmark.answer import FactSpec
from benchmark.task import TaskFile
from evaluators.scoring.answers import MAX_BYTES, MAX_VALUE, judge_answer, judge_text

CAUSE = FactSpec(name="cause", text=("time zone", "timezone"))
AMOUNT = FactSpec(name="amount", number=(1234.5,), tolerance=0.5)
DAY = FactSpec(name="first_day", date=("2024-03-31",))
FACTS = (CAUSE, AMOUNT, DAY)
RIGHT = "cause: time zone\namount: 1234.5\nfirst_day: 2024-03-31\n"


def statuses(text: str) -> list[str]:
    return [fact.status for fact in judge_text(FACTS, text).facts]


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        "  Cause :  TIME   Zone \nAMOUNT: 1,234.9\nfirst_day:2024-03-31",
        "# Found\n\n- **cause**: `timezone`\n* **amount:** 1234\n1. `first_day`: 2024-03-31\n\nThe rest is prose.",
        "```\n" + RIGHT + "```\n",
        RIGHT + "cause: Timezone\n",
        RIGHT.replace("\n", "\r\n"),
        "| cause: time zone\n> amount: +1234.50\nfirst_day: 2024-03-31",
    ],
)
def test_a_right_answer_is_right_however_it_is_laid_out(text: str) -> None:
    assert judge_text(FACTS, text).is_right


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("cause: time zones", "wrong"),
        ("cause: time zone or rounding", "wrong"),
        ("cause: time zone\ncause: rounding", "wrong"),
        ("cause:", "missing"),
        ("cause: ``", "missing"),
        ("the cause: time zone", "missing"),
        ("cause = time zone", "missing"),
        ("", "missing"),
    ],
)
def test_a_fact_that_is_not_said_clearly_is_not_right(line: str, status: str) -> None:
    found = judge_text((CAUSE,), line)
    assert (found.facts[0].status, found.is_right) == (status, False)


@pytest.mark.parametrize(
    "value", ["1233.9", "1235.1", "1,2345", "1234,5", "NaN", "inf", "1e3", "1234 EUR", "12 34", "١٢٣٤", "-1234.5"]
)
def test_a_number_is_right_within_its_tolerance_and_in_plain_digits(value: str) -> None:
    assert judge_text((AMOUNT,), f"amount: {value}").facts[0].status == "wrong"


def test_a_number_without_tolerance_is_exact() -> None:
    facts = (FactSpec(name="n", number=(0.1, -3)),)
    assert [judge_text(facts, f"n: {value}").is_right for value in ("0.1", "0.10", "-3", "\u22123", "0.1000001")] == [
        True, True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["2024-3-31", "31.03.2024", "2024-02-30", "2024-04-01", "2024-03-31 00:00"])
def test_a_date_is_written_year_first(value: str) -> None:
    assert judge_text((DAY,), f"first_day: {value}").facts[0].status == "wrong"


def test_what_was_read_is_cut_and_shown_without_control_characters() -> None:
    read = judge_text((CAUSE,), "cause: \x1b[31mred" + "x" * 10_000).facts[0].read
    assert read is not None
    assert len(read) <= MAX_VALUE
    assert "\x1b" not in read


def test_the_summary_names_what_is_not_right() -> None:
    found = judge_text(FACTS, "cause: time zone\namount: 7")
    assert found.summary == "1 of 3 facts right; wrong: amount; missing: first_day"
    assert [fact.expected for fact in found.facts] == [("time zone", "timezone"), ("1234.5",), ("2024-03-31",)]


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    (path.parent / "other.md").write_text(RIGHT, encoding="utf-8")
    path.symlink_to("other.md")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "There is no ANSWER.md"),
        (_folder, "is no file"),
        (_link, "cannot be read"),
        (os.mkfifo, "is no file"),
        (lambda path: path.write_bytes(RIGHT.encode() + b"\0"), "NUL"),
        (lambda path: path.write_bytes(RIGHT.encode("utf-16")), "NUL"),
        (lambda path: path.write_bytes(b"cause: \xff\xfe\n"), "not UTF-8"),
        (lambda path: path.write_bytes(RIGHT.encode() + b"x" * MAX_BYTES), "larger than 65,536 bytes"),
    ],
)
def test_what_is_no_small_text_file_says_nothing(tmp_path: Path, make, problem: str) -> None:
    make(tmp_path / "ANSWER.md")
    found = judge_answer(FACTS, tmp_path)
    assert problem in found.problem
    assert not found.is_right
    assert {fact.status for fact in found.facts} == {"missing"}


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "ANSWER.md").write_text("\ufeff" + RIGHT, encoding="utf-8")
    assert judge_answer(FACTS, tmp_path).is_right


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ({"name": "a"}, "one of 'text', 'number' and 'date'"),
        ({"name": "a", "text": ["x"], "number": [1]}, "one of 'text', 'number' and 'date'"),
        ({"name": "a", "text": ["x"], "tolerance": 1}, "only numbers have"),
        ({"name": "a", "number": [True]}, "valid number"),
        ({"name": "a", "number": [float("nan")]}, "finite"),
        ({"name": "a", "text": [" "]}, "pattern"),
        ({"name": "a", "text": "x"}, "tuple"),
        ({"name": "a b", "text": ["x"]}, "pattern"),
        ({"name": "a", "text": ["x"], "values": []}, "Extra inputs"),
    ],
)
def test_a_fact_that_cannot_be_checked_is_refused(fact: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FactSpec.model_validate(fact)


def test_two_facts_of_one_name_are_refused() -> None:
    facts = [{"name": "cause", "text": ["a"]}, {"name": "Cause", "text": ["b"]}]
    content = {"id": "t", "kind": "repair", "title": "t", "difficulty": "easy", "scored": {"marts": ["marts.t"]}}
    with pytest.raises(ValidationError, match="fact 'cause' is there twice"):
        TaskFile.model_validate(content | {"answer": facts})
