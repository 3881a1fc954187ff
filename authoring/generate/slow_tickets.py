"""The ticket of a table that costs too much: what is counted, how much it is, how much it may be; never why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from authoring.generate.slow_voices import SLOW_VOICES
from authoring.generate.ticket_facts import Choices
from authoring.generate.ticket_rules import contract_rule, nights_rule, platform_rule, with_docs
from authoring.generate.tickets import Ticket, ticket_start
from authoring.generate.wording import code, day_text
from authoring.new_task.task_files import wrapped

_PAYING = ("FIN", "AUD")
_NOT_GATHERED = (
    " Rows are not to be gathered in one value, such as a list or a long text, and gone through there, where they "
    "cannot be counted."
)
"""Queues of those who see what a table costs."""


class Cost(NamedTuple):
    """What a ticket is written from."""

    table: str
    others: tuple[str, ...]
    """Further tables that are scored."""
    rows: int
    allowed: int
    """On the data of the ticket's day."""
    has_docs: bool


def write_slow_ticket(task: str, as_of: date, cost: Cost, *, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        task: Name of the task, which decides the words.
        as_of: The day on which it is written.
        cost: What is counted.
        turn: Another number says the same in other words.
    """
    choices = Choices(task, turn)
    voice = SLOW_VOICES[choices.one("voice", list(SLOW_VOICES))]
    words = {"table": cost.table, "day": day_text(as_of)}
    title = _title(cost, voice.queue, choices)
    parts = ticket_start(title, voice, choices, words)
    parts.append(wrapped(f"{choices.one('proof', voice.proofs).format(**words)} {_count(cost, choices)}"))
    parts.append(wrapped(choices.one("request", voice.requests)))
    parts.append(f"## {choices.one('heading', ('What must hold', 'When it is done', 'Afterwards'))}")
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in _rules(cost, choices)))
    return Ticket(title, "\n\n".join(parts) + "\n")


def rows_allowed(rows_of_solution: int, limit: float) -> int:
    """What a ticket allows: two digits, and never more than the limit.

    Args:
        rows_of_solution: Rows that the right version handles.
        limit: As a multiple of them.
    """
    allowed = int(rows_of_solution * limit)
    step = int("1" + "0" * (len(str(allowed)) - 2))
    return allowed // step * step


def _title(cost: Cost, queue: str, choices: Choices) -> str:
    """Whoever pays for a table speaks of its cost, whoever waits for it of the time."""
    short = cost.table.partition(".")[2].removeprefix("int_").replace("_", " ")
    is_many = short.endswith("s")
    about_cost = (
        f"{short}: right, and far too expensive",
        f"what {short} cost{'' if is_many else 's'} us every night",
        f"{short} for less",
    )
    about_time = (
        f"{short} hold{'' if is_many else 's'} up the nightly run",
        f"{short} {'are' if is_many else 'is'} late every morning",
    )
    title = choices.one("title", about_cost if queue in _PAYING else about_time)
    return title[0].upper() + title[1:]


def _count(cost: Cost, choices: Choices) -> str:
    return choices.one(
        "count",
        (
            f"To make `{cost.table}` from nothing, with all models that it is made from, DuckDB handles {cost.rows:,} "
            "rows: those that go into each operator of the queries and those that come out, as `explain analyze` shows "
            "them on one thread; for a join that holds each row against each, the pairs.",
            f"Counted are the rows that go into and come out of every operator of the queries of `{cost.table}` and of "
            "the models that it is made from (`explain analyze`, one thread, a build from nothing; where a join holds "
            f"each row against each, the pairs). There are {cost.rows:,}.",
        ),
    )


def _rules(cost: Cost, choices: Choices) -> Iterator[str]:
    yield choices.one(
        "rule-limit",
        (
            f"The same count gives {cost.allowed:,} or less, and on other data in proportion.",
            f"No more than {cost.allowed:,} rows are handled on today's data, and no more in proportion on any other.",
        ),
    )
    tables = code([cost.table, *cost.others])
    yield choices.one(
        "rule-same",
        (
            f"{tables} hold what they hold today, row for row and column for column.",
            f"Nothing else changes: {tables} are, after each night, what they are without the change.",
        ),
    )
    yield choices.one(
        "rule-models",
        (
            "What counts is the SQL of the models. A hook, a Python model or a table that no model makes is no "
            "answer, and neither is moving the work to another model: models upstream are counted too." + _NOT_GATHERED,
            "The work is saved, and not moved: hooks, Python models and tables that no model makes are ruled out, and "
            "models upstream are part of the count." + _NOT_GATHERED,
        ),
    )
    yield with_docs(contract_rule(choices), cost.has_docs)
    yield nights_rule(choices)
    yield platform_rule(choices)
