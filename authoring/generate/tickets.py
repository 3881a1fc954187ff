"""The ticket of a repair: what people see in the tables, never where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from authoring.generate.differences import Example, TableDifference, WrongColumn
from authoring.generate.voices import VOICES, Voice
from authoring.generate.wording import code, column_words, day_text, entity, key_text, listed, number, value_text
from authoring.new_task.task_files import wrapped
from benchmark.task import CANARY

_N_COLUMNS = 2
"""Wrong columns that an example shows."""
_SHORT_SPAN = 0.6
"""Share of a table's days; wrong rows on fewer of them are said to be of these days."""


class TicketFacts(NamedTuple):
    """What a ticket is written from."""

    task: str
    as_of: date
    symptoms: tuple[TableDifference, ...]
    others: tuple[TableDifference, ...]
    """Further tables that are scored and wrong."""
    descriptions: Mapping[str, str]
    """Table, or `table.column` -> what its YAML says."""
    has_docs: bool


class Ticket(NamedTuple):
    """Title and whole text, in Markdown."""

    title: str
    text: str


class _Choices:
    """Choices that only a task's name and a turn decide."""

    def __init__(self, task: str, turn: int) -> None:
        self._start = f"{task}|{turn}"

    def number(self, slot: str, n: int) -> int:
        """From 0, below n."""
        return int(hashlib.sha256(f"{self._start}|{slot}".encode()).hexdigest(), 16) % n

    def one(self, slot: str, options: Sequence[str]) -> str:
        """One of some ways to say a thing."""
        return options[self.number(slot, len(options))]


