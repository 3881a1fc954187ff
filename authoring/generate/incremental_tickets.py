"""The ticket of a table that drifts from night to night: what people saw on the second one, never why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from authoring.generate.differences import TableDifference
from authoring.generate.incremental_voices import INCREMENTAL_VOICES
from authoring.generate.symptom_text import describe_symptom
from authoring.generate.ticket_facts import Choices, TicketFacts
from authoring.generate.ticket_rules import contract_rule, nights_rule, platform_rule, with_docs
from authoring.generate.tickets import Ticket, describe_others, ticket_start
from authoring.generate.wording import code, day_text
from authoring.new_task.task_files import wrapped


def write_incremental_ticket(facts: TicketFacts, first: date, *, stays_incremental: bool, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        facts: What is wrong on the second night, in one table and in others.
        first: The first night, on which all was right.
        stays_incremental: Whether the table has to stay an incremental one.
        turn: Another number says the same in other words.
    """
    choices = Choices(facts.task, turn)
    [symptom] = facts.symptoms
    words = {"table": symptom.table, "first": day_text(first), "day": day_text(facts.as_of)}
    voice = INCREMENTAL_VOICES[choices.one("voice", list(INCREMENTAL_VOICES))]
    voice = voice._replace(proofs=tuple(proof.format(**words) for proof in voice.proofs))
    title = _title(symptom, words, choices)
    parts = ticket_start(title, voice, choices, words)
    parts += describe_symptom(symptom, facts, choices, voice, 0)
    if also := describe_others(facts, choices):
        parts.append(wrapped(also))
    parts.append(wrapped(choices.one("request", voice.requests)))
    parts.append(f"## {choices.one('heading', ('What must hold afterwards', 'Afterwards', 'When it is done'))}")
    rules = _rules(facts, choices, words, stays_incremental)
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in rules))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _title(symptom: TableDifference, words: Mapping[str, str], choices: Choices) -> str:
    short = symptom.table.partition(".")[2].replace("_", " ")
    title = choices.one(
        "title",
        (
            f"{short} right on {words['first']}, wrong on {words['day']}",
            f"{short}: wrong from the second night on",
            f"the nightly run and {short}",
            f"{short} that drift until somebody builds them again"
            if short.endswith("s")
            else f"{short} drifts until somebody builds it again",
        ),
    )
    return title[0].upper() + title[1:]


def _rules(facts: TicketFacts, choices: Choices, words: Mapping[str, str], stays_incremental: bool) -> Iterator[str]:
    tables = [item.table for item in (*facts.symptoms, *facts.others)]
    yield choices.one(
        "rule-right",
        (
            f"After each night every row of {code(tables)} is right by the descriptions beside the models, for what "
            "the sources have then: new rows, old rows that changed, rows that came late.",
            f"What {code(tables)} {'holds' if len(tables) == 1 else 'hold'} after a night follows from the sources of "
            "that night, whatever was there before and however old a row is.",
        ),
    )
    if stays_incremental:
        yield "The table stays incremental: with the volumes of autumn a complete build each night takes too long."
    else:
        yield choices.one(
            "rule-how",
            (
                f"How `{words['table']}` is written is up to you.",
                "Whether the nightly run writes the table whole or in part does not matter to anybody, as long as it "
                "is right.",
            ),
        )
    yield with_docs(contract_rule(choices), facts.has_docs)
    yield nights_rule(choices)
    yield platform_rule(choices)
