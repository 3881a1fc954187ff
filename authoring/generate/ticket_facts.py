"""Choices among ways to say a thing, and the facts that are said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from authoring.generate.differences import TableDifference


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


class Choices:
    """Choices that only a task's name and a turn decide."""

    def __init__(self, task: str, turn: int) -> None:
        self._start = f"{task}|{turn}"

    def number(self, slot: str, n: int) -> int:
        """From 0, below n."""
        return int(hashlib.sha256(f"{self._start}|{slot}".encode()).hexdigest(), 16) % n

    def one(self, slot: str, options: Sequence[str]) -> str:
        """One of some ways to say a thing."""
        return options[self.number(slot, len(options))]
