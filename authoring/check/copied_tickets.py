"""Tickets that were copied from another task and not written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from authoring.check.context import CheckedTask
from authoring.check.findings import Finding

_N_WORDS = 5
_ALIKE = 0.6
"""Share of the shorter ticket's word sequences that the other has, too: rules of the house are common to many tickets,
and are the smaller part of each."""


def check_copies(tasks: Sequence[CheckedTask]) -> Iterator[Finding]:
    """Compare the tickets of all tasks, each with each; the later one by name is called the copy."""
    pieces = {id(checked): _pieces(checked.ticket) for checked in tasks}
    for one, other in combinations(sorted(tasks, key=lambda checked: checked.folder.name), 2):
        mine, theirs = pieces[id(one)], pieces[id(other)]
        shorter = min(len(mine), len(theirs))
        if shorter and len(mine & theirs) / shorter > _ALIKE:
            share = len(mine & theirs) / shorter
            message = f"is for {share:.0%} the ticket of task {one.folder.name} ({one.folder / 'instruction.md'})"
            yield Finding(other.folder / "instruction.md", "LG403", message)


def _pieces(ticket: str) -> frozenset[int]:
    words = re.findall(r"\w+", ticket.lower())
    return frozenset(hash(tuple(words[i : i + _N_WORDS])) for i in range(len(words) - _N_WORDS + 1))
