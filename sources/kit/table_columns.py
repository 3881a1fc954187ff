"""Columns of a declared world's tables, found without making a row: queries are bound, files are described."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.world import WorldFile
from sources.kit.clock import WorldClock
from sources.kit.draws import create_draws, draw_for, set_clock
from sources.kit.errors import GeneratorError
from sources.kit.extract_files import RAW, open_extract
from sources.kit.made_tables import query_error
from sources.kit.queries import read_queries
from sources.kit.states import column_types

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TableColumns = Mapping[str, Mapping[str, str]]
"""Table -> column -> DuckDB type, in order; a table whose query is wrong is not there."""


def table_columns(spec: WorldFile, folder: Path) -> tuple[TableColumns, list[GeneratorError]]:
    """The columns of every generated table, columns for generators only included, and what is wrong in the queries.

    Args:
        spec: Of a declared world.
        folder: Where it lies.

    Raises:
        GeneratorError: The queries cannot be put in order, or a file of the extract cannot be read.
    """
    import duckdb

    generator = spec.generator
    with duckdb.connect() as connection:
        if generator.extract is not None:
            tables = open_extract(connection, folder / generator.extract)
            return {table: column_types(connection, table, schema=RAW) for table in sorted(tables)}, []
        assert generator.sql is not None
        return _of_queries(connection, spec, folder / generator.sql)


def _of_queries(
    connection: "DuckDBPyConnection", spec: WorldFile, folder: Path
) -> tuple[TableColumns, list[GeneratorError]]:
    import duckdb

    clock = WorldClock(spec.start_date, spec.clock_time)
    dials = spec.dials()
    create_draws(connection, dials.seed, dials.scale)
    connection.execute("set enable_external_access = false")
    set_clock(connection, clock.start, clock.first_as_of(dials), clock.as_of(dials), clock.now(dials))
    found: dict[str, Mapping[str, str]] = {}
    errors = []
    for query in read_queries(folder):
        if not query.reads <= set(found):
            continue  # what it reads is wrong, and said
        draw_for(connection, query.table)
        try:
            connection.execute(f"create table {quote(query.table)} as from (\n{query.sql}\n) limit 0")
        except duckdb.Error as error:
            errors.append(query_error(query, error))
            continue
        found[query.table] = column_types(connection, query.table)
    return found, errors
