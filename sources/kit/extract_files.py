"""The files of a frozen extract, as views of a DuckDB that can reach nothing else.

Each Parquet file, CSV (`.csv`, `.csv.gz`; with a header) and file of JSON lines (`.jsonl`, `.jsonl.gz`) is one table
with the name of the file. A DuckDB file (`.duckdb`) gives all its tables; it is opened read-only.
"""

import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import literal, quote
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.states import column_types

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RAW = "raw"
"""Schema of the views."""
_READERS = {
    ".parquet": "read_parquet({path})",
    ".csv": "read_csv({path}, header = true, sample_size = -1)",
    ".csv.gz": "read_csv({path}, header = true, sample_size = -1)",
    ".jsonl": "read_json({path}, format = 'newline_delimited', sample_size = -1)",
    ".jsonl.gz": "read_json({path}, format = 'newline_delimited', sample_size = -1)",
}
_DATABASE = ".duckdb"
_MAX_HEADER = 1 << 20
"""Bytes of the first line of a CSV that are looked at."""


def extract_files(folder: Path) -> tuple[Path, ...]:
    """The files of an extract, sorted; others than those named above are left alone.

    Raises:
        GeneratorError: The folder is missing or has none.
    """
    found = [path for path in sorted(folder.glob("*")) if path.is_file() and _suffix(path) is not None]
    if not found:
        state = "has no file of data" if folder.is_dir() else "is not there"
        raise GeneratorError(folder, f"{state}; an extract is a folder with {', '.join((*_READERS, _DATABASE))} files.")
    return tuple(found)


def open_extract(connection: "DuckDBPyConnection", folder: Path) -> dict[str, Path]:
    """Create a view in the schema `raw` for each table, then close the way to any other file or to a network.

    Returns:
        Table -> the file that holds it.

    Raises:
        GeneratorError: A file cannot be read, or two hold a table of one name.
    """
    import duckdb

    connection.execute(f"create schema {RAW}")
    tables: dict[str, Path] = {}
    for number, path in enumerate(extract_files(folder)):
        try:
            for table, source in _sources(connection, path, f"extract_{number}").items():
                if table in tables:
                    raise GeneratorError(path, f"has a table '{table}', and so has {tables[table].name}; rename one.")
                tables[table] = path
                connection.execute(f"create view {RAW}.{quote(table)} as from {source}")
                _check_header(path, column_types(connection, table, schema=RAW))
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise GeneratorError(path, f"cannot be read: {duckdb_message(error)}") from error
    connection.execute(f"set allowed_directories = [{literal(str(folder.resolve()))}]")
    connection.execute("set enable_external_access = false")
    return tables


def materialize(connection: "DuckDBPyConnection", tables: Mapping[str, Path]) -> None:
    """Read every row of every table once and keep them, so that a broken file is found here and not later.

    Raises:
        GeneratorError: A file is broken.
    """
    import duckdb

    for table, path in tables.items():
        name = f"{RAW}.{quote(table)}"
        try:
            connection.execute(f"create temp table reading as from {name}")
            connection.execute(f"drop view {name}; create table {name} as from reading; drop table reading")
        except duckdb.Error as error:
            raise GeneratorError(path, f"cannot be read: {duckdb_message(error)}") from error


def _sources(connection: "DuckDBPyConnection", path: Path, alias: str) -> dict[str, str]:
    """Table -> what to select from."""
    suffix = _suffix(path)
    assert suffix is not None
    if suffix != _DATABASE:
        reader = _READERS[suffix].format(path=literal(str(path.resolve())))
        return {path.name.removesuffix(suffix): reader}
    connection.execute(f"attach {literal(str(path.resolve()))} as {alias} (read_only)")
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        f"where database_name = '{alias}' and not internal order by all"
    ).fetchall()
    return {str(table): f"{alias}.{quote(schema)}.{quote(table)}" for schema, table in found}


def _check_header(path: Path, columns: Iterable[str]) -> None:
    """Refuse a CSV whose header is missing or names no column, or one twice: DuckDB makes up names then."""
    if _suffix(path) not in (".csv", ".csv.gz"):
        return
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        header = file.readline(_MAX_HEADER).decode("utf-8-sig")
    if not header.strip():
        raise GeneratorError(path, "is empty; the first line of a CSV names its columns.")
    if made_up := [name for name in columns if name.replace('"', '""') not in header]:
        problem = f"the header leaves a column without a name, or has a name twice (it would become '{made_up[0]}')"
        raise GeneratorError(path, f"{problem}; name each column once.")


def _suffix(path: Path) -> str | None:
    return next((suffix for suffix in (*_READERS, _DATABASE) if path.name.endswith(suffix)), None)
