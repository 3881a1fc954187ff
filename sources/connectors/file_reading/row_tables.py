"""Many rows at once as one Arrow table, which costs the loader far less than one message for each row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from sources.connectors.file_reading.column_types import BOOLEAN, INTEGER, NUMBER, TEXT, Property

_MOST_ROWS = 10_000
_MOST_CHARACTERS = 8 * 1024 * 1024

_KINDS: list[tuple[Property, pa.DataType, set[type]]] = [
    (INTEGER, pa.int64(), {int}),
    (NUMBER, pa.float64(), {float, int}),
    (BOOLEAN, pa.bool_(), {bool}),
]


def chunks(rows: Iterable[dict[str, Any]], properties: Mapping[str, Property]) -> Iterator[list[dict[str, Any]]]:
    """Cut rows into pieces of bounded size: some thousand rows, or some megabytes of text and one row more.

    Args:
        rows: Rows of one file.
        properties: Types of the stream's columns.
    """
    texts = [name for name, prop in properties.items() if prop["type"] == TEXT["type"]]
    piece: list[dict[str, Any]] = []
    n_characters = 0
    for row in rows:
        piece.append(row)
        n_characters += _n_characters(row, texts)
        if len(piece) >= _MOST_ROWS or n_characters >= _MOST_CHARACTERS:
            yield piece
            piece, n_characters = [], 0
    if piece:
        yield piece


def _n_characters(row: Mapping[str, Any], texts: Sequence[str]) -> int:
    try:
        return sum(map(len, filter(None, map(row.get, texts))))
    except TypeError:  # a number in a column of texts
        return sum(len(str(value)) for value in row.values())


def table_of(rows: Sequence[Mapping[str, Any]], properties: Mapping[str, Property]) -> pa.Table | None:
    """Make a table of rows: texts and what is written as text, 64-bit integers, doubles, truth values.

    Args:
        rows: At least one.
        properties: Types of the stream's columns, in their order.

    Returns:
        None where a value needs a closer look: a field without a column, a list or object, a value of another type.
    """
    if not set().union(*rows) <= properties.keys():
        return None
    arrays = {}
    for name, prop in properties.items():
        array = _array([row.get(name) for row in rows], prop)
        if array is None:
            return None
        arrays[name] = array
    return pa.table(arrays)


def _array(values: list[Any], prop: Property) -> pa.Array | None:
    kind, wanted = _kind(prop)
    if kind is None or not set(map(type, values)) <= wanted | {type(None)}:
        return None
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return None


def _kind(prop: Property) -> tuple[pa.DataType | None, set[type]]:
    for known, kind, wanted in _KINDS:
        if prop["type"][-1] == known["type"][-1] and len(prop["type"]) <= 2:
            return kind, wanted
    return (pa.large_string(), {str}) if prop["type"][-1] == "string" else (None, set())
