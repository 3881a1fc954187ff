"""A world from an extract: roles proposed from the data, source systems, connections, staging models."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from authoring.new_world.history import propose_history
from authoring.new_world.new_folder import new_folder
from authoring.new_world.source_tables import SourceTable, SystemType, read_source_tables, sql_name
from authoring.new_world.world_files import (
    TEMPLATE,
    by_system,
    readme_text,
    sources_document,
    tables_text,
    world_text,
    write_connections,
    write_text,
)
from authoring.yaml_text import flow
from benchmark.errors import LockgateError
from benchmark.world import read_world
from sources.kit.clock import WorldClock
from sources.kit.errors import GeneratorError
from sources.kit.extract import ExtractGenerator
from sources.kit.extract_files import extract_files
from sources.kit.planted import write_planted
from sources.kit.seed_checks import seed_problems

SYSTEMS = ("database", "files", "tables", "bucket", "mysql_database")
"""Names of the source systems of an extract, by type."""


class NewWorld(NamedTuple):
    """What was made, and what is left to a person."""

    place: Path
    to_decide: tuple[str, ...]
    """One sentence each."""
    notes: tuple[str, ...] = ()
    """What is worth knowing, one line each."""


def write_extract_world(place: Path, data: Path, wanted: Mapping[str, SystemType]) -> NewWorld:
    """Make a world from an extract.

    Args:
        place: Its folder, which must not exist.
        data: A folder of Parquet, CSV, JSONL and DuckDB files, or one such file; it is copied.
        wanted: Table -> type of source system, where it is not left to the data.

    Raises:
        LockgateError: The data cannot be read, or `wanted` cannot be.
    """
    with new_folder(place) as folder, _named_as(data, folder / "data"):
        copy_extract(data, folder / "data")
        tables = read_source_tables(folder / "data", {"*": SYSTEMS}, wanted, "folder")
        history = propose_history(folder / "data", tables)
        origin = f"the extract `{data.name}`"
        text = world_text(place, tables, history, f"The world {place.name}", f"{len(tables)} tables of an extract.")
        write_text(folder / "world.yaml", text)
        write_connections(folder / "project" / "el", tables)
        write_text(folder / "project/docs/sources.md", sources_document(tables))
        _write_dbt(folder / "project" / "dbt", place.name, tables)
        write_text(folder / "tables.yaml", tables_text(place, _entries(tables)))
        write_text(folder / "README.md", readme_text(place.name, tables, origin))
        spec = read_world(folder).spec
        write_planted(folder / "PLANTED.md", spec.noise)
        clock = WorldClock(spec.start_date, spec.clock_time)
        problems = seed_problems(ExtractGenerator(folder / "data", clock, spec.data), (0, 1))
    return NewWorld(place, (*_to_decide(tables, history.is_known), *problems), (f"days: {history.evidence}",))


@contextmanager
def _named_as(data: Path, copied: Path) -> Iterator[None]:
    """Name the person's own file where a copy of it cannot be read: the copy is gone by then."""
    try:
        yield
    except GeneratorError as error:
        original = str(data if data.is_dir() else data.parent)
        where, problem = (text.replace(str(copied), original) for text in (error.where, error.problem))
        raise GeneratorError(where, problem) from error


def copy_extract(data: Path, target: Path) -> None:
    """Copy an extract's files into a new folder.

    Raises:
        LockgateError: There is none.
        GeneratorError: The folder has no file of data.
    """
    if not data.exists():
        raise LockgateError(
            f"There is no {data}. Name a folder of Parquet, CSV, JSONL or DuckDB files, or one of them."
        )
    target.mkdir(parents=True)
    for path in extract_files(data) if data.is_dir() else (data,):
        shutil.copyfile(path, target / path.name)
    extract_files(target)


def _entries(tables: Sequence[SourceTable]) -> list[tuple[str, str, Sequence[str], Sequence[str]]]:
    raw = [(f"raw_{table.system}.{table.name}", "raw", table.raw_key, table.raw_columns) for table in tables]
    return [*raw, *((f"staging.{_model(table)}", "staging", table.key, table.column_names) for table in tables)]


def _model(table: SourceTable) -> str:
    return f"stg_{table.system}__{table.name}"


def _write_dbt(folder: Path, name: str, tables: Sequence[SourceTable]) -> None:
    for part in ("dbt_project.yml", "profiles.yml", "macros/generate_schema_name.sql"):
        text = (TEMPLATE / "project" / "dbt" / part).read_text(encoding="utf-8")
        write_text(folder / part, text.replace("WORLD_NAME", name))
    for system, group in by_system(tables).items():
        below = folder / "models" / "staging" / system
        names = "".join(f"      - name: {table.name}\n" for table in group)
        write_text(
            below / f"_{system}__sources.yml",
            f"sources:\n  - name: {system}\n    schema: raw_{system}\n    tables:\n{names}",
        )
        write_text(below / f"_{system}__models.yml", "models:\n" + "".join(_model_document(table) for table in group))
        for table in group:
            write_text(below / f"{_model(table)}.sql", _model_sql(table))


def _model_document(table: SourceTable) -> str:
    grain = f"One row per {', '.join(table.key)}." if table.key else "No columns tell rows apart."
    parents: Mapping[str, str] = next(
        (proposal.value for proposal in table.proposals if proposal.role == "parents"), {}
    )
    orphans = next((proposal.value for proposal in table.proposals if proposal.role == "orphans"), ())
    lines = [f"  - name: {_model(table)}\n    description: {flow(grain)}\n    columns:\n"]
    for column in table.column_names:
        lines.append(f"      - name: {flow(column)}\n")
        if table.key == (column,):
            lines.append("        data_tests: [unique, not_null]\n")
        elif column in parents:
            severity = "" if column not in orphans else ", some are missing"
            lines.append(f"        description: Points to {parents[column]}{severity}.\n")
    return "".join(lines)


def _model_sql(table: SourceTable) -> str:
    source = f"{{{{ source('{table.system}', '{table.name}') }}}}"
    if table.type == "folder" and not table.is_nested:
        # A CSV has texts alone.
        columns = [
            sql_name(column.name)
            if column.is_text
            else f"{sql_name(column.name)}::{column.type.lower()} as {sql_name(column.name)}"
            for column in table.columns
        ]
    else:
        columns = [sql_name(name) for name in table.column_names]
    listed = ",\n    ".join(columns)
    where = f"\nwhere _source_file = (select max(_source_file) from {source})" if table.is_file else ""
    return f"select\n    {listed}\nfrom {source}{where}\n"


def _to_decide(tables: Sequence[SourceTable], has_days: bool) -> list[str]:
    found = [
        f"world.yaml: title, description, owner, and the descriptions of {len(tables)} tables.",
        f"world.yaml, data: {sum(len(table.proposals) for table in tables)} roles are proposed; the comments say why.",
    ]
    if not has_days:
        found.append("world.yaml: the data has no days, so day 2 is like day 1; give a table event_time or loaded_at.")
    found += [
        f"{table.name} has no key, so it is a file of a drop folder; name its key if it has one."
        for table in tables
        if not table.key and table.type == "folder"
    ]
    found.append("dbt/models/staging: names, types, cleaning, descriptions; intermediate models and marts are missing.")
    found.append("README.md: whose data it is and under which licence.")
    found.append("noise of world.yaml: none yet, so the sources show the extract as it is.")
    return found
