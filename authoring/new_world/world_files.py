"""The files of a new world around its data: world.yaml, connections, dbt's settings, README."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from authoring.new_world.history import History
from authoring.new_world.new_folder import HIDDEN_HEAD, schema_line
from authoring.new_world.source_tables import SourceTable, mysql_type, postgres_type
from authoring.yaml_text import flow, table_entry

TEMPLATE = Path(__file__).parent / "template"
POSTGRES_SCHEMA = "source"
"""Where the tables of a database lie."""


def by_system(tables: Sequence[SourceTable]) -> dict[str, list[SourceTable]]:
    """Tables of each system, sorted by name."""
    ordered = sorted(tables, key=lambda table: (table.system, table.name))
    return {name: list(group) for name, group in groupby(ordered, key=lambda table: table.system)}


def world_text(place: Path, tables: Sequence[SourceTable], history: History, title: str, description: str) -> str:
    """The content of `world.yaml`.

    Args:
        place: Where the world will stand.
        tables: Of its source systems.
        history: Its days.
        title: Of the world.
        description: One sentence.
    """
    head = (
        f"{schema_line('world', place / 'world.yaml')}{HIDDEN_HEAD}"
        f"id: {place.name}\ntitle: {flow(title)}\ndescription: {flow(description)}\nowner: {place.name}-data\n"
        "# Seed 0 is the extract as it is; other seeds keep a part of it, under other identifiers.\n"
        f"generator: {{extract: data/}}\n# {history.evidence}\nstart_date: {history.start}\n"
        f'clock_time: "23:30:00" # UTC; `now()` and `current_date` stand here\ndays: {history.days}\n'
    )
    systems = "".join(_system(name, group) for name, group in by_system(tables).items())
    roles = "".join(_roles(table) for table in tables if table.proposals)
    return (
        f"{head}\nsystems:\n{systems}\n# What columns are for, proposed from the data: look at each, and correct it.\n"
        f"data:\n{roles}\n# What goes wrong on the way from the data to the systems; for example\n"
        "#   - {kind: late, table: …, rate: 0.05, by: 2d}\nnoise: []\n"
    )


def _system(name: str, tables: Sequence[SourceTable]) -> str:
    if tables[0].is_file:
        listed = "".join(f"      {_file_name(table, '<date>')}: {_delivered(table)}\n" for table in tables)
        files = "".join(
            f"      {table.name}: "
            + flow({"pattern": _file_name(table), **({} if table.is_whole else {"delivery": "changes"})})
            + "\n"
            for table in tables
        )
        return (
            f"  {name}:\n    type: {tables[0].type}\n    description: Files with the extract's tables, each day anew.\n"
            f"    documentation: |\n{listed}    files:\n{files}"
        )
    if tables[0].type == "given":
        schema = f"    schema: {tables[0].schema}\n" if tables[0].schema else ""
        listed = "".join(f"      {table.name}: {{}}\n" for table in tables)
        return (
            f"  {name}:\n    type: given\n    description: Tables that stand in the warehouse, and that nobody loads.\n"
            f"{schema}    tables:\n{listed}"
        )
    kind = tables[0].type
    schema = f"    schema: {POSTGRES_SCHEMA}\n" if kind == "postgres" else ""
    head = f"  {name}:\n    type: {kind}\n    description: A database with the extract's tables.\n{schema}    tables:\n"
    return head + "".join(_table(table) for table in tables)


def _table(table: SourceTable) -> str:
    columns = "".join(
        f"          {flow(column.name)}: {_sql_type(table, column.name, column.type)}\n" for column in table.columns
    )
    key = flow(table.key[0] if len(table.key) == 1 else list(table.key))
    return (
        f"      {table.name}:\n        key: {key}\n        description: One row per {', '.join(table.key)}.\n"
        f"        columns:\n{columns}"
    )


def _sql_type(table: SourceTable, column: str, type_: str) -> str | None:
    return mysql_type(type_, is_key=column in table.key) if table.type == "mysql" else postgres_type(type_)


def _roles(table: SourceTable) -> str:
    lines = [f"  {table.name}:\n"]
    for proposal in table.proposals:
        lines += [f"    # {proposal.evidence}\n", f"    {proposal.role}: {flow(proposal.value)}\n"]
    return "".join(lines)


def _file_name(table: SourceTable, date: str = "{date:%Y%m%d}") -> str:
    return f"{table.name}_{date}.{table.suffix}"


def _delivered(table: SourceTable) -> str:
    if table.is_whole:
        return f"every row of {table.name}, each day"
    return f"rows of {table.name} that are new or changed since the file before"


def write_connections(folder: Path, tables: Sequence[SourceTable]) -> None:
    """Write a connection file for each system; given tables need none."""
    for name, group in by_system(tables).items():
        if group[0].type != "given":
            write_text(folder / f"{name}.yaml", connection_text(name, group))


def connection_text(name: str, tables: Sequence[SourceTable]) -> str:
    """The content of `el/<name>.yaml`."""
    upper = name.upper()
    namespace = f"namespace: {tables[0].schema}\n" if tables[0].schema not in ("", f"raw_{name}") else ""
    if tables[0].is_file:
        comment = (
            "# The files hold every row, each day; staging takes the latest file.\n"
            if tables[0].is_whole
            else "# Files hold what is new or changed; of each key the latest row stays.\n"
        )
        keys = ("endpoint", "bucket", "region", "access_key_id", "secret_access_key")
        names = {"endpoint": "endpoint_url"}
        config = (
            f'config: {{directory: "${{{upper}_DIR}}"}}\n'
            if tables[0].type == "folder"
            else "config:\n" + "".join(f"  {names.get(key, key)}: ${{{upper}_{key.upper()}}}\n" for key in keys)
        )
        source = "files" if tables[0].type == "folder" else "object_store"
        head = f"{comment}connection: {name}\n{namespace}source: {source}\n{config}streams:\n"
        return head + "".join(_file_stream(table) for table in tables)
    config = "".join(
        f"  {key}: ${{{upper}_{key.upper()}}}\n" for key in ("host", "port", "database", "user", "password")
    )
    schema = f"  schema: {POSTGRES_SCHEMA}\n" if tables[0].type == "postgres" else ""
    streams = "".join(f"  - {{name: {table.name}, primary_key: {flow(list(table.key))}}}\n" for table in tables)
    return (
        "# Every table as a whole, each time. An incremental sync needs a column with the time of a row's change.\n"
        f"connection: {name}\n{namespace}source: {tables[0].type}\nconfig:\n{config}{schema}streams:\n{streams}"
    )


def _file_stream(table: SourceTable) -> str:
    format_ = table.suffix.partition(".")[0]
    pattern = flow(f"{table.name}_[0-9]*.{table.suffix}")
    return (
        f"  - name: {table.name}\n    pattern: {pattern}\n    format: {format_}\n"
        "    sync_mode: incremental\n    destination_sync_mode: append_dedup\n"
        f"    primary_key: {flow(list(table.raw_key))}\n"
    )


def tables_text(place: Path, entries: Sequence[tuple[str, str, Sequence[str], Sequence[str]]]) -> str:
    """The content of `tables.yaml`; entries are table, stage, key and columns."""
    head = (
        f"{schema_line('tables', place / 'tables.yaml')}"
        "# Every table that a task may score: stage, grain (key), columns. "
        f"`lockgate sync {place.name}` keeps it up to date.\ntables:\n"
    )
    return head + "".join(table_entry(*entry) for entry in entries)


def sources_document(tables: Sequence[SourceTable]) -> str:
    """`docs/sources.md`: what the owners of the sources tell their users, as far as it is known."""
    parts = ["# Where the data comes from\n"]
    for name, group in by_system(tables).items():
        kind = {
            "folder": "files of the drop folder",
            "object_store": "objects of the bucket",
            "given": "tables of the warehouse",
        }.get(group[0].type, "tables of the database")
        parts.append(f"\n## `{name}`: {kind}\n\n")
        for table in group:
            grain = ", ".join(f"`{column}`" for column in table.key)
            parts.append(f"- `{table.name}`{f': one row per {grain}' if grain else ''}\n")
    return "".join(parts)


def readme_text(name: str, tables: Sequence[SourceTable], origin: str) -> str:
    """The data card."""
    rows = "".join(
        f"| {table.name} | {table.columns[0].n_rows if table.columns else 0:,} | {', '.join(table.key) or 'none'} |\n"
        for table in tables
    )
    return (
        f"# The world `{name}`\n\nMade from {origin}. Say here whose data it is, under which licence, what is real and "
        f"what is made.\n\n| table | rows | key |\n|---|---:|---|\n{rows}"
    )


def write_text(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
