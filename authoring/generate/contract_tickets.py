"""The ticket of data tests: why they are wanted, and what is promised of each table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from authoring.generate.contract_voices import CONTRACT_VOICES, ENGINEERS
from authoring.generate.promises import Promise
from authoring.generate.ticket_facts import Choices
from authoring.generate.tickets import Ticket, ticket_start
from authoring.generate.wording import code, listed, number
from authoring.new_task.contract import Contract
from authoring.new_task.task_files import wrapped


class Promised(NamedTuple):
    """A table, and what is promised of it."""

    contract: Contract
    promises: tuple[Promise, ...]


def write_contract_ticket(task: str, as_of: date, tables: Sequence[Promised], *, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        task: Name of the task, which decides the words.
        as_of: The day on which it is written.
        tables: What is to be watched.
        turn: Another number says the same in other words.
    """
    choices = Choices(task, turn)
    names = [item.contract.table for item in tables]
    is_read = all(name.startswith("marts.") for name in names)
    voice = CONTRACT_VOICES[choices.one("voice", list(CONTRACT_VOICES))] if is_read else ENGINEERS
    next_month = (as_of.replace(day=1) + timedelta(days=32)).replace(day=1)
    words = {"tables": code(names), "month": f"{next_month:%B}"}
    title = _title(names, choices)
    parts = ticket_start(title, voice, choices, words)
    parts.append(wrapped(f"{choices.one('request', voice.requests)} {_given(tables, choices)}"))
    parts.append(f"## {choices.one('heading', ('What is promised', 'The contract', 'What holds every night'))}")
    for item in tables:
        lines = [wrapped(f"**`{item.contract.table}`**: {_grain(item.contract)}"), ""]
        lines += [wrapped(f"- {promise.said}", "  ") for promise in item.promises]
        parts.append("\n".join(lines))
    parts.append(f"## {choices.one('rules', ('What must hold for the tests', 'About the tests', 'How they are run'))}")
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in _rules(choices, len(names))))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _title(names: Sequence[str], choices: Choices) -> str:
    short = [re.sub(r"^(int|stg)_", "", name.partition(".")[2]).replace("__", " ").replace("_", " ") for name in names]
    said = listed(short)
    title = choices.one("title", (f"Data tests for {said}", f"Tests that watch {said}", f"A contract for {said}"))
    return title if len(title) <= 90 else f"Data tests for {short[0]} and {number(len(short) - 1)} more tables"


def _grain(contract: Contract) -> str:
    text = " ".join(contract.description.split())
    return text.removeprefix("Grain: ")


def _given(tables: Sequence[Promised], choices: Choices) -> str:
    files = code(list(dict.fromkeys(item.contract.defined_in for item in tables)))
    return choices.one(
        "given",
        (
            f"The columns are described in {files}. The tests that used to stand at these tables were thrown away, "
            "since half of them tested nothing.",
            f"What each column holds is described in {files}; there are no tests on these tables at the moment.",
            f"See {files} for the columns. The old tests of these tables are gone.",
        ),
    )


def _rules(choices: Choices, n_tables: int) -> Iterator[str]:
    yield choices.one(
        "rule-kind",
        (
            "They are dbt data tests, singular ones in `dbt/tests/` or generic ones in the YAML files, and `dbt test` "
            "runs them. The severity is `error`; a warning stops nothing.",
            "Write dbt data tests of severity `error`: queries in `dbt/tests/`, or generic tests in the YAML files.",
        ),
    )
    yield choices.one(
        "rule-copy",
        (
            f"They run on a copy of the warehouse that has these {number(n_tables)} tables and no others: a test that "
            "reads any other table cannot run there.",
            f"The readers' warehouse has these {number(n_tables)} tables only, and the tests run there. So they read "
            "no other table.",
        ),
    )
    yield choices.one(
        "rule-quiet",
        (
            "They pass on right data, whatever the night brings: other dates, more or fewer rows, new codes of "
            "customers or products. Do not pin today's counts or values.",
            "Right data never fails, and tomorrow's does not either: nothing in the tests may depend on how many rows "
            "there are today, or which.",
        ),
    )
    yield choices.one(
        "rule-small",
        (
            "Each promise above is watched. Where one is broken in a few rows, a test fails.",
            "A promise that is broken in five rows is broken, and a test has to say so.",
        ),
    )
    yield "They answer within a minute, all together. Models, macros and connections stay as they are."
