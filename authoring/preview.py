"""What the source systems of a world hold on a day, as figures: rows, samples, distributions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.duckdb_sql import quote
from sources.contract import GeneratedDay

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

N_SAMPLES = 3
"""Rows shown of each table."""


@dataclass(frozen=True)
class ColumnFigures:
    """One column on one day."""

    name: str
    type: str
    """Of DuckDB."""
    n_distinct: int
    null_share: float
    """0 to 1."""
    lowest: str
    highest: str


@dataclass(frozen=True)
class TableFigures:
    """One table of a source system, or the files of one stream, on one day."""

    name: str
    """`<system>.<table>`."""
    n_files: int | None
    """Files delivered so far; None = it is no stream of files."""
    n_rows: int
    columns: tuple[ColumnFigures, ...]
    samples: tuple[Mapping[str, Any], ...]


def figures_of(day: GeneratedDay) -> Iterator[TableFigures]:
    """Look at each table in the order of the day, then at each stream of files, all files together."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, table in day.tables.items():
            yield _figures(connection, name, table, None)
        for name, files in _streams(day).items():
            yield _figures(connection, name, _all_rows(files), len(files))


def _streams(day: GeneratedDay) -> dict[str, list[pyarrow.Table]]:
    streams: dict[str, list[pyarrow.Table]] = {}
    for delivery in day.deliveries:
        streams.setdefault(f"{delivery.system}.{delivery.stream}", []).append(delivery.table)
    return streams


def _all_rows(files: list[pyarrow.Table]) -> pyarrow.Table:
    import pyarrow as pa

    return pa.concat_tables(files, promote_options="permissive")


def _figures(connection: DuckDBPyConnection, name: str, table: pyarrow.Table, n_files: int | None) -> TableFigures:
    connection.register("shown", table)
    columns = []
    for field in table.schema:
        column = quote(field.name)
        row = connection.execute(
            f"select any_value(typeof({column})), count(distinct {column}), "
            f"count(*) filter ({column} is null) / greatest(count(*), 1), "
            f"min({column})::varchar, max({column})::varchar from shown"
        ).fetchone()
        assert row is not None  # an aggregate gives one row
        kind, n_distinct, null_share, lowest, highest = row
        columns.append(
            ColumnFigures(field.name, kind or str(field.type), n_distinct, null_share, lowest or "", highest or "")
        )
    samples = table.slice(0, N_SAMPLES).to_pylist()
    connection.unregister("shown")
    return TableFigures(name, n_files, table.num_rows, tuple(columns), tuple(samples))
