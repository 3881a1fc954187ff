"""Where the rows of a dbt project's raw tables come from: given files, seeds, files that its sources name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from authoring.new_world.dbt_seeds import SeedReading
from authoring.new_world.dbt_sources import DbtSource
from benchmark.duckdb_sql import literal, quote
from benchmark.errors import LockgateError
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.extract_files import extract_files


class Seed(NamedTuple):
    """A seed of the copied project."""

    path: Path
    reading: SeedReading


def take_data(
    sources: Sequence[DbtSource], origin: Path, data: Path | None, seeds: Mapping[str, Seed], target: Path
) -> tuple[DbtSource, ...]:
    """Put the data of each source table into a new folder, one file each, named as the table.

    Args:
        sources: The tables.
        origin: The project's folder, from which the files that its sources name are found.
        data: A folder with files, or a file, or None.
        seeds: Those of the project; one of the name of a table holds its data, and leaves the project.
        target: The new folder.

    Returns:
        The tables that have data.

    Raises:
        LockgateError: A table that a model reads has none.
    """
    target.mkdir()
    clash = {one.identifier for one in sources for two in sources if one != two and one.identifier == two.identifier}
    if clash:
        raise LockgateError(f"Two sources have a table '{sorted(clash)[0]}': give one of them another identifier.")
    if data is not None and not data.exists():
        raise LockgateError(
            f"There is no {data}. Name a folder of Parquet, CSV, JSONL or DuckDB files, or one of them."
        )
    taken: set[DbtSource] = set()
    for path, fitting in () if data is None else _files(data, sources):
        taken |= _take_from(path, fitting, target)
    for source in sources:
        seed = next((seed for name, seed in seeds.items() if source.is_called(name)), None)
        named = origin / source.location if source.location else None
        if source in taken:
            continue
        if seed is not None:
            _take_seed(seed, target / f"{source.identifier}.parquet")
            taken.add(source)
        elif named is not None and named.is_file():
            taken |= _take_from(named, [source], target, is_named=True)
    missing = [_missing(source) for source in sources if source.is_read and source not in taken]
    if missing:
        where = f"Neither {data} nor the project's seeds hold" if data else "The project's seeds hold no"
        raise LockgateError(
            f"{len(missing)} tables that models read have no data: {', '.join(missing)}. {where} tables of such "
            "names. Give them with --data: a DuckDB file, or a folder of files called as the tables, those of a source "
            "in a folder of its name where need be."
        )
    return tuple(source for source in sources if source in taken)


def _missing(source: DbtSource) -> str:
    name = f"{source.source}.{source.identifier}"
    return f"{name} (the project reads {source.location})" if source.location else name


def _files(data: Path, sources: Sequence[DbtSource]) -> Iterator[tuple[Path, Sequence[DbtSource]]]:
    """Files of data, each with the tables that it may hold: in a folder called as a source, those of the source."""
    if not data.is_dir():
        yield data, sources
        return
    folders = {}
    for path in sorted(data.iterdir()):
        own = [source for source in sources if path.name.lower() in (source.source.lower(), source.schema.lower())]
        if path.is_dir() and own:
            folders[path] = own
    if not folders or any(path.is_file() for path in data.iterdir()):
        folders[data] = list(sources)
    for folder, fitting in folders.items():
        for path in extract_files(folder):
            yield path, fitting


def _take_seed(seed: Seed, target: Path) -> None:
    """Write a seed as Parquet, with the types that dbt gives it, and take it out of the project."""
    import duckdb

    options = "header = true, sample_size = -1"
    if seed.reading.delimiter:
        options += f", delim = {literal(seed.reading.delimiter)}"
    try:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            rows = f"read_csv({literal(str(seed.path))}, {options})"
            found = [str(row[0]) for row in connection.execute(f"describe from {rows}").fetchall()]
            types = {column: type_ for column, type_ in seed.reading.types.items() if column in found}
            if types:
                listed = ", ".join(f"{literal(column)}: {literal(type_)}" for column, type_ in types.items())
                rows = f"read_csv({literal(str(seed.path))}, {options}, types = {{{listed}}})"
            connection.execute(f"copy (from {rows}) to {literal(str(target))} (format parquet)")
    except duckdb.Error as error:
        raise GeneratorError(seed.path.name, f"cannot be read: {duckdb_message(error)}") from error
    seed.path.unlink()


def _take_from(path: Path, sources: Sequence[DbtSource], target: Path, *, is_named: bool = False) -> set[DbtSource]:
    """Copy what a file holds of some tables; `is_named`: it holds that of the one source, whatever it is called."""
    import duckdb

    if not path.name.endswith((".duckdb", ".db")):
        stem, _, suffix = path.name.partition(".")
        found = next((source for source in sources if is_named or source.is_called(stem)), None)
        if found is None:
            return set()
        shutil.copyfile(path, target / f"{found.identifier}.{suffix}")
        return {found}
    taken = set()
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {literal(str(path.resolve()))} as given (read_only)")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'given' and not internal"
            ).fetchall()
            for source in sources:
                named = [(schema, table) for schema, table in tables if source.is_called(table)]
                exact = [pair for pair in named if pair[0] == source.schema] or named
                if exact:
                    schema, table = exact[0]
                    file = literal(str(target / f"{source.identifier}.parquet"))
                    kept = "columns(c -> not starts_with(c, '_airbyte_'))"  # without what a load of Airbyte's adds
                    rows = f"select {kept} from given.{quote(schema)}.{quote(table)}"
                    connection.execute(f"copy ({rows}) to {file} (format parquet)")
                    taken.add(source)
    except duckdb.Error as error:
        raise GeneratorError(path, f"cannot be read: {duckdb_message(error)}") from error
    return taken
