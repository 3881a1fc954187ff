"""A script as a file: what old hands wrote around its statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlglot import exp

from authoring.generate.legacy_dialects import TSQL, said_in
from authoring.generate.legacy_names import camel, short_words, snake
from authoring.generate.legacy_scripts import Script, Step, table_node
from authoring.generate.ticket_facts import Choices

_HANDS = ("KB", "PS", "HGr", "mw", "TL", "JvD")
_LATER = (
    "second source", "runs before the backup now", "new names from the other department", "faster: temporary tables",
    "as agreed in the meeting of the 12th", "moved to the new server", "corrections by finance", "without the archive",
    "nulls", "the case that nobody had thought of",
)  # fmt: skip


class LegacyFile(NamedTuple):
    """A script as it lies in `docs/legacy/`."""

    name: str
    """Of the file."""
    procedure: str
    """As people call it."""
    text: str


def write_file(script: Script, about: Sequence[str], as_of: date, choices: Choices) -> LegacyFile:
    """Write a script.

    Args:
        script: What it does.
        about: Words for what it makes.
        as_of: The day of the ticket; the script is older.
        choices: Decides what is said around it.
    """
    words = short_words(" ".join(about))
    if script.legacy is TSQL:
        procedure = f"usp_{choices.one('verb', ('Build', 'Fill', 'Calc'))}{camel(words)}"
        text = _tsql(script, procedure, as_of, choices)
    else:
        procedure = f"{choices.one('verb', ('sp_build', 'f_fill', 'make'))}_{snake(words)}"
        text = _postgres(script, procedure, as_of, choices)
    return LegacyFile(f"{procedure}.sql", procedure, text)


def _history(as_of: date, choices: Choices) -> Iterator[str]:
    year = as_of.year - 9 + choices.number("year", 3)
    yield f"{choices.one('hand0', _HANDS)} {year}-{1 + choices.number('month0', 12):02}  first version"
    start = choices.number("later", len(_LATER))
    for n in range(1, 3 + choices.number("changes", 2)):
        year = min(year + 1 + choices.number(f"year{n}", 2), as_of.year - 1)
        said = _LATER[(start + 3 * n) % len(_LATER)]
        yield f"{choices.one(f'hand{n}', _HANDS)} {year}-{1 + choices.number(f'month{n}', 12):02}  {said}"


def _tsql(script: Script, procedure: str, as_of: date, choices: Choices) -> str:
    step = 1 + choices.number("step", 3)
    head = [f"/*  dbo.{procedure}      SQL Server, job NIGHTLY, step {step} of 4"]
    head += [f"    {line}" for line in _history(as_of, choices)]
    head += ["*/", f"CREATE PROCEDURE dbo.{procedure}", "AS", "BEGIN", "    SET NOCOUNT ON;", ""]
    for number, item in enumerate(script.steps, 1):
        place = table_node(item.target, item.is_kept, script.legacy)
        name = place.sql(dialect="tsql")
        known = f"OBJECT_ID('{name}')" if item.is_kept else f"OBJECT_ID('tempdb..{name}')"
        head += [f"    -- {number}. {item.said}", f"    IF {known} IS NOT NULL DROP TABLE {name};"]
        head += [*_indented(f"{said_in(_into(item, place), script.legacy)};"), ""]
    return "\n".join([*head, "END", ""])


def _into(step: Step, place: exp.Table) -> exp.Expr:
    """A query that writes its rows into a table; of a union the first one says where."""
    query = step.query.copy()
    first = query
    while isinstance(first, exp.SetOperation):
        first = first.this
    first.unnest().set("into", exp.Into(this=place))
    return query


def _postgres(script: Script, procedure: str, as_of: date, choices: Choices) -> str:
    when = choices.one("when", ("02:10", "01:40", "03:05"))
    lines = [f"-- rpt.{procedure}()   PostgreSQL, cron of user dwh, every night at {when}"]
    lines += [f"-- {line}" for line in _history(as_of, choices)]
    lines += [f"CREATE OR REPLACE FUNCTION rpt.{procedure}() RETURNS void AS $$", "BEGIN", ""]
    for number, item in enumerate(script.steps, 1):
        name = table_node(item.target, item.is_kept, script.legacy).sql(dialect="postgres")
        kind = "TABLE" if item.is_kept else "TEMPORARY TABLE"
        lines += [f"    -- {number}) {item.said}", f"    DROP TABLE IF EXISTS {name};", f"    CREATE {kind} {name} AS"]
        lines += [*_indented(f"{said_in(item.query, script.legacy)};"), ""]
    return "\n".join([*lines, "END;", "$$ LANGUAGE plpgsql;", ""])


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]
