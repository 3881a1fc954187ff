"""Columns that are never empty and 0 where there is nothing, and whose description does not say so.

A description like "paid orders" leaves open whether a customer without one has 0 or an empty value. Gold tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb

from authoring.new_task.contract import Contract
from benchmark.duckdb_sql import literal, quote

_TOLD = re.compile(r"(?<![\w.,])0(?![\w.,]|\s*(?:to|-)\s*1\b)|\bzero\b|\bnever (?:empty|null)\b", re.IGNORECASE)
"""Words of a description that speak of 0, or of no empty value; "0 to 1" speaks of neither."""
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")


def untold_zeros(contract: Contract, paths: Iterable[Path]) -> tuple[str, ...]:
    """Numbers of a table that are 0 in a row of some seed and empty in none, without a word of it in the description.

    Args:
        contract: Of the table. Columns of its key are left out: a key is never empty anyway.
        paths: The table's Parquet file on each seed.
    """
    silent = [
        column.name
        for column in contract.columns
        if column.name not in contract.key and not _TOLD.search(column.description)
    ]
    kept, zero = set(silent), set[str]()
    with duckdb.connect(":memory:") as connection:
        for path in paths:
            table = f"read_parquet({literal(str(path))})"
            types = {str(row[0]): str(row[1]) for row in connection.execute(f"describe from {table}").fetchall()}
            kept -= {name for name in kept if not types[name].startswith(_NUMBERS)}
            for name in sorted(kept):
                column = quote(name)
                found = connection.execute(
                    f"select count(*) - count({column}), count(*) filter ({column} = 0) from {table}"
                ).fetchone()
                assert found is not None
                n_empty, n_zero = found
                if n_empty:
                    kept.discard(name)
                if n_zero:
                    zero.add(name)
    return tuple(name for name in silent if name in kept & zero)
