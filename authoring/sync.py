"""Bringing `tables.yaml` up to date with what a world's pipeline builds. Order, tolerances and comments stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from authoring.built.build import build_world
from authoring.built.tables import BuiltTable, built_tables, read_connections, table_names
from authoring.yaml_edits import add_item, entry_span, remove_item, set_key
from authoring.yaml_text import flow, table_entry
from benchmark.errors import LockgateError
from benchmark.files import scratch_folder, write_atomic
from benchmark.tables import TableSpec
from benchmark.world import World
from benchmark.yaml_files import read_text
from benchmark.yaml_guard import load_yaml
from sources.kit.planted import planted_section, with_section

_LEFT_OUT = re.compile(r"#\s*left out:\s*(.+)")
"""A comment in the entry of a table: columns that are not scored on purpose."""
_OF_FILES = ("_source_file", "_source_row", "_ab_")
"""Beginnings of columns that the reading of files adds."""
_SURE_STAGES = ("folder", "schema")
_SURE_KEYS = ("test", "constraint", "primary_key")


class Sync(NamedTuple):
    """What differs."""

    changes: tuple[str, ...]
    """One sentence each."""
    text: str
    """`tables.yaml` as it should be."""


def sync_world(world: World, *, is_written: bool) -> tuple[str, ...]:
    """Load and build a world once; compare its tables with `tables.yaml`, and its noise with `PLANTED.md`.

    Args:
        world: The world.
        is_written: Whether the file is changed.

    Returns:
        What changed, or would, in `tables.yaml` and `PLANTED.md`.

    Raises:
        LockgateError: The project does not build, or a key names a column that is gone.
    """
    path = world.folder / "tables.yaml"
    with scratch_folder("sync") as scratch:
        built = build_world(world, scratch)
        if built.failures:
            listed = "\n".join(built.failures)
            raise LockgateError(f"The project of {world.id} does not build, so its tables are not known:\n{listed}")
        made = built_tables(built, read_connections(world.project_dir))
        every = table_names(built)
    found = compare(read_text(path), world.tables, made, every)
    if is_written and found.changes:
        write_atomic(path, found.text)
    return (*found.changes, *_sync_planted(world, is_written=is_written))


def _sync_planted(world: World, *, is_written: bool) -> tuple[str, ...]:
    """Bring the section of `PLANTED.md` with the declared noise up to date."""
    path = world.folder / "PLANTED.md"
    text = read_text(path) if path.is_file() else ""
    if not text and not world.spec.noise:
        return ()
    written = with_section(text, planted_section(world.spec.noise), path)
    if written == text:
        return ()
    if is_written:
        write_atomic(path, written)
    return ("PLANTED.md: the declared noise of world.yaml",)


def compare(text: str, known: dict[str, TableSpec], made: Sequence[BuiltTable], every: frozenset[str]) -> Sync:
    """Find what differs between `tables.yaml` and what was built.

    Args:
        text: The file.
        known: What it says.
        made: The tables that a task may score.
        every: Names of all tables that are there, in lower case.
    """
    changes: list[str] = []
    by_lower = {name.lower(): name for name in known}
    for name in known:
        if name.lower() not in every:
            start, end = entry_span(text, ("tables",), name)
            text = text[:start] + text[end:]
            changes.append(f"{name} is gone: nothing builds it")
    for table in made:
        listed = by_lower.get(table.name.lower())
        if listed is None:
            text = _add(text, table)
            changes.append(f"{table.name} is new ({table.stage}: {table.stage_evidence}; key: {table.key_evidence})")
            continue
        for change, edited in _update(text, listed, known[listed], table):
            text = edited
            changes.append(change)
    return Sync(tuple(changes), text)


def _update(text: str, name: str, spec: TableSpec, table: BuiltTable) -> Iterator[tuple[str, str]]:
    start, end = entry_span(text, ("tables",), name)
    left_out = {word for found in _LEFT_OUT.finditer(text[start:end]) for word in re.findall(r"\w+", found[1].lower())}
    listed = {column.lower() for column in spec.columns}
    there = {column.lower() for column in table.columns}
    path = ("tables", name, "columns")
    for column in spec.columns:
        if column.lower() not in there:
            for role, columns in (("key", spec.key), ("tolerance", tuple(spec.tolerance))):
                if column in columns:
                    raise LockgateError(f"tables.yaml: {name} has no column '{column}' any more, and {role} names it.")
            text = remove_item(text, path, column)
            yield f"{name}: column {column} is gone", text
    for column in table.columns:
        is_own = column.lower() in listed or column.lower() in left_out
        if not is_own and not (table.stage == "raw" and column.startswith(_OF_FILES)):
            text = add_item(text, path, flow([column])[1:-1])
            yield f"{name}: column {column} is new", text
    if table.key and table.key_evidence.startswith(_SURE_KEYS) and set(table.key) != set(spec.key):
        text = set_key(text, ("tables", name), "key", flow(list(table.key)))
        yield f"{name}: the key is {', '.join(table.key)} ({table.key_evidence})", text
    if table.stage != spec.stage and table.stage_evidence.startswith(_SURE_STAGES):
        text = set_key(text, ("tables", name), "stage", table.stage)
        yield f"{name}: the stage is {table.stage} ({table.stage_evidence})", text


def _add(text: str, table: BuiltTable) -> str:
    """After the last table of its stage, else at the end."""
    entry = table_entry(table.name, table.stage, table.key, table.columns)
    listed: dict[str, dict[str, str]] = load_yaml(text)["tables"]
    same = [name for name, spec in listed.items() if spec["stage"] == table.stage]
    if same:
        _, end = entry_span(text, ("tables",), same[-1])
        return text[:end] + ("" if text[:end].endswith("\n") else "\n") + entry + text[end:]
    if not listed:
        return text[: text.index("tables:")] + "tables:\n" + entry
    return text.rstrip() + "\n" + entry
