"""Tickets and hints that were copied from another task and not written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from authoring.check.context import CheckedTask, visible
from authoring.check.findings import Finding
from benchmark.task import HINT_LEVELS

_N_WORDS = 5
MAX_SHARED = 0.6
"""Share of the shorter ticket's word sequences that the other has, too: rules of the house are common to many tickets,
and are the smaller part of each."""


def check_copies(tasks: Sequence[CheckedTask]) -> Iterator[Finding]:
    """Compare the tickets of all tasks, each with each; the later one by name is called the copy."""
    tasks = sorted(tasks, key=lambda checked: checked.folder.name)
    yield from _check_hints(tasks)
    pieces = {id(checked): _pieces(checked.ticket) for checked in tasks}
    for one, other in combinations(tasks, 2):
        mine, theirs = pieces[id(one)], pieces[id(other)]
        if (share := _shared(mine, theirs)) > MAX_SHARED:
            message = f"shares {share:.0%} of its text with the ticket of task {one.folder.name}"
            yield Finding(other.folder / "instruction.md", "LG403", message)


def shared_text(one: str, other: str) -> float:
    """Share of the shorter of two tickets, in sequences of words, that the other one has, too."""
    return _shared(_pieces(one), _pieces(other))


def _shared(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _check_hints(tasks: Sequence[CheckedTask]) -> Iterator[Finding]:
    """Hints are short: a copy is one that is the same word for word."""
    first: dict[str, CheckedTask] = {}
    for checked in tasks:
        for level in HINT_LEVELS:
            path = checked.folder / f"hints/{level}.md"
            hint = " ".join(visible(path).split()) if path.is_file() else ""
            owner = first.setdefault(hint, checked) if hint else checked
            if owner is not checked:
                yield Finding(path, "LG403", f"is the hint of task {owner.folder.name}")


def _pieces(ticket: str) -> frozenset[int]:
    words = re.findall(r"\w+", ticket.lower())
    return frozenset(hash(tuple(words[i : i + _N_WORDS])) for i in range(len(words) - _N_WORDS + 1))
