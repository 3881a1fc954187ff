"""What is wrong with a ticket: it gives the answer away, leaves something out, or reads as nobody writes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence

MIN_CHARACTERS, MAX_CHARACTERS = 900, 4500
MAX_WITH_COLUMNS = 9_000
"""Of a ticket that says what each column holds."""
MAX_LIKENESS = 0.5
"""Share of sentences that two tickets may have in common, names and numbers aside."""
_MIN_LINE = 14
"""Characters of a line of SQL that is looked for."""
_UNSAID = re.compile(r"\b(mutant|mutation|generated|generator|lockgate|benchmark|null pointer|broken model)\b", re.I)
_SLIPS = re.compile(r"(?i:\b([a-z]+) \1\b)|\{\w*\}|\bNone\b|  +(?! )\S|\s[,.;](?:\s|$)|``")
CODE = re.compile(r"`([^`\n]+)`")
"""What a ticket names as code."""


def ticket_problems(
    text: str,
    *,
    columns: Iterable[str],
    hidden: Collection[str],
    solution_lines: Sequence[str],
    max_characters: int = MAX_CHARACTERS,
) -> list[str]:
    """What speaks against a ticket; empty = nothing.

    Args:
        text: The ticket.
        columns: Those that it must name.
        hidden: Names of models that it must not name.
        solution_lines: Lines of SQL that differ between start and solution.
        max_characters: How long it may be.
    """
    body = text.partition("\n")[2]  # the first line is the canary
    named = set(CODE.findall(body))
    problems = [f"`{column}` is not named" for column in dict.fromkeys(columns) if column not in named]
    if not MIN_CHARACTERS <= len(body) <= max_characters:
        problems.append(f"it has {len(body)} characters, not {MIN_CHARACTERS} to {max_characters}")
    words = set(re.findall(r"\w+", body.lower()))
    problems += [f"it names {name}" for name in sorted(hidden) if name.lower() in words]
    flat = " ".join(body.lower().split())
    for line in solution_lines:
        short = " ".join(line.lower().split()).strip(",")
        if len(short) >= _MIN_LINE and short in flat:
            problems.append(f"it holds the line `{short}`")
    if found := _UNSAID.search(body):
        problems.append(f"it says '{found.group()}'")
    for line in body.splitlines():
        if not line.startswith("|") and (slip := _SLIPS.search(line.strip())):
            problems.append(f"a slip: '{slip.group().strip()}'")
    return problems


def code_lines(texts: Iterable[str]) -> list[str]:
    """Lines of files of a solution that a ticket must not hold; one word alone is a column's name."""
    return [line.strip() for text in texts for line in text.splitlines() if len(line.split()) > 1]


def changed_lines(before: str, after: str) -> list[str]:
    """Lines in which two texts of a file differ, on both sides; a ticket must not hold them."""
    return [line[2:].strip() for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]


def likeness(one: str, other: str) -> float:
    """Share of the sentences of the shorter of two tickets that the other has, too; names and numbers aside."""
    first, second = _sentences(one), _sentences(other)
    return len(first & second) / max(1, min(len(first), len(second)))


def _sentences(text: str) -> set[str]:
    """Sentences above the list of what must hold, with what differs from ticket to ticket taken out."""
    body = text.partition("\n")[2].partition("\n## ")[0]
    plain = re.sub(r"\d[\d.,:-]*", "#", CODE.sub("x", " ".join(body.split())))
    return {sentence.strip().lower() for sentence in re.split(r"(?<=[.:])\s", plain) if len(sentence) > _MIN_LINE}
