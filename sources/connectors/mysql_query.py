"""Queries of one read of a MySQL table: all rows, or those that may be new since a cursor value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sources.connectors.errors import ConnectorError
from sources.connectors.mysql_columns import BINARIES, FLOATS, Column, quoted

ZERO = "0000-00-00 00:00:00"
"""A day or instant that has no value; before all others, so it is read in every load, as NULL is."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)?")
_UNITS = ("second", "minute", "hour", "day")


@dataclass(frozen=True)
class Read:
    """What is read.

    Args:
        database: Where the table lies.
        table: Its name.
        columns: Its columns.
        key: Columns that order rows among equal cursors.
        cursor: Column of an incremental read, or by which a full one is ordered; None = by key.
        last: The greatest cursor value of earlier reads; None = read everything.
        lookback: How far before `last` reading begins: a number, or an interval such as `2 hours`.
    """

    database: str
    table: str
    columns: Sequence[Column]
    key: Sequence[str]
    cursor: Column | None = None
    last: str | None = None
    lookback: str | float | None = None

    @property
    def n_columns(self) -> int:
        """How many columns a query has: with a cursor, also its value, and whether it is a new one."""
        return len(self.columns) + (2 if self.cursor else 0)

    def everything(self) -> str:
        """All rows, rows without a cursor first."""
        return self._select("")

    def below(self, cursor: Column) -> str:
        """Rows that are always before the last cursor: those whose cursor is NULL or the zero date."""
        is_zero = f" or {cursor.comparable} = '{ZERO}'" if cursor.is_time else ""
        return self._select(f"{cursor.comparable} is null{is_zero}")

    def between(self, cursor: Column) -> str:
        """Rows with an ordinary cursor, from the last value on."""
        value = cursor.comparable
        conditions = [f"{value} is not null"]
        if cursor.is_time:
            conditions.append(f"{value} <> '{ZERO}'")
        if self.last is not None:
            conditions.append(f"{value} >= {self._begin(cursor, self.last)}")
        return self._select(" and ".join(conditions))

    def _select(self, condition: str) -> str:
        parts = [column.expression for column in self.columns]
        order = [quoted(name) for name in self.key]
        if self.cursor is not None:
            value = self.cursor.comparable
            is_new = "1" if self.last is None else f"{value} > {literal(self.cursor, self.last)}"
            parts += [value, is_new]
            order.insert(0, value)
        where = f" where {condition}" if condition else ""
        ordered = f" order by {', '.join(order)}" if order else ""
        return f"select {', '.join(parts)} from {quoted(self.database)}.{quoted(self.table)}{where}{ordered}"

    def _begin(self, cursor: Column, last: str) -> str:
        """SQL of the value from which on rows are read."""
        if not self.lookback:
            return literal(cursor, last)
        if isinstance(self.lookback, str) and cursor.is_time:
            number, _, unit = self.lookback.partition(" ")
            unit = unit.removesuffix("s")
            if number.isdigit() and unit in _UNITS:
                return f"(cast({literal(cursor, last)} as datetime(6)) - interval {number} {unit})"
        if not isinstance(self.lookback, str) and cursor.is_number:
            begin = format(Decimal(last) - Decimal(str(self.lookback)), "f")
            return literal(cursor, begin)
        wanted = "a number" if isinstance(self.lookback, str) else "a time such as '2 hours'"
        fits = cursor.is_time or cursor.is_number
        advice = f"Give {wanted}." if fits else "It is for dates, timestamps and numbers."
        raise ConnectorError(
            f"lookback {self.lookback!r} does not fit cursor_field '{cursor.name}' ({cursor.data_type}). {advice}"
        )


def literal(cursor: Column, text: str) -> str:
    """SQL of a cursor value: numbers as such, since the server would compare a text with one by its first digits.

    Raises:
        ConnectorError: It is none of the cursor's type.
    """
    if cursor.is_number:
        if not _NUMBER.fullmatch(text):
            raise ConnectorError(f"the state's cursor '{text}' is no number.")
        return f"{text}e0" if cursor.data_type in FLOATS and "e" not in text.lower() else text
    if cursor.is_time:
        if not _TIME.fullmatch(text):
            raise ConnectorError(f"the state's cursor '{text}' is no date or time.")
        return f"'{text.replace('T', ' ')}'"
    if cursor.data_type in BINARIES:
        return f"x'{text}'"
    return f"_utf8mb4 x'{text.encode().hex()}'"


def state_cursor(state: Mapping[str, Any], cursor: Column) -> str | None:
    """The last cursor value of a state; a state of another column does not count."""
    value = state.get("cursor")
    return None if state.get("cursor_field") != cursor.name or value is None else str(value)
