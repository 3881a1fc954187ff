"""Queries of one read of a PostgreSQL table: all rows, or those that may be new since a cursor value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from psycopg import sql

from sources.connectors.errors import ConnectorError
from sources.connectors.postgres_columns import INTEGERS, TIMES, Column

_SMALLEST = -(2**63)


@dataclass(frozen=True)
class Read:
    """What is read.

    Args:
        table: Schema and name.
        columns: Its columns.
        key: Columns that order rows among equal cursors.
        named: Columns of keys, which are written so that equal values are equal texts.
        cursor: Column of an incremental read, or by which a full one is ordered; None = by key.
        last: The greatest cursor value of earlier reads; None = read everything.
        lookback: How far before `last` reading begins: a number, or an interval such as `2 hours`.
    """

    table: tuple[str, str]
    columns: Sequence[Column]
    key: Sequence[str]
    named: frozenset[str]
    cursor: Column | None = None
    last: str | None = None
    lookback: str | float | None = None

    def everything(self) -> sql.Composed:
        """All rows, rows without a cursor first."""
        return self._select(None)

    def below(self) -> sql.Composed:
        """Rows that are always before the last cursor: NULL and -infinity."""
        column = self._cursor()
        low = [sql.SQL("{} is null").format(column), *self._equal(self._boundless("-infinity"))]
        return self._select(sql.SQL(" or ").join(low))

    def above(self) -> sql.Composed | None:
        """Rows that are always behind it: infinity and NaN; None where the type has no such values."""
        high = self._equal(self._boundless("infinity", "nan"))
        return self._select(sql.SQL(" or ").join(high)) if high else None

    def between(self) -> sql.Composed:
        """Rows with an ordinary cursor, from the last value on."""
        column = self._cursor()
        conditions = [sql.SQL("{} is not null").format(column)]
        if self.last is not None:
            conditions = [sql.SQL("{} >= {}").format(column, self._begin())]
        conditions += [
            sql.SQL("{} <> {}").format(column, self._cast(value)) for value in self._boundless("", "infinity", "nan")
        ]
        return self._select(sql.SQL(" and ").join(conditions))

    def _select(self, condition: sql.Composable | None) -> sql.Composed:
        """The query; its last two columns are the cursor as the server writes it, and whether it is a new value."""
        parts = [c.expression(is_key=c.name in self.named) for c in self.columns]
        order = [sql.SQL("{} asc").format(self._column(name)) for name in self.key]
        if self.cursor is not None:
            column = self._cursor()
            parts.append(sql.SQL("{}::numeric").format(column) if self.cursor.data_type == "money" else column)
            is_new = sql.SQL("true") if self.last is None else sql.SQL("{} > {}").format(column, self._cast(self.last))
            parts.append(is_new)
            order.insert(0, sql.SQL("{} asc{}").format(column, sql.SQL("" if condition else " nulls first")))
        query = [sql.SQL("select {} from {}").format(sql.SQL(", ").join(parts), sql.Identifier(*self.table))]
        if condition is not None:
            query.append(sql.SQL("where {}").format(condition))
        if order:
            query.append(sql.SQL("order by {}").format(sql.SQL(", ").join(order)))
        return sql.SQL(" ").join(query)

    def _column(self, name: str) -> sql.Identifier:
        return sql.Identifier(*self.table, name)

    def _cursor(self) -> sql.Identifier:
        if self.cursor is None:
            raise ConnectorError("an incremental stream of this source needs cursor_field.")
        return self._column(self.cursor.name)

    def _boundless(self, *kinds: str) -> list[str]:
        """The cursor's values without bounds that are called so; an empty kind means all of them."""
        values = self.cursor.boundless if self.cursor else ()
        return [value for value in values if value.lower() in kinds or (not kinds[0] and value)]

    def _equal(self, values: Sequence[str]) -> list[sql.Composed]:
        return [sql.SQL("{} = {}").format(self._cursor(), self._cast(value)) for value in values]

    def _cast(self, value: str) -> sql.Composed:
        """A value of the cursor's type, as a quoted literal: with parameters, a % in a column's name would be one."""
        if self.cursor is None:
            raise ConnectorError("an incremental stream of this source needs cursor_field.")
        kind = "numeric::money" if self.cursor.data_type == "money" else self.cursor.type_name
        return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(kind))  # the server itself gave us the name

    def _begin(self) -> sql.Composable:
        """SQL of the value from which on rows are read."""
        if self.last is None or self.cursor is None or not self.lookback:
            return self._cast(self.last or "")
        kind = self.cursor.data_type
        is_interval = isinstance(self.lookback, str)
        if is_interval and kind in TIMES:
            return sql.SQL("({} - {}::interval)").format(self._cast(self.last), sql.Literal(self.lookback))
        if not is_interval and kind in INTEGERS:
            begin = max(int(self.last) - int(self.lookback), _SMALLEST)
            return sql.SQL("{}::bigint").format(sql.Literal(str(begin)))
        if not is_interval and kind in ("numeric", "real", "double precision", "money"):
            return self._cast(str(_decimal(self.last) - Decimal(str(self.lookback))))
        wanted = "a number" if is_interval else "a time such as '2 hours'"
        fits = kind in TIMES | INTEGERS | {"numeric", "real", "double precision", "money"}
        advice = f"Give {wanted}." if fits else "It is for dates, timestamps and numbers."
        raise ConnectorError(
            f"lookback {self.lookback!r} does not fit cursor_field '{self.cursor.name}' ({kind}). {advice}"
        )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ConnectorError(f"the state's cursor '{text}' is no number.") from error


def state_cursor(state: Mapping[str, Any], cursor: Column) -> str | None:
    """The last cursor value of a state; a state of another column does not count, nor does infinity."""
    value = state.get("cursor")
    if state.get("cursor_field") != cursor.name or value is None:
        return None
    text = str(value)
    return None if text in cursor.boundless else text
