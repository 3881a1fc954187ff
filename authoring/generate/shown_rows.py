"""Right rows of a mart that a ticket shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from benchmark.duckdb_sql import literal, quote

MIN_ROWS = 20
"""Of a mart; of a smaller one two or three rows would be much of the answer."""


def shown_rows(path: Path, columns: Sequence[str], order: str, n_rows: int) -> tuple[Mapping[str, object], ...]:
    """The first rows of a table in some order; none where it has fewer than `MIN_ROWS`.

    Args:
        path: Its Parquet file.
        columns: Those that are shown.
        order: SQL after `order by`; it decides between any two rows.
        n_rows: How many.
    """
    listed = ", ".join(quote(name) for name in columns)
    table = f"read_parquet({literal(str(path))})"
    with duckdb.connect(":memory:") as connection:
        connection.execute("set TimeZone = 'UTC'")
        (n_of_table,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
        if n_of_table < MIN_ROWS:
            return ()
        rows = connection.execute(f"select {listed} from {table} order by {order} limit {n_rows}").fetchall()
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)


def shuffled(seed: int, columns: Sequence[str]) -> str:
    """SQL whose values put rows in the order of a hash."""
    return f"md5({literal(str(seed))} || concat_ws('|', {', '.join(quote(name) for name in columns)}))"
