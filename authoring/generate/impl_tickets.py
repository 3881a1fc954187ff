"""The ticket of models that are missing: who wants them, where they are defined, and rows that are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from authoring.generate.impl_voices import IMPL_VOICES, ONE
from authoring.generate.ticket_facts import Choices
from authoring.generate.ticket_rules import nights_rule, platform_rule, tests_rule, with_docs
from authoring.generate.tickets import Ticket, ticket_start
from authoring.generate.wording import code, day_text, table_words, value_text
from authoring.new_task.contract import Contract
from authoring.new_task.task_files import wrapped

Row = Mapping[str, object]


class Asked(NamedTuple):
    """A table that is asked for."""

    contract: Contract
    is_mart: bool
    rows: tuple[Row, ...]
    """Right rows that the ticket shows; column -> value."""
    zeros: tuple[str, ...] = ()
    """Columns that are 0 where there is nothing, and whose description does not say so."""


def write_impl_ticket(task: str, as_of: date, asked: Sequence[Asked], *, has_docs: bool, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        task: Name of the task, which decides the words.
        as_of: The day of the rows.
        asked: What is asked for, a mart among it; marts last.
        has_docs: Whether the workspace describes the sources.
        turn: Another number says the same in other words.
    """
    choices = Choices(task, turn)
    voice = IMPL_VOICES[choices.one("voice", list(IMPL_VOICES))]
    marts = [item for item in asked if item.is_mart]
    title = _title([item.contract.table for item in marts], choices)
    words = ONE if len(marts) == 1 else {word: word for word in ONE}
    words = {**words, "tables": code([item.contract.table for item in marts]), "day": day_text(as_of)}
    parts = ticket_start(title, voice, choices, words)
    request = choices.one("request", voice.requests).format(**words)
    parts.append(wrapped(f"{request} {_definitions(asked, choices)}"))
    for item in asked:
        parts += _table(item, choices, voice.proofs, words)
    parts.append(f"## {choices.one('heading', ('What must hold', 'When it is done', 'Besides'))}")
    rules = _rules(choices, any(item.rows for item in asked), has_docs)
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in rules))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _title(tables: Sequence[str], choices: Choices) -> str:
    names = table_words(tables)
    title = choices.one(
        "title", (f"{names} for the warehouse", f"Build {names}", f"{names}: wanted in the nightly run")
    )
    return title[0].upper() + title[1:]


def _definitions(asked: Sequence[Asked], choices: Choices) -> str:
    files = code(list(dict.fromkeys(item.contract.defined_in for item in asked)))
    return choices.one(
        "definitions",
        (
            f"What each column holds was written down before: see {files}.",
            f"The definitions stand in {files}, and they are what was agreed.",
            f"Grain, columns and meaning are described in {files}.",
        ),
    )


def _table(item: Asked, choices: Choices, openings: Sequence[str], words: Mapping[str, str]) -> Iterator[str]:
    contract = item.contract
    yield f"## `{contract.table}`"
    said = " ".join(contract.description.split()).rstrip(".")
    key = "" if all(f"`{column}`" in said for column in contract.key) else f" Key: {code(contract.key)}."
    yield wrapped(f"{said}.{key}")
    names = [column.name for column in contract.columns]
    if item.rows:
        yield wrapped(choices.one(f"examples{contract.table}", openings).format(**words))
        head = "".join(f" row {place} |" for place in range(1, len(item.rows) + 1))
        lines = [f"| column |{head}", f"|{'---|' * (1 + len(item.rows))}"]
        lines += [f"| `{name}` | {' | '.join(_cell(row[name]) for row in item.rows)} |" for name in names]
        yield "\n".join(lines)
    else:
        yield wrapped(f"Columns: {code(names)}.")
    if item.zeros:
        yield wrapped(f"Never empty, also where there is nothing to count or to add up (then 0): {code(item.zeros)}.")


def _cell(value: object) -> str:
    text = "*(empty)*" if value is None else value_text(value)
    return text.replace("|", "/") or "*(empty text)*"


def _rules(choices: Choices, has_rows: bool, has_docs: bool) -> Iterator[str]:
    yield choices.one(
        "rule-names",
        (
            "Schemas, tables and columns are called as above, and the grain is as described.",
            "The names are fixed, those of tables and those of columns; so is the grain.",
            "Readers rely on names and grain as they are described.",
        ),
    )
    samples = (
        "The rows shown above are samples: every row is right by the definitions.",
        "It has to be right in all rows; those above are only there to make the definitions clear.",
    )
    yield choices.one(
        "rule-rows",
        (*(samples if has_rows else ()), "All rows count, not only those that somebody has looked at."),
    )
    yield tests_rule(choices)
    yield with_docs(nights_rule(choices), has_docs)
    yield platform_rule(choices)
