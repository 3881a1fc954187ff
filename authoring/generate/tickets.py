"""The ticket of a repair: what people see in the tables, never where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from authoring.generate.differences import WrongColumn
from authoring.generate.symptom_text import describe_symptom, things_of
from authoring.generate.ticket_facts import Choices, TicketFacts
from authoring.generate.ticket_rules import nights_rule, platform_rule, with_docs
from authoring.generate.voices import VOICES, Voice
from authoring.generate.wording import code, column_words, day_text, listed, rows_text
from authoring.new_task.task_files import wrapped
from benchmark.task import CANARY

_FIRST_NUMBER, _N_NUMBERS = 1000, 9000
"""Numbers of tickets: four digits, since people's have three at most, and so many that two tickets rarely share one."""


class Ticket(NamedTuple):
    """Title and whole text, in Markdown."""

    title: str
    text: str
    rewritten_by: str = ""
    """The model that put it into other words; empty = it has the words of the templates."""


def ticket_start(title: str, voice: Voice, choices: Choices, words: Mapping[str, str]) -> list[str]:
    """The heading of a ticket and its first paragraph, who writes and why; `words` are filled in."""
    reference = f"{voice.queue}-{_FIRST_NUMBER + choices.number('reference', _N_NUMBERS)}"
    opening = f"{choices.one('opening', voice.openings)} {choices.one('aside', voice.asides)}".strip()
    return [f"<!-- {CANARY} -->\n# {reference}: {_as_going_on(title)}", wrapped(opening.format(**words))]


def write_ticket(facts: TicketFacts, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        facts: What is wrong.
        turn: Another number says the same in other words.
    """
    choices = Choices(facts.task, turn)
    voice = VOICES[choices.one("voice", list(VOICES))]
    title = _title(facts, choices)
    parts = ticket_start(title, voice, choices, {"table": facts.symptoms[0].table, "day": day_text(facts.as_of)})
    for place, symptom in enumerate(facts.symptoms):
        if len(facts.symptoms) > 1:
            what = column_words(symptom.columns[0].name) if symptom.columns else "rows"
            parts.append(f"**{place + 1}. {what[0].upper()}{what[1:]} in `{symptom.table}`.**")
        parts += describe_symptom(symptom, facts, choices, voice, place)
    if also := describe_others(facts, choices):
        parts.append(wrapped(also))
    parts.append(wrapped(choices.one("request", voice.requests)))
    parts.append(f"## {choices.one('heading', ('What must hold afterwards', 'Afterwards', 'When it is done'))}")
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in _rules(facts, choices)))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _title(facts: TicketFacts, choices: Choices) -> str:
    symptom = facts.symptoms[0]
    short = symptom.table.partition(".")[2].replace("_", " ")
    if not symptom.columns:
        many = "rows that do not belong there" if symptom.counts.n_extra else "rows missing"
        return f"{short[0].upper()}{short[1:]}: {many}"
    column = symptom.columns[0]
    words = column_words(column.name)
    way, verb = _way(column), "are" if words.endswith("s") else "is"
    things = things_of(symptom, facts)
    options = [
        f"{words} in {rows_text(column.n_rows)} of {short} cannot be right",
        f"{short}: {words} {verb} {way}",
        f"Wrong {words} in {short}",
        f"{words} of some {things if things == short else f'{things} in {short}'} {verb} {way}",
    ]
    title = choices.one("title", options)
    if len(facts.symptoms) > 1:
        title += ", and " + facts.symptoms[1].table.partition(".")[2].replace("_", " ") + " is off, too"
    return title[0].upper() + title[1:]


def _as_going_on(title: str) -> str:
    """A title after a colon: with a small letter, unless it begins with an abbreviation."""
    return title if re.match("[A-Z]{2}", title) else title[0].lower() + title[1:]


def _way(column: WrongColumn) -> str:
    if column.n_higher == column.n_rows:
        return "too high"
    if column.n_lower == column.n_rows:
        return "too low"
    if column.n_empty == column.n_rows:
        return "empty where it should not be"
    if column.n_filled == column.n_rows:
        return "filled where it should be empty"
    return "off"


def describe_others(facts: TicketFacts, choices: Choices) -> str:
    """What is wrong beside the symptoms; empty = nothing is."""
    if not facts.others:
        return ""
    items = []
    for other in facts.others:
        counts = other.counts
        said = []
        if other.columns:
            said.append(f"{code([column.name for column in other.columns])} in {rows_text(counts.n_changed)}")
        if counts.n_missing:
            said.append(f"{rows_text(counts.n_missing)} missing")
        if counts.n_extra:
            said.append(f"{rows_text(counts.n_extra)} too many")
        items.append(f"`{other.table}` ({listed(said)})" if said else f"`{other.table}`")
    return choices.one(
        "others",
        (
            f"It does not stop there. {listed(items)} {'is' if len(items) == 1 else 'are'} wrong as well, and we "
            "suspect "
            "that it is the same thing.",
            f"We then looked at what else people read, and found differences in {listed(items)}, too.",
            f"Possibly related: {listed(items)}.",
        ),
    )


def _rules(facts: TicketFacts, choices: Choices) -> Iterator[str]:
    names = [item.table for item in (*facts.symptoms, *facts.others)]
    tables, is_one = code(names), len(names) == 1
    yield choices.one(
        "rule-right",
        (
            f"{tables} {'holds what its description says' if is_one else 'hold what their descriptions say'}, in all "
            "rows and not only in those named here.",
            f"Every row of {tables} is right by the descriptions beside the models, whether it is named above or not.",
            f"What {tables} {'says' if is_one else 'say'} agrees with the source systems again, row by row.",
        ),
    )
    yield choices.one(
        "rule-root",
        (
            "Tables on the way there, and others that are made from the same rows, are right as well.",
            "The same holds for every other table of the pipeline that these rows pass through.",
            "What lies between the sources and these tables is right, too; nothing is compensated further down.",
        ),
    )
    contract = choices.one(
        "rule-contract",
        (
            "Grain, columns and definitions of all tables, which stand in the YAML files beside the models, do "
            "not change.",
            "No table gets another grain, other columns or another meaning: the YAML files beside the models "
            "stay valid.",
            "The YAML files beside the models are the agreed definitions. They stay as they are, grain and "
            "columns too.",
        ),
    )
    yield with_docs(contract, facts.has_docs)
    yield nights_rule(choices)
    yield platform_rule(choices)
