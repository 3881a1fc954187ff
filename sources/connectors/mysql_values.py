"""Values of MySQL as Arrow columns and as JSON has them, made from the bytes that the server sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sources.connectors.errors import ConnectorError
from sources.connectors.exact_json import parse_json
from sources.connectors.mysql_columns import BINARIES, Column

_DAY_CHARACTERS = len("2013-03-10")


def column_values(column: Column, raw: pa.Array, n_without_date: dict[str, int]) -> pa.Array:
    """One column of a batch: truth values, or the text of each value.

    Args:
        column: What it is.
        raw: As the server sends it.
        n_without_date: Column -> how many dates no calendar has; counted up.

    Raises:
        ConnectorError: A `tinyint(1)` is neither 0 nor 1, or a text is not UTF-8.
    """
    if column.data_type in BINARIES:
        return pa.array([None if value is None else value.hex() for value in raw.to_pylist()], pa.large_string())
    try:
        texts = raw.cast(pa.large_string())
    except pa.ArrowInvalid as error:
        raise ConnectorError(f"column '{column.name}': the server sends text that is not UTF-8.") from error
    if column.is_boolean:
        return _booleans(column, texts)
    if column.data_type == "float":
        return _shortest_floats(texts)
    if column.is_time and column.rules.zero_dates == "null":
        return _dates(column, texts, n_without_date)
    return texts


def _booleans(column: Column, texts: pa.Array) -> pa.Array:
    others = pc.drop_null(pc.filter(texts, pc.invert(pc.is_in(texts, pa.array(["0", "1"], pa.large_string())))))
    if len(others):
        raise ConnectorError(
            f"column '{column.name}' is {column.type_name} and holds {others[0]}, which is neither true nor false. "
            "Set key 'config.tinyint1' to integer: then every tinyint(1) is a number."
        )
    return pc.equal(texts, "1")


def _shortest_floats(texts: pa.Array) -> pa.Array:
    """The fewest digits that give the same number of 32 bits; the server sends those of 64, or too few."""
    return texts.cast(pa.float64()).cast(pa.float32()).cast(pa.large_string())


def _dates(column: Column, texts: pa.Array, n_without_date: dict[str, int]) -> pa.Array:
    """NULL for a month or day of 00, the year 0000, and days that a month does not have."""
    days = pc.utf8_slice_codeunits(texts, 0, _DAY_CHARACTERS)
    has_date = pc.invert(pc.match_substring_regex(days, "^0000|-00"))
    try:
        pc.if_else(has_date, days, None).cast(pa.date32())
    except pa.ArrowInvalid:
        has_date = pa.array([None if day is None else _is_date(day) for day in days.to_pylist()], pa.bool_())
    n_without = pc.sum(pc.invert(has_date)).as_py() or 0
    if not n_without:
        return texts
    n_without_date[column.name] = n_without_date.get(column.name, 0) + n_without
    return pc.if_else(has_date, texts, None)


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def records(columns: Sequence[Column], values: Mapping[str, pa.Array]) -> Iterator[dict[str, Any]]:
    """The rows as JSON has them."""
    read = [
        [None if value is None else reader(value) for value in values[column.name].to_pylist()]
        for column in columns
        for reader in (_reader(column),)
    ]
    for row in zip(*read, strict=True):
        yield dict(zip(values, row, strict=True))


def _reader(column: Column) -> Callable[[Any], Any]:
    schema = column.json_schema()
    kinds = set(schema["type"])
    if "boolean" in kinds:
        return bool
    if "integer" in kinds:
        return int
    if "number" in kinds:
        return float
    if "object" in kinds:
        return parse_json
    if schema.get("format") == "date-time":
        zone = "+00:00" if column.data_type == "timestamp" else ""
        return lambda text: f"{text.replace(' ', 'T')}{zone}"
    return str
