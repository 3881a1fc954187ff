"""Choosing a ticket among ways to say the same: the first that has no problem and is like no other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from authoring.check.copied_tickets import MAX_SHARED, shared_text
from authoring.generate.ticket_checks import MAX_LIKENESS, likeness
from authoring.generate.tickets import Ticket

_TURNS = 12
"""Ways in which a ticket is tried to be said."""

ProblemsOf = Callable[[Ticket], Sequence[str]]
"""What speaks against a ticket; empty = nothing."""
Rewrite = Callable[[Ticket, ProblemsOf], Ticket]
"""Puts a ticket into other words, or returns it as it is where none are good enough."""


class ChosenTickets:
    """The tickets of one generation."""

    def __init__(
        self, fallen: Counter[str], rewrite: Rewrite | None = None, known: Collection[str] = frozenset()
    ) -> None:
        """None is chosen yet.

        Args:
            fallen: Receives what falls, by reason.
            rewrite: Puts a chosen ticket into other words; None = it keeps those of the templates.
            known: Names of tasks that are there already; no ticket is chosen for them.
        """
        self._fallen = fallen
        self._rewrite = rewrite
        self._known = known
        self._chosen: list[Ticket] = []

    def choose(self, name: str, write: Callable[[int], Ticket], problems_of: ProblemsOf) -> Ticket | None:
        """Choose a ticket; None where none is good enough.

        Args:
            name: Of the task.
            write: Writes it; another number says it in other words.
            problems_of: What speaks against it.
        """
        if name in self._known:
            self._fallen["the world has this task already"] += 1
            return None
        problems: Sequence[str] = ()
        for turn in range(_TURNS):
            ticket = write(turn)
            problems = problems_of(ticket)
            if not problems and not any(_is_like(ticket, other) for other in self._chosen):
                self._chosen.append(ticket)
                return self._rewrite(ticket, problems_of) if self._rewrite else ticket
        self._fallen[f"the ticket: {problems[0]}" if problems else "the ticket is like another"] += 1
        return None


def _is_like(ticket: Ticket, other: Ticket) -> bool:
    return (
        ticket.title == other.title
        or _reference(ticket) == _reference(other)
        or likeness(ticket.text, other.text) > MAX_LIKENESS
        or shared_text(ticket.text, other.text) > MAX_SHARED
    )


def _reference(ticket: Ticket) -> str:
    """Queue and number, such as `FIN-4711`."""
    found = re.search(r"^# (\w+-\d+):", ticket.text, re.MULTILINE)
    return found.group(1) if found else ticket.text
