"""The answer of a submission: `ANSWER.md`, read as hostile data, its facts checked by fixed rules."""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from benchmark.answer import ANSWER_NAME, FactSpec
from benchmark.border import plain_text, reading
from benchmark.errors import SubmissionError
from benchmark.scorecard import AnswerResult, FactResult

MAX_BYTES = 64 * 1024
"""Of an answer; a larger one is not read at all."""
MAX_VALUE = 200
"""Characters of a value that are kept to be shown."""
_AROUND = " \t`*\"'"
"""What Markdown, or a careful writer, puts around a name or a value."""
_MARKS = re.compile(r"^(?:[-+*>#|\s]+|\d{1,3}[.)]\s)*")
"""Marks of lists, headings and quotations at the beginning of a line."""
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,30})(?:\.\d{1,30})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def judge_answer(facts: Sequence[FactSpec], project: Path) -> AnswerResult:
    """Check the facts of a submission's answer.

    A fact is right where the answer gives it, and every value that it gives for it is right: who names two causes has
    not named one. Names are compared without case; what stands beside the facts means nothing.

    Args:
        facts: What the ticket asks for.
        project: The submitted pipeline; hostile.
    """
    try:
        return judge_text(facts, _read_answer(project))
    except SubmissionError as error:
        return judge_text(facts, "").model_copy(update={"problem": str(error)})


def judge_text(facts: Sequence[FactSpec], text: str) -> AnswerResult:
    """Check the facts of an answer that was read."""
    values = _values(text, facts)
    results = tuple(_judge(fact, values[fact.name.lower()]) for fact in facts)
    return AnswerResult(is_right=all(fact.status == "right" for fact in results), facts=results)


def _judge(fact: FactSpec, values: Sequence[str]) -> FactResult:
    wrong = next((value for value in values if not is_right(fact, value)), None)
    read = wrong if wrong is not None else values[0] if values else None
    return FactResult(
        fact=fact.name,
        status="missing" if not values else "right" if wrong is None else "wrong",
        read=None if read is None else plain_text(read, MAX_VALUE),
        expected=fact.expected,
        tolerance=fact.tolerance,
    )


def is_right(fact: FactSpec, value: str) -> bool:
    """Whether a value, as it stands in an answer, is one of the right ones."""
    if fact.text:
        return _plain(value) in map(_plain, fact.text)
    if fact.date:
        try:
            return bool(_DATE.fullmatch(value)) and dt.date.fromisoformat(value) in fact.date
        except ValueError:
            return False
    value = value.replace("\N{MINUS SIGN}", "-")
    if not _NUMBER.fullmatch(value):
        return False
    number, tolerance = Decimal(value.replace(",", "")), Decimal(str(fact.tolerance))
    return any(abs(number - Decimal(str(right))) <= tolerance for right in fact.number)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _values(text: str, facts: Sequence[FactSpec]) -> dict[str, list[str]]:
    """Name of a fact, in lower case -> the values that an answer gives for it; empty ones are none."""
    found: dict[str, list[str]] = {fact.name.lower(): [] for fact in facts}
    for line in text.splitlines():
        name, _, value = _MARKS.sub("", line).partition(":")
        values = found.get(name.strip(_AROUND).lower())
        if values is not None and (value := value.strip().strip(_AROUND)):
            values.append(value)
    return found


def _read_answer(project: Path) -> str:
    """The text of the answer.

    Raises:
        SubmissionError: There is none, or none that can be read.
        OurFaultError: The machine is at fault.
    """
    try:
        descriptor = os.open(project / ANSWER_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SubmissionError(f"There is no {ANSWER_NAME} at the top of the workspace.") from error
    except OSError as error:
        raise SubmissionError(f"{ANSWER_NAME} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SubmissionError(f"{ANSWER_NAME} is no file.")
    with os.fdopen(descriptor, "rb") as file, reading(ANSWER_NAME):
        data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SubmissionError(f"{ANSWER_NAME} is larger than {MAX_BYTES:,} bytes.")
        if b"\0" in data:
            raise SubmissionError(f"{ANSWER_NAME} is no text: it holds NUL bytes.")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SubmissionError(f"{ANSWER_NAME} is not UTF-8 (byte {error.start}).") from error
