"""A table of gold in the shape that the submission gave it, for the submission's own models to read."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmark.duckdb_sql import quote
from runtime.jobs import export
from runtime.parquet_types import readable

_NUMBER = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|FLOAT|DOUBLE)$")
_MOMENT = re.compile(r"^(DATE|TIMESTAMP.*)$")
_TEXT = re.compile(r"^(VARCHAR|UUID|ENUM\(.*\))$", re.DOTALL)
_FAMILIES = (_NUMBER, _MOMENT, _TEXT)
"""Types whose values can be equal, see docs/equality.md. A number never equals a text."""

Columns = dict[str, tuple[str, str]]
"""Lower-case name -> name and type."""
_GOLD, _OWN = "given.gold", "given.own"
_PAIRED = "lockgate_is_paired"


def write_replacement(gold: Path, own: Path | None, columns: Sequence[str], key: Sequence[str], target: Path) -> bool:
    """Write gold's rows with the columns and the types that the submission's table has.

    A scored column holds gold's values, in the submission's type where that type holds every one of them. Any other
    column holds what the submission's row of the same key holds, because its meaning is the submission's own.

    Args:
        gold: Gold's Parquet file.
        own: The submission's Parquet file; None = it built no such table.
        columns: Scored columns.
        key: Columns that identify a row; empty = none are known.
        target: Parquet file to be written.

    Returns:
        Whether it is gold's table, to the order and the types of its columns.
    """
    if own and not _has_golds_shape(gold, own, columns) and _write(gold, own, columns, key, target):
        return False
    shutil.copyfile(gold, target)
    return True


def _has_golds_shape(gold: Path, own: Path, columns: Sequence[str]) -> bool:
    """Whether the replacement is gold's table: each column is scored, and has its name, type and place in both."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            gold_types, own_types = (_types(connection, f"({readable(connection, path)})") for path in (gold, own))
        except duckdb.Error:
            return False
    is_all_scored = gold_types.keys() <= {name.lower() for name in columns}
    return is_all_scored and list(own_types.items()) == list(gold_types.items())


def _write(gold: Path, own: Path, columns: Sequence[str], key: Sequence[str], target: Path) -> bool:
    """Write gold in another shape; whether that could be done."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "tables.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            export.copy_in(connection, _GOLD, gold)
            export.copy_in(connection, _OWN, own)
            query = _query(connection, columns, key)
        except duckdb.Error as error:
            problem: str | None = str(error)
        else:
            problem = export.export_query(connection, query, target)
    if problem:
        print(f"{gold.name}: the submission's table has no shape that gold could take: {problem}")  # noqa: T201 - the log
    return not problem


def _query(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], key: Sequence[str]) -> str:
    gold_types, own_types = _types(connection, _GOLD), _types(connection, _OWN)
    scored = [name.lower() for name in columns if name.lower() in gold_types]
    missing = [name for name in scored if name not in own_types]
    is_paired = bool(key) and {name.lower() for name in key} <= gold_types.keys() & own_types.keys()
    is_joined = is_paired and any(name not in scored for name in own_types)
    selected = []
    for name in [*own_types, *missing]:
        label, own_type = own_types.get(name, gold_types.get(name, ("", "")))
        gold_label, gold_type = gold_types.get(name, (None, None))
        value = f"g.{quote(gold_label)}" if gold_label else "null"
        if name not in scored:
            value = f"try_cast({value} as {own_type})"
            value = f"case when o.{_PAIRED} then o.{quote(label)} else {value} end" if is_joined else value
        elif gold_type and _holds_all(connection, value, gold_type, own_type):
            value = f"cast({value} as {own_type})"
        selected.append(f"{value} as {quote(label)}")
    source = f"{_GOLD} g" + (_join(key, gold_types, own_types) if is_joined else "")
    return f"select {', '.join(selected)} from {source}"


def _join(key: Sequence[str], gold_types: Columns, own_types: Columns) -> str:
    """Add the submission's row of the same key to gold's; of several rows any one."""
    pairs = [(gold_types[name.lower()], own_types[name.lower()][0]) for name in key]
    distinct = ", ".join(quote(own_label) for _, own_label in pairs)
    conditions = " and ".join(
        f"try_cast(o.{quote(own_label)} as {gold_type}) is not distinct from g.{quote(gold_label)}"
        for (gold_label, gold_type), own_label in pairs
    )
    rows = f"select distinct on ({distinct}) *, true as {_PAIRED} from {_OWN}"
    return f" left join ({rows}) o on {conditions}"


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> Columns:
    rows = connection.execute(f"describe from {relation}").fetchall()
    return {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in rows}


def _holds_all(connection: duckdb.DuckDBPyConnection, value: str, gold_type: str, own_type: str) -> bool:
    """Whether each of gold's values has an equal one in the submission's type."""
    if gold_type == own_type or not any(f.match(gold_type) and f.match(own_type) for f in _FAMILIES):
        return False
    there_and_back = f"try_cast(try_cast({value} as {own_type}) as {gold_type})"
    row = connection.execute(
        f"select count(*) from {_GOLD} g where {there_and_back} is distinct from {value}"
    ).fetchone()
    return row == (0,)
