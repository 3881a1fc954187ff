"""The ticket of a script that moves into the pipeline: who needs its tables, where it lies, which name is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from authoring.generate.impl_voices import ONE
from authoring.generate.migrate_voices import MIGRATE_VOICES
from authoring.generate.ticket_facts import Choices
from authoring.generate.ticket_rules import nights_rule, platform_rule, tests_rule, with_docs
from authoring.generate.tickets import Ticket, ticket_start
from authoring.generate.wording import code, day_text, table_words
from authoring.new_task.contract import Contract
from authoring.new_task.task_files import wrapped

_ONE = {**ONE, "come": "comes", "live": "lives"}


class Moved(NamedTuple):
    """A table that the script makes."""

    contract: Contract
    is_mart: bool
    place: str
    """What it is called in the script."""
    columns: Mapping[str, str]
    """Column -> what the script calls it."""


class Moving(NamedTuple):
    """What a ticket is written from."""

    system: str
    """The old one."""
    procedure: str
    path: str
    """Of the script, in the workspace."""
    tables: tuple[Moved, ...]
    """A mart among them; marts last."""
    has_clock: bool
    """Whether the script asks for the time."""
    has_variables: bool
    """Whether numbers of the script are variables of the project."""
    has_docs: bool


def write_migrate_ticket(task: str, as_of: date, moving: Moving, *, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        task: Name of the task, which decides the words.
        as_of: The day on which it is written.
        moving: What is to be moved.
        turn: Another number says the same in other words.
    """
    choices = Choices(task, turn)
    voice = MIGRATE_VOICES[choices.one("voice", list(MIGRATE_VOICES))]
    marts = [item.contract.table for item in moving.tables if item.is_mart]
    words = _ONE if len(marts) == 1 else {word: word for word in _ONE}
    words = {**words, "tables": code(marts), "Tables": code(marts), "system": moving.system, "day": day_text(as_of)}
    title = _title(marts, moving, choices)
    parts = ticket_start(title, voice, choices, words)
    parts.append(wrapped(f"{choices.one('request', voice.requests).format(**words)} {_place(moving, choices)}"))
    for item in moving.tables:
        parts += _table(item)
    parts.append(f"## {choices.one('heading', ('What must hold', 'When it is done', 'Besides'))}")
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in _rules(moving, choices)))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _title(marts: Sequence[str], moving: Moving, choices: Choices) -> str:
    names = table_words(marts)
    title = choices.one(
        "title",
        (
            f"{names}, out of a stored procedure",
            f"Move {names} off {moving.system}",
            f"{names} without {moving.system}",
        ),
    )
    return title[0].upper() + title[1:]


def _place(moving: Moving, choices: Choices) -> str:
    """Where the script is, and what it reads."""
    where = choices.one(
        "place",
        (
            f"The text of the procedure, `{moving.procedure}`, is in `{moving.path}`.",
            f"We saved the procedure `{moving.procedure}` as `{moving.path}`; that is all there is.",
        ),
    )
    return where + choices.one(
        "inputs",
        (
            " What it reads in its first steps are copies of our staging and other tables of the same names, so in "
            "the warehouse all of it is there.",
            " Its first steps fetch tables of the warehouse, which are there under the names that it uses.",
        ),
    )


def _table(item: Moved) -> Iterator[str]:
    contract = item.contract
    said = " ".join(contract.description.split()).rstrip(".")
    key = "" if all(f"`{column}`" in said for column in contract.key) else f" Key: {code(contract.key)}."
    yield f"## `{contract.table}`"
    yield wrapped(f"{said}.{key} In the script: `{item.place}`.")
    lines = ["| column | in the script |", "|---|---|"]
    lines += [f"| `{column.name}` | `{item.columns[column.name]}` |" for column in contract.columns]
    yield "\n".join(lines)


def _rules(moving: Moving, choices: Choices) -> Iterator[str]:
    yield choices.one(
        "rule-same",
        (
            "Which rows there are and what they hold is exactly as in the procedure, ties, rounding and missing "
            "values included.",
            "Row by row the tables are what the procedure makes of the same data, also in odd cases: ties, rounding, "
            "empty where one expects zero.",
        ),
    )
    files = code(list(dict.fromkeys(item.contract.defined_in for item in moving.tables)))
    yield choices.one(
        "rule-names",
        (
            f"Names are ours, as above, not those of the procedure. The tables are described in {files}, which stay as "
            "they are.",
            f"Schemas, tables and columns have the names above. Their descriptions are in {files} already and need no "
            "change.",
        ),
    )
    yield choices.one(
        "rule-steps",
        (
            "Temporary tables of the procedure are not needed as such: cut it into models as one would today.",
            "How it is cut into steps is up to you; only the tables above are read by others.",
        ),
    )
    if moving.has_clock:
        yield "The clock of the old server is UTC. In the warehouse the clock of the run takes its place."
    if moving.has_variables:
        yield "Numbers that are variables in `dbt_project.yml` are taken from there, not written out again."
    yield tests_rule(choices)
    yield with_docs(nights_rule(choices), moving.has_docs)
    yield platform_rule(choices)
