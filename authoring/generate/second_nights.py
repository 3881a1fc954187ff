"""What a table that only gets new rows would show on the second night, without building it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from authoring.generate.incremental_versions import TIMES, Version
from benchmark.duckdb_sql import literal, quote
from benchmark.tables import TableSpec


class Nights(NamedTuple):
    """A table on two nights, as it should be."""

    first: Path
    """Parquet file."""
    second: Path


def filled_times(nights: Nights, columns: Sequence[str]) -> dict[str, str]:
    """Days and times of a table that are empty on neither night: column -> type."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "create table every_row as " + " union all by name ".join(f"from {_parquet(path)}" for path in nights)
        )
        types = {str(row[0]): str(row[1]) for row in connection.execute("describe every_row").fetchall()}
        found = {}
        for column in columns:
            if not types.get(column, "").startswith(TIMES):
                continue
            (n_empty,) = connection.execute(f"select count_if({quote(column)} is null) from every_row").fetchone() or (
                1,
            )
            if not n_empty:
                found[column] = types[column]
    return found


def share_wrong(nights: Nights, spec: TableSpec, version: Version) -> tuple[int, float]:
    """Rows that would be wrong, missing or too many on the second night, and their share of all.

    Args:
        nights: The table, that is written whole each night.
        spec: Its key and columns.
        version: One that writes new rows only.
    """
    key = " and ".join(f"a.{quote(column)} is not distinct from b.{quote(column)}" for column in spec.key)
    columns = ", ".join(map(quote, spec.columns))
    cursor, sign = quote(version.cursor), ">=" if version.is_at_or_after else ">"
    old, new = _parquet(nights.first), _parquet(nights.second)
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"create table written as from {new} where {cursor} {sign} (select max({cursor}) from {old}); "
            f"create table shown as select {columns} from {old} as a anti join written as b on {key} "
            f"union all select {columns} from written"
        )
        right, shown = f"(select {columns} from {new})", "(from shown)"
        n_lost, n_more, n_rows = connection.execute(
            f"select (select count(*) from ({right} except all {shown})), "
            f"(select count(*) from ({shown} except all {right})), count(*) from {new}"
        ).fetchone() or (0, 0, 0)
    n_wrong = max(n_lost, n_more)  # a row that changed is among both
    return int(n_wrong), n_wrong / max(1, n_rows)


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"
