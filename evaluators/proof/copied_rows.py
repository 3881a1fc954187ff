"""Does a text hold rows of a gold table? Rows are looked for by their values, whatever the format of the file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import duckdb

from benchmark.duckdb_sql import literal, quote

N_ROWS = 100
"""Rows of a gold table that are looked for."""
MIN_ROWS = 5
MIN_SHARE = 0.2
"""A text with this share of the rows looked for, and at least `MIN_ROWS`, holds the table."""
_MIN_VALUES = 3
"""A row with fewer telling values is not looked for."""
_NEAR = 60
"""Values of one row stand within so many values of each other."""
_MAX_PLACES = 30
_VALUE = re.compile(r"[^\s,;|\"'\[\]{}()<>=]+")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d(?:\.\d*[1-9])?)?)"  # without zeros at the end of a fraction,
    r"(?:\.?0+)?(?:z|\+00(?::?00)?)?(?![\d:])"  # and without the offset of UTC
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

Row = frozenset[str]
Places = Mapping[str, Sequence[int]]
"""Value -> its positions in a text, rising."""


class GoldRows(NamedTuple):
    """Rows of one scored table."""

    table: str
    rows: tuple[Row, ...]


@lru_cache(maxsize=2_000)
def gold_rows(table: str, path: Path, columns: tuple[str, ...]) -> GoldRows:
    """Read rows of a gold table that can be recognised; those of other tasks with the same gold are kept.

    Args:
        table: Its name, for messages.
        path: Its Parquet file, whose content never changes.
        columns: The scored columns.
    """
    listed = ", ".join(f"{quote(name)}::VARCHAR" for name in columns)
    query = f"SELECT {listed} FROM read_parquet({literal(str(path))}) ORDER BY hash({listed}) LIMIT {N_ROWS}"
    found = _database().execute(query).fetchall()
    rows = (frozenset(_values(" ".join(str(value) for value in row if value is not None))) for row in found)
    return GoldRows(table, tuple(row for row in rows if len(row) >= _MIN_VALUES))


@lru_cache
def _database() -> duckdb.DuckDBPyConnection:
    """To open one takes longer than to read a table."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    return connection


@lru_cache(maxsize=1_000)
def places_of(text: str) -> Places:
    """Where each value of a text stands; kept, since tasks of a world share most of their files."""
    places: dict[str, list[int]] = defaultdict(list)
    for position, value in enumerate(_values(text)):
        places[value].append(position)
    return places


class GoldIndex:
    """Rows of gold tables by one value of each, without which a text cannot hold them."""

    def __init__(self, gold: Sequence[GoldRows]) -> None:
        """Choose the longest value of each row.

        Args:
            gold: The tables.
        """
        self._gold = tuple(gold)
        self._by_value: dict[str, list[tuple[int, Row]]] = defaultdict(list)
        for number, table in enumerate(gold):
            for row in table.rows:
                self._by_value[max(row, key=lambda value: (len(value), value))].append((number, row))

    def tables_in(self, places: Places) -> list[str]:
        """Tables of which a text, by the places of its values, has so many rows that this is no chance."""
        n_found: Counter[int] = Counter()
        for value in self._by_value.keys() & places.keys():
            n_found.update(number for number, row in self._by_value[value] if _stands_in(row, places))
        return [
            table.table
            for number, table in enumerate(self._gold)
            if n_found[number] >= max(MIN_ROWS, MIN_SHARE * len(table.rows))
        ]


def _values(text: str) -> Iterable[str]:
    """Values in one form (`012.50` is `12.5`), without those that stand everywhere: short words, small numbers."""
    for found in _VALUE.findall(_TIME.sub(r"\1 \2", text.lower())):
        value = found.strip(".:`")
        if _NUMBER.fullmatch(value):
            value = f"{float(value):.12g}"
        if len(value) >= 3:
            yield value


def _stands_in(row: Row, places: Places) -> bool:
    if not row <= places.keys():
        return False
    rarest = min(row, key=lambda value: len(places[value]))
    return any(all(_is_near(position, places[value]) for value in row) for position in places[rarest][:_MAX_PLACES])


def _is_near(position: int, others: Sequence[int]) -> bool:
    index = bisect_left(others, position - _NEAR)
    return index < len(others) and others[index] <= position + _NEAR
