"""The ticket of new columns: who wants them, what they hold, and rows that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from authoring.generate.evol_voices import EVOL_VOICES
from authoring.generate.ticket_facts import Choices
from authoring.generate.ticket_rules import nights_rule, platform_rule, with_docs
from authoring.generate.tickets import Ticket, ticket_start
from authoring.generate.wording import code, day_text, listed, value_text
from authoring.new_task.contract import Contract, ContractColumn
from authoring.new_task.task_files import wrapped

Row = Mapping[str, object]
_MAX_TOPICS = 3
_POINTER = re.compile(r"^(?:Of these|These|Their|Sum of their)\b|(?<!out )\bof (?:these(?! \d)|them)\b", re.IGNORECASE)
"""Words that speak of the column above."""
_ONE = {"do": "does", "are": "is"}
"""Words in a sentence about one table; about several they stand as they are."""


class Extended(NamedTuple):
    """A table that gets columns, or has to stay as it is."""

    contract: Contract
    new: tuple[str, ...]
    """Its new columns; empty = it stays."""
    is_mart: bool
    rows: tuple[Row, ...]
    """Right rows that the ticket shows: key and new columns."""
    filled: frozenset[str] = frozenset()
    """New columns that are never empty."""


def write_evol_ticket(task: str, as_of: date, tables: Sequence[Extended], *, has_docs: bool, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        task: Name of the task, which decides the words.
        as_of: The day of the rows.
        tables: All scored tables, a mart with new columns among them.
        has_docs: Whether the workspace describes the sources.
        turn: Another number says the same in other words.
    """
    choices = Choices(task, turn)
    voice = EVOL_VOICES[choices.one("voice", list(EVOL_VOICES))]
    marts = [item for item in tables if item.is_mart and item.new]
    names = [item.contract.table for item in marts]
    topic = _topic(marts)
    shown = code(names[:_MAX_TOPICS])
    words = {**{word: word for word in _ONE}, **(_ONE if len(names) == 1 else {})}
    words |= {"tables": shown, "Tables": shown, "topic": topic, "day": day_text(as_of)}
    words["it"] = "them" if " and " in topic else "it"
    title = _title(topic, marts, choices)
    parts = ticket_start(title, voice, choices, words)
    parts.append(wrapped(choices.one("request", voice.requests)))
    for item in marts:
        parts += _section(item, choices.one(f"proof{item.contract.table}", voice.proofs).format(**words))
    if between := [item for item in tables if not item.is_mart and item.new]:
        parts.append(wrapped(_between(choices, len(between))))
        for item in between:
            parts += _section(item, "")
    parts.append(f"## {choices.one('heading', ('What must hold', 'When it is done', 'Besides'))}")
    rules = list(_rules(choices, tables, has_docs))
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in rules))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _topic(marts: Sequence[Extended]) -> str:
    """What is asked for; counts and flags only where there is nothing else."""
    columns = list(dict.fromkeys(column for item in marts for column in item.new))
    plain = [column for column in columns if not column.startswith(("n_", "is_", "has_"))]
    names = [f"`{column}`" for column in plain or columns]
    return listed(names if len(names) <= _MAX_TOPICS else [*names[: _MAX_TOPICS - 1], "others"])


def _title(topic: str, marts: Sequence[Extended], choices: Choices) -> str:
    topic = topic.replace("`", "")
    short = [item.contract.table.partition(".")[2].replace("_", " ") for item in marts]
    names = listed(short if len(short) < 3 else [short[0], f"{len(short) - 1} more tables"])
    title = choices.one("title", (f"{topic} in {names}", f"Show {topic} in {names}", f"{names}: add {topic}"))
    return title[0].upper() + title[1:]


def _section(item: Extended, proof: str) -> Iterator[str]:
    contract = item.contract
    yield f"## `{contract.table}`"
    lines = ["| new column | what it holds |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in _definitions(item)]
    yield "\n".join(lines)
    if item.rows:
        yield wrapped(proof)
        columns = list(item.rows[0])
        table = [f"| {' | '.join(f'`{name}`' for name in columns)} |", f"|{'---|' * len(columns)}"]
        table += [f"| {' | '.join(_cell(row[name]) for name in columns)} |" for row in item.rows]
        yield "\n".join(table)
    if same := [column.name for column in contract.columns if column.name not in item.new]:
        yield wrapped(f"As they are: {code(same)}.")


def _definitions(item: Extended) -> Iterator[tuple[str, str]]:
    """Each new column and what it holds, in the words of the YAML file."""
    described = {column.name: column for column in item.contract.columns}
    for name in item.new:
        text = _sentence(described[name])
        if name in item.filled and "NULL" not in text:
            text += " Never empty."
        yield name, text


def points_elsewhere(item: Extended) -> list[str]:
    """New columns whose definition speaks of the one above it ("of these, solved") that the ticket does not show."""
    columns = item.contract.columns
    found = []
    for place, column in enumerate(columns):
        above = (other.name for other in reversed(columns[:place]) if not _POINTER.search(other.description))
        if column.name in item.new and _POINTER.search(column.description) and next(above, "") not in item.new:
            found.append(column.name)
    return found


def _sentence(column: ContractColumn) -> str:
    return f"{' '.join(column.description.split()).replace('|', '/').rstrip('.')}."


def _cell(value: object) -> str:
    text = "*(empty)*" if value is None else value_text(value)
    return text.replace("|", "/") or "*(empty text)*"


def _between(choices: Choices, n: int) -> str:
    what = "table that lies" if n == 1 else "tables that lie"
    they = "it" if n == 1 else "they"
    return choices.one(
        "between",
        (
            f"Others read the {what} before, too, so {they} should show the following:",
            f"Colleagues build upon the {what} on the way there, so {they} should have the following as well:",
            f"For the {what} in between we agreed on this:",
        ),
    )


def _rules(choices: Choices, tables: Sequence[Extended], has_docs: bool) -> Iterator[str]:
    yield choices.one(
        "rule-same",
        (
            "No table gets other rows than today, and no other column another value.",
            "Grain and rows of all tables stay, and so does what the columns hold that are there.",
            "Whoever reads these tables today finds everything as before.",
        ),
    )
    if steady := [item for item in tables if not item.new]:
        said = [
            f"`{item.contract.table}` ({code([column.name for column in item.contract.columns])})" for item in steady
        ]
        yield f"The same is true of {listed(said)}, which {'gets' if len(steady) == 1 else 'get'} no new column."
    yield choices.one(
        "rule-all",
        (
            "The columns are right in all rows, those of past days too.",
            "All rows count, not only those that somebody has looked at, and not only new ones.",
            "They are filled for every row that is there, back to the first day.",
        ),
    )
    yield choices.one(
        "rule-yaml",
        (
            "Each new column is described in the YAML file beside its model, as the others are.",
            "Please describe the columns in the YAML files, in the words used here.",
            "The YAML files beside the models describe every column; that stays so.",
        ),
    )
    yield with_docs(nights_rule(choices), has_docs)
    yield platform_rule(choices)