def write_ticket(facts: TicketFacts, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        facts: What is wrong.
        turn: Another number says the same in other words.
    """
    choices = _Choices(facts.task, turn)
    voice = VOICES[choices.one("voice", list(VOICES))]
    title = _title(facts, choices)
    reference = f"{voice.queue}-{100 + choices.number('reference', 880)}"
    parts = [f"<!-- {CANARY} -->\n# {reference}: {_as_going_on(title)}"]
    opening = f"{choices.one('opening', voice.openings)} {choices.one('aside', voice.asides)}".strip()
    parts.append(wrapped(_filled(opening, facts)))
    for place, symptom in enumerate(facts.symptoms):
        if len(facts.symptoms) > 1:
            what = column_words(symptom.columns[0].name) if symptom.columns else "rows"
            parts.append(f"**{place + 1}. {what[0].upper()}{what[1:]} in `{symptom.table}`.**")
        parts += _symptom(symptom, facts, choices, voice, place)
    if also := _others(facts, choices):
        parts.append(wrapped(also))
    parts.append(wrapped(choices.one("request", voice.requests)))
    parts.append(f"## {choices.one('heading', ('What must hold afterwards', 'Afterwards', 'When it is done'))}")
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in _rules(facts, choices)))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _filled(text: str, facts: TicketFacts) -> str:
    return text.format(table=facts.symptoms[0].table, day=day_text(facts.as_of))


def _title(facts: TicketFacts, choices: _Choices) -> str:
    symptom = facts.symptoms[0]
    short = symptom.table.partition(".")[2].replace("_", " ")
    if not symptom.columns:
        many = "rows that do not belong there" if symptom.counts.n_extra else "rows missing"
        return f"{short[0].upper()}{short[1:]}: {many}"
    column = symptom.columns[0]
    words = column_words(column.name)
    way, verb = _way(column), "are" if words.endswith("s") else "is"
    things = entity(facts.descriptions.get(symptom.table, ""))
    options = [
        f"{words} in {short} cannot be right",
        f"{short}: {words} {verb} {way}",
        f"Wrong {words} in {short}",
        f"{words} of some {things} {verb} {way}",
    ]
    title = choices.one("title", options)
    if len(facts.symptoms) > 1:
        title += ", and " + facts.symptoms[1].table.partition(".")[2].replace("_", " ") + " is off, too"
    return title[0].upper() + title[1:]


def _as_going_on(title: str) -> str:
    """A title after a colon: with a small letter, unless it begins with an abbreviation."""
    return title if title[:2].isupper() else title[0].lower() + title[1:]


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


def _symptom(
    symptom: TableDifference, facts: TicketFacts, choices: _Choices, voice: Voice, place: int
) -> Iterator[str]:
    slot = f"{place}-"
    yield wrapped(" ".join(_how_many(symptom, facts, choices, slot)))
    first = choices.number("proof", len(voice.proofs))
    yield wrapped(voice.proofs[(first + place) % len(voice.proofs)])
    examples = symptom.examples
    whole = [
        example
        for example in examples
        if example.shown
        and example.right
        and set(example.shown) == set(example.right)
        and not set(example.shown) & set(example.key)
    ]
    form = choices.number(f"{slot}form", 3)
    if form == 0 and whole and len(whole) == len(examples):
        yield _example_table(whole)
    else:
        yield "\n".join(
            wrapped(f"- {text}", "  ")
            for n, example in enumerate(examples)
            for text in [_example(example, choices, f"{slot}{form}", n)]
        )
    if meaning := _meaning(symptom, facts, choices, slot):
        yield wrapped(meaning)
    if pattern := " ".join(_pattern(symptom, facts, choices, slot)):
        yield wrapped(pattern)


def _how_many(symptom: TableDifference, facts: TicketFacts, choices: _Choices, slot: str) -> Iterator[str]:
    counts = symptom.counts
    things = entity(facts.descriptions.get(symptom.table, ""))
    if symptom.columns:
        first, *rest = symptom.columns
        options = (
            f"`{first.name}` is wrong for {number(first.n_rows)} of {counts.n_rows:,} {things}{_direction(first)}.",
            f"Of {counts.n_rows:,} {things}, {number(first.n_rows)} have a wrong `{first.name}`{_direction(first)}.",
            f"It is about `{first.name}`: {number(first.n_rows)} of {counts.n_rows:,} {things} are affected"
            f"{_direction(first)}.",
        )
        yield choices.one(f"{slot}many", options)
        if rest:
            named = [f"`{column.name}` ({_rows(column.n_rows)})" for column in rest]
            yield choices.one(
                f"{slot}rest",
                (
                    f"Also affected: {listed(named)}.",
                    f"The same goes for {listed(named)}.",
                    f"{listed(named)} {'is' if len(rest) == 1 else 'are'} wrong as well.",
                ),
            )
        elif choices.number(f"{slot}only", 3):
            yield choices.one(
                f"{slot}right",
                (
                    "The other columns are as they should be.",
                    "Nothing else in the table is in dispute.",
                    "Everything else in these rows is right.",
                ),
            )
    if counts.n_missing:
        yield f"{number(counts.n_missing).capitalize()} {_some(things, counts.n_missing)} missing altogether."
    if counts.n_extra:
        yield f"{number(counts.n_extra).capitalize()} {_some(things, counts.n_extra)} there that should not be."


def _some(things: str, n: int) -> str:
    return f"{things if n != 1 else _singular(things)} {'are' if n != 1 else 'is'}"


def _singular(things: str) -> str:
    return things[:-3] + "y" if things.endswith("ies") else things.removesuffix("s")


def _direction(column: WrongColumn) -> str:
    if column.n_rows > 1 and column.n_higher == column.n_rows:
        return ", always too high"
    if column.n_rows > 1 and column.n_lower == column.n_rows:
        return ", always too low"
    if column.n_empty == column.n_rows:
        return ": there is nothing where there should be something"
    if column.n_filled == column.n_rows:
        return ": there is something where there should be nothing"
    if column.n_higher and column.n_lower:
        return f", too high in {number(column.n_higher)} cases and too low in {number(column.n_lower)}"
    return ""


def _example(example: Example, choices: _Choices, slot: str, n: int) -> str:
    where = key_text(example.key)
    where = where[0].upper() + where[1:]
    if not example.shown:
        return choices.one(f"{slot}missing{n}", (f"{where}: there is no row.", f"{where} is missing."))
    if not example.right:
        return choices.one(
            f"{slot}extra{n}", (f"{where}: should not be there.", f"{where} is there and should not be.")
        )
    pairs = list(example.shown)[:_N_COLUMNS]
    shown, right = ({c: value_text(side[c]) for c in pairs} for side in (example.shown, example.right))
    forms = (
        f"{where}: " + ", and ".join(f"`{c}` is {shown[c]} and should be {right[c]}" for c in pairs) + ".",
        f"{where}: we show " + listed([f"{shown[c]} as `{c}`" for c in pairs])
        + "; it should be " + listed([right[c] for c in pairs]) + ".",
        f"{where} has " + listed([f"`{c}` {shown[c]} instead of {right[c]}" for c in pairs]) + ".",
    )  # fmt: skip
    return choices.one(f"{slot}example", forms)


def _example_table(examples: Sequence[Example]) -> str:
    key = list(examples[0].key)
    lines = [
        f"| {' | '.join(f'`{c}`' for c in key)} | column | table says | should be |",
        f"|{'---|' * (len(key) + 3)}",
    ]
    lines += [
        f"| {' | '.join(value_text(example.key[c]) for c in key)} | `{column}` | {value_text(example.shown[column])} "
        f"| {value_text(example.right[column])} |"
        for example in examples
        for column in list(example.shown)[:_N_COLUMNS]
    ]
    return "\n".join(lines)


def _meaning(symptom: TableDifference, facts: TicketFacts, choices: _Choices, slot: str) -> str:
    """What a wrong column should hold, as its description says."""
    column = symptom.columns[0].name if symptom.columns else ""
    said = " ".join(facts.descriptions.get(f"{symptom.table}.{column}", "").split()).rstrip(".")
    if not said or choices.number(f"{slot}meaning", 3) == 0:
        return ""
    return choices.one(
        f"{slot}said",
        (
            f"What `{column}` should hold, by its own description: {said}.",
            f"As we understand it, this is what `{column}` stands for: {said}.",
            f"For reference, `{column}` is described as: {said}.",
        ),
    )


def _pattern(symptom: TableDifference, facts: TicketFacts, choices: _Choices, slot: str) -> Iterator[str]:
    """What the wrong rows have in common, and since when."""
    for shared in symptom.shared[:2]:
        value = value_text(shared.value)
        yield choices.one(
            f"{slot}shared{shared.column}",
            (
                f"All of them have `{shared.column}` {value}; no other is affected.",
                f"It only happens where `{shared.column}` is {value}.",
            ),
        )
    first, last = symptom.first_day, symptom.last_day
    begin, end = symptom.first_day_of_all, symptom.last_day_of_all
    if not all(isinstance(day, date) for day in (first, last, begin, end)):
        return
    assert isinstance(first, date)
    assert isinstance(last, date)
    assert isinstance(begin, date)
    assert isinstance(end, date)
    span, whole = (last - first).days + 1, max(1, (end - begin).days + 1)
    name = symptom.day_column
    if first == last:
        yield f"All of it is of one day, {day_text(first)} (`{name}`)."
    elif span <= _SHORT_SPAN * whole:
        yield choices.one(
            f"{slot}span",
            (
                f"By `{name}` all of this lies between {day_text(first)} and {day_text(last)}.",
                f"The first is of {day_text(first)}, the last of {day_text(last)} (`{name}`); before and after we "
                "found nothing.",
            ),
        )
    elif first == begin:
        yield choices.one(
            f"{slot}span",
            (
                f"It is not new: it begins with the first day that the table has ({day_text(begin)} by `{name}`).",
                f"By `{name}` it goes back to the very beginning, {day_text(begin)}, so it is nothing that broke "
                "last night.",
                f"We see it from {day_text(begin)} on, which is as far back as `{name}` goes.",
            ),
        )
    else:
        yield choices.one(
            f"{slot}span",
            (
                f"By `{name}` the oldest is of {day_text(first)}, the latest of {day_text(last)}.",
                f"We found it from {day_text(first)} to {day_text(last)} (`{name}`), with right rows in between.",
            ),
        )


def _others(facts: TicketFacts, choices: _Choices) -> str:
    if not facts.others:
        return ""
    items = []
    for other in facts.others:
        counts = other.counts
        said = []
        if other.columns:
            said.append(f"{code([column.name for column in other.columns])} in {_rows(counts.n_changed)}")
        if counts.n_missing:
            said.append(f"{_rows(counts.n_missing)} missing")
        if counts.n_extra:
            said.append(f"{_rows(counts.n_extra)} too many")
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


def _rows(n: int) -> str:
    return f"{number(n)} row{'s' if n != 1 else ''}"


def _rules(facts: TicketFacts, choices: _Choices) -> Iterator[str]:
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
    docs = " How the source systems behave is described in `docs/sources.md`." if facts.has_docs else ""
    yield choices.one(
        "rule-contract",
        (
            "Grain, columns and definitions of all tables, which stand in the YAML files beside the models, do "
            "not change.",
            "No table gets another grain, other columns or another meaning: the YAML files beside the models "
            "stay valid.",
            "The YAML files beside the models are the agreed definitions. They stay as they are, grain and "
            "columns too.",
        ),
    ) + docs  # fmt: skip
    yield choices.one(
        "rule-nights",
        (
            "It stays right in the nights to come, when rows arrive late or are corrected. A second run on the "
            "same day "
            "changes nothing.",
            "It holds for all data, also for what arrives, changes or disappears later. Running it twice on one "
            "day gives "
            "the same tables.",
            "Tomorrow's run has to be right, too, with late and corrected rows; and a run that is repeated "
            "changes nothing.",
        ),
    )
    yield choices.one(
        "rule-platform",
        (
            "Connections, profile and the schema macro belong to the platform team and stay as they are.",
            "Please leave connections, profile and the schema macro alone; they are the platform team's.",
        ),
    )
