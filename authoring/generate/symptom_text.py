"""What is wrong with one table, as a part of a ticket: how many rows, examples, what they share, since when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from authoring.generate.differences import Example, TableDifference, WrongColumn
from authoring.generate.ticket_facts import Choices, TicketFacts
from authoring.generate.voices import Voice
from authoring.generate.wording import day_text, entity, key_text, listed, number, rows_text, value_text
from authoring.new_task.task_files import wrapped

_N_COLUMNS = 2
"""Wrong columns that an example shows."""
_SHORT_SPAN = 0.6
"""Share of a table's days; wrong rows on fewer of them are said to be of these days."""
_POINTER = re.compile(r"^(?:the (?:same|part of it)|these|their)\b|\b(?:of|for) (?:these(?! \d)|them)\b", re.IGNORECASE)
"""Words of a description that speak of the column above it in the YAML file; alone it would mean nothing."""
_LONG_DAYS = 120
"""Days of a table that is about what happened lately."""


def describe_symptom(
    symptom: TableDifference, facts: TicketFacts, choices: Choices, voice: Voice, place: int
) -> Iterator[str]:
    """Paragraphs on one table.

    Args:
        symptom: What is wrong in it.
        facts: What the ticket is written from.
        choices: Decides how it is said.
        voice: Who says it.
        place: Of the table in the ticket, from 0.
    """
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


def things_of(symptom: TableDifference, facts: TicketFacts) -> str:
    """What a table has rows of, in the plural; `rows` where it takes two columns to say which one."""
    has_one_key = all(len(example.key) == 1 for example in symptom.examples)
    return entity(facts.descriptions.get(symptom.table, "")) if has_one_key else "rows"


def _how_many(symptom: TableDifference, facts: TicketFacts, choices: Choices, slot: str) -> Iterator[str]:
    counts = symptom.counts
    things = things_of(symptom, facts)
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
            named = [f"`{column.name}` ({rows_text(column.n_rows)})" for column in rest]
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
        cases = "case" if column.n_higher == 1 else "cases"
        return f", too high in {number(column.n_higher)} {cases} and too low in {number(column.n_lower)}"
    return ""


def _example(example: Example, choices: Choices, slot: str, n: int) -> str:
    where = key_text(example.key)
    where = where[0].upper() + where[1:]
    if not example.shown:
        return choices.one(
            f"{slot}missing{n}",
            (f"{where}: there is no row, and there should be one.", f"{where} is missing and should be there."),
        )
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


def _meaning(symptom: TableDifference, facts: TicketFacts, choices: Choices, slot: str) -> str:
    """What a wrong column should hold, as its description says; empty where it speaks of another column."""
    column = symptom.columns[0].name if symptom.columns else ""
    said = " ".join(facts.descriptions.get(f"{symptom.table}.{column}", "").split()).rstrip(".")
    if not said or _POINTER.search(said) or choices.number(f"{slot}meaning", 3) == 0:
        return ""
    return choices.one(
        f"{slot}said",
        (
            f"What `{column}` should hold, by its own description: {said}.",
            f"As we understand it, this is what `{column}` stands for: {said}.",
            f"For reference, `{column}` is described as: {said}.",
        ),
    )


def _pattern(symptom: TableDifference, facts: TicketFacts, choices: Choices, slot: str) -> Iterator[str]:
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
    is_history = whole <= _LONG_DAYS  # else it is a property of the thing, such as when a customer signed up
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
    elif is_history and first == begin:
        yield choices.one(
            f"{slot}span",
            (
                f"It is not new: it begins with the first day that the table has ({day_text(begin)} by `{name}`).",
                f"By `{name}` it goes back to the very beginning, {day_text(begin)}, so it is nothing that broke "
                "last night.",
                f"We see it from {day_text(begin)} on, which is as far back as `{name}` goes.",
            ),
        )
    elif is_history:
        yield choices.one(
            f"{slot}span",
            (
                f"By `{name}` the oldest of these rows is of {day_text(first)}, the latest of {day_text(last)}.",
                f"We found it from {day_text(first)} to {day_text(last)} (`{name}`), with right rows in between.",
            ),
        )
