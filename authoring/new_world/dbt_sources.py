"""The raw tables that a dbt project reads: its sources, or seeds that stand for them; and where their data is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authoring.lineage.dbt_files import parse_code
from authoring.new_world.dbt_copy import connection_name
from authoring.yaml_edits import remove_key, set_key
from authoring.yaml_text import flow
from benchmark.duckdb_sql import literal, quote
from benchmark.errors import LockgateError
from benchmark.yaml_files import parse_yaml, read_text
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.extract_files import extract_files

_CODE = (".sql", ".py")
_YAML = (".yml", ".yaml")


@dataclass(frozen=True)
class DbtSource:
    """A table of a source."""

    source: str
    table: str
    identifier: str
    """Name of the table in the database."""
    schema: str
    is_read: bool
    """Whether a model reads it."""

    @property
    def connection(self) -> str:
        """Name of the connection that loads it."""
        return connection_name(self.source)

    def is_called(self, name: str) -> bool:
        """Whether data of this name is its."""
        return name.lower() in {
            self.identifier.lower(), self.table.lower(), f"{self.source}__{self.table}".lower()
        }  # fmt: skip


def find_sources(dbt: Path) -> tuple[DbtSource, ...]:
    """The source tables of a project, sorted.

    Raises:
        SpecError: A YAML file is not valid.
    """
    read = {pair for path in _files(dbt, _CODE) for pair in parse_code(read_text(path)).sources}
    found = {}
    for path in _files(dbt, _YAML):
        for source in _listed(path, "sources"):
            for table in source.get("tables") or []:
                name, own = str(source.get("name")), str(table.get("name"))
                found[name, own] = DbtSource(
                    name,
                    own,
                    str(table.get("identifier") or own),
                    str(source.get("schema") or name),
                    (name, own) in read,
                )
    return tuple(found[key] for key in sorted(found))


def point_sources_at_raw_schemas(dbt: Path) -> int:
    """Have each source lie where its connection loads it; returns the number of changed lines."""
    n_lines = 0
    for path in _files(dbt, _YAML):
        before = text = read_text(path)
        for number, source in enumerate(_listed(path, "sources")):
            text = set_key(text, ("sources", number), "schema", f"raw_{connection_name(str(source.get('name')))}")
            text = remove_key(text, ("sources", number), "database")
        if text != before:
            n_lines += sum(old not in before.splitlines() for old in text.splitlines())
            path.write_text(text, encoding="utf-8")
    return n_lines


def seeds_of(dbt: Path, project: Mapping[str, Any]) -> dict[str, Path]:
    """Name -> file of each seed."""
    folders = project.get("seed-paths") or ["seeds"]
    return {path.stem: path for name in folders for path in sorted((dbt / str(name)).rglob("*.csv"))}


def seeds_for_sources(dbt: Path, seeds: Mapping[str, Path], project: str) -> tuple[DbtSource, ...]:
    """Seeds that stand for raw tables: those called `raw_…`, or else those that the first models read."""
    read = {name for path in _files(dbt, _CODE) for name in parse_code(read_text(path)).references}
    likely = [name for name in seeds if name in read and name.lower().startswith("raw")]
    first = {
        name
        for path in _files(dbt, _CODE)
        if path.stem.startswith(("stg_", "base_", "src_")) or "staging" in path.parts
        for name in parse_code(read_text(path)).references
    }
    chosen = likely or [name for name in seeds if name in first] or [name for name in seeds if name in read]
    return tuple(DbtSource(project, name, name, project, True) for name in sorted(chosen))


def read_seeds_as_sources(dbt: Path, sources: Sequence[DbtSource]) -> int:
    """Have models read sources where they read seeds; returns the number of changed lines."""
    n_lines = 0
    for path in _files(dbt, _CODE):
        text = read_text(path)
        for source in sources:
            pattern = rf"\bref\s*\(\s*(['\"]){re.escape(source.table)}\1\s*\)"
            text, n = re.subn(pattern, f"source('{source.connection}', '{source.table}')", text)
            n_lines += n
        path.write_text(text, encoding="utf-8")
    connection = sources[0].connection
    tables = "".join(f"      - name: {flow(source.table)}\n" for source in sources)
    head = f"# Seeds that stand for tables of source systems, and are loaded.\nsources:\n  - name: {connection}\n"
    path = dbt / "models" / f"_{connection}__sources.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{head}    schema: raw_{connection}\n    tables:\n{tables}", encoding="utf-8")
    return n_lines


def take_data(
    sources: Sequence[DbtSource], data: Path | None, seeds: Mapping[str, Path], target: Path
) -> tuple[DbtSource, ...]:
    """Put the data of each source table into a new folder, one file each, named as the table.

    Args:
        sources: The tables.
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
    taken = set()
    for path in () if data is None else extract_files(data) if data.is_dir() else (data,):
        taken |= _take_from(path, sources, target)
    for source in sources:
        seed = next((path for name, path in seeds.items() if source.is_called(name)), None)
        if source not in taken and seed is not None:
            shutil.move(seed, target / f"{source.identifier}.csv")
            taken.add(source)
    missing = [f"{source.source}.{source.identifier}" for source in sources if source.is_read and source not in taken]
    if missing:
        where = f"{data} and the project's seeds hold" if data else "the project's seeds hold"
        raise LockgateError(
            f"{len(missing)} tables that models read have no data: {', '.join(missing)}. Neither {where} a table of "
            "such a name. Give them with --data: a DuckDB file, or files called as the tables."
            if data
            else f"{len(missing)} tables that models read have no data: {', '.join(missing)}. Give it with --data: a "
            "DuckDB file, or a folder of files called as the tables."
        )
    return tuple(source for source in sources if source in taken)


def _take_from(path: Path, sources: Sequence[DbtSource], target: Path) -> set[DbtSource]:
    import duckdb

    if not path.name.endswith((".duckdb", ".db")):
        stem, _, suffix = path.name.partition(".")
        found = next((source for source in sources if source.is_called(stem)), None)
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


def _files(dbt: Path, suffixes: Sequence[str]) -> Iterator[Path]:
    """Those of the project itself."""
    for path in sorted(dbt.rglob("*")):
        if (
            path.suffix in suffixes
            and path.is_file()
            and path.relative_to(dbt).parts[0] not in ("dbt_packages", "macros")
        ):
            yield path


def _listed(path: Path, key: str) -> list[dict[str, Any]]:
    text = read_text(path)
    if not text.strip() or f"{key}:" not in text:
        return []
    listed = parse_yaml(text, path).get(key)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
