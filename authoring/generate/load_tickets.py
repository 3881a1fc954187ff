"""The ticket of raw tables that nothing loads: who misses them, what each holds, and how its rows come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from authoring.generate.impl_voices import ONE
from authoring.generate.load_voices import LOAD_VOICES
from authoring.generate.raw_contracts import RawTable, Way
from authoring.generate.ticket_facts import Choices
from authoring.generate.tickets import Ticket, ticket_start
from authoring.generate.wording import code, day_text, listed
from authoring.new_task.task_files import wrapped

_ONE = {**ONE, "reach": "reaches"}

WAYS: dict[Way, tuple[str, ...]] = {
    "copy": (
        "The table is what the source has at the time of the load, and nothing else: what is deleted there is gone "
        "here with the next load.",
        "It may be read as a whole each night. A row that is not in the source any more must not be here, either.",
        "After each night the table has the rows that the source has then. Rows that have vanished there vanish here.",
    ),
    "latest": (
        "A row may be written again, and `{cursor}` moves when it is. Here each {key} stands once, as the source "
        "wrote it last. No row leaves the table. The owners do not want the whole table read each night: only what "
        "was written since the last load.",
        "Rows change in place; `{cursor}` tells when one was written. The table has one row per {key}, the latest, "
        "and keeps it for good. What has not been written since the last load is not fetched again.",
        "Of each {key} we need the row as it was written last, which `{cursor}` tells. What was here once stays "
        "here. Each night brings what was written since the night before, not everything.",
    ),
    "versions": (
        "What is issued again is a further row, and all of them stay: {key} tells them apart, `{cursor}` when one "
        "was issued. Each night only what is new is fetched.",
        "The source issues a thing again when it knows better. Every issue is kept, once ({key}). What was fetched "
        "before, by `{cursor}`, is not fetched again.",
    ),
    "records": (
        "A row is never written again. Each is fetched once, by `{cursor}`, and stays.",
        "Rows only ever come on top; `{cursor}` tells how far we are. Each is here once.",
    ),
    "lines": (
        "Each line of each file is a row, once, and all of them stay, whatever is delivered later: which line counts "
        "is decided in staging. A file is read when it appears, and more will come. `_source_file` (the name with "
        "its folders) and `_source_row` (from 1) tell where a line stood.",
        "Every line that was ever delivered is here once, with its file (`_source_file`, the name and the folders "
        "before it) and its number there (`_source_row`, from 1). Later files do not replace earlier ones; staging "
        "sorts that out. Nobody can say today how many files there will be.",
        "New files keep coming. Each is taken in once, and nothing of an older one is dropped. A row is a line: "
        "`_source_file` (name and folders) and `_source_row` (counted from 1) name it. Staging decides which one "
        "counts.",
    ),
}
"""How rows come -> ways to say it."""


class Awaited(NamedTuple):
    """What a ticket is written from."""

    system: str
    """As people call it."""
    file: str
    """Of the connection, within the workspace."""
    is_whole: bool
    """Whether the file is to be written, or only lacks something."""
    tables: tuple[RawTable, ...]
    models: tuple[str, ...]
    """Models made from them that are scored."""
    variables: tuple[str, ...]
    """Environment variables of the system that no document names."""
    has_docs: bool


def write_load_ticket(task: str, as_of: date, awaited: Awaited, *, turn: int = 0) -> Ticket:
    """Write a ticket.

    Args:
        task: Name of the task, which decides the words.
        as_of: The day on which it is written.
        awaited: What is to be loaded.
        turn: Another number says the same in other words.
    """
    choices = Choices(task, turn)
    voice = LOAD_VOICES[choices.one("voice", list(LOAD_VOICES))]
    names = [table.table.partition(".")[2] for table in awaited.tables]
    words = _ONE if len(names) == 1 else {word: word for word in _ONE}
    words = {**words, "tables": code(names), "Tables": code(names), "system": awaited.system, "day": day_text(as_of)}
    title = _title(names, awaited, choices)
    parts = ticket_start(title, voice, choices, words)
    parts.append(wrapped(f"{choices.one('request', voice.requests).format(**words)} {_place(awaited, choices)}"))
    for place, table in enumerate(awaited.tables):
        parts += _table(table, choices, sum(other.way == table.way for other in awaited.tables[:place]))
    parts.append(f"## {choices.one('heading', ('What must hold', 'When it is done', 'Besides'))}")
    parts.append("\n".join(wrapped(f"- {rule}", "  ") for rule in _rules(awaited, choices)))
    return Ticket(title, "\n\n".join(parts) + "\n")


def _title(names: Sequence[str], awaited: Awaited, choices: Choices) -> str:
    short = listed([name.replace("_", " ") for name in names])
    title = choices.one(
        "title",
        (
            f"Load {short} from {awaited.system}",
            f"{short}: nothing loads them",
            f"{short} of {awaited.system}, nightly",
        ),
    )
    return title[0].upper() + title[1:]


def _place(awaited: Awaited, choices: Choices) -> str:
    """Which file is to be written, and where one reads how."""
    file = f"`{awaited.file}`"
    said = f"The connection is to stand in {file}, which does not exist yet."
    if not awaited.is_whole:
        said = choices.one(
            "place",
            (
                f"{file} loads other tables of the same system already; what it does for those stays as it is.",
                f"The connection exists, {file}, and works for other tables of this system. They go on as before.",
            ),
        )
    if awaited.has_docs:
        said += " How the system is reached and what it does is described in `docs/sources.md`."
    if awaited.variables:
        said += f" The environment has {code(awaited.variables)} for it."
    return said


def _table(table: RawTable, choices: Choices, n_before: int) -> Iterator[str]:
    """What a table holds, after some others whose rows come in the same way."""
    yield f"## `{table.table}`"
    key = f"`{table.key[0]}`" if len(table.key) == 1 else f"({', '.join(f'`{name}`' for name in table.key)})"
    ways = WAYS[table.way]
    way = ways[(choices.number(f"way{table.way}", len(ways)) + n_before) % len(ways)].format(
        cursor=table.cursor, key=key
    )
    if table.lookback:
        way += f" A row may become visible as late as {table.lookback} after its `{table.cursor}`."
    place = f"{table.place}." if table.place else ""
    grain = f"Key: {key}." if table.key and key not in way else ""
    yield wrapped(" ".join(part for part in (place, table.description, grain) if part))
    yield wrapped(way)
    lines = ["| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{c.name}` | {c.kind} | {c.description.replace('|', '/')} |" for c in table.columns]
    yield "\n".join(lines)


def _rules(awaited: Awaited, choices: Choices) -> Iterator[str]:
    yield choices.one(
        "rule-nights",
        (
            "The load runs every night into the same warehouse, and each table is as above after each night, not "
            "only after the first. Running it twice on a day changes nothing.",
            "The load is run night after night, at times twice on one day, always on what the last one left. Each "
            "time the tables have to be as described, no row too many and none too few.",
        ),
    )
    yield choices.one(
        "rule-failed",
        (
            "A load that failed, because the source did not answer or sent half of something, is simply started "
            "again and makes up for it.",
            "Sources fail now and then, also in the middle of a load. The next run must catch up by itself.",
        ),
    )
    yield choices.one(
        "rule-types",
        (
            "Columns are called as in the source and have the types above: a number is not a text, and a text that "
            "looks like a number stays one. Nothing is cleaned here.",
            "Names are those of the source, types those above. Values come over as they are; cleaning is staging's.",
        ),
    )
    yield choices.one(
        "rule-secrets",
        (
            "No address, name or password of a server stands in a file; they come from the environment.",
            "Addresses and passwords are read from environment variables and written nowhere.",
        ),
    )
    if awaited.models:
        verb = "is" if len(awaited.models) == 1 else "are"
        yield choices.one(
            "rule-models",
            (
                "The models are given and stay as they are. With the tables above, "
                f"{code(awaited.models)} {verb} right again.",
                f"No model has to be changed: {code(awaited.models)}, which {verb} made from these tables, follow by "
                "themselves.",
            ),
        )
    yield "Models, other connections and documents stay as they are."
