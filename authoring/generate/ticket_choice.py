"""Choosing a ticket among ways to say the same: the first that has no problem and is like no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from authoring.generate.ticket_checks import MAX_LIKENESS, likeness
from authoring.generate.tickets import Ticket

_TURNS = 12
"""Ways in which a ticket is tried to be said."""


class ChosenTickets:
    """The tickets of one generation."""

    def __init__(self, fallen: Counter[str]) -> None:
        """None is chosen yet.

        Args:
            fallen: Receives what falls, by reason.
        """
        self._fallen = fallen
        self._texts: list[str] = []

    def choose(self, write: Callable[[int], Ticket], problems_of: Callable[[Ticket], Sequence[str]]) -> Ticket | None:
        """Choose a ticket; None where none is good enough.

        Args:
            write: Writes it; another number says it in other words.
            problems_of: What speaks against it.
        """
        problems: Sequence[str] = ()
        for turn in range(_TURNS):
            ticket = write(turn)
            problems = problems_of(ticket)
            if not problems and all(likeness(ticket.text, other) <= MAX_LIKENESS for other in self._texts):
                self._texts.append(ticket.text)
                return ticket
        self._fallen[f"the ticket: {problems[0]}" if problems else "the ticket is like another"] += 1
        return None
