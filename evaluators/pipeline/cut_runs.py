"""Parts of what a run of the solution left: the raw tables and some of the relations, in a file of its own.

A new file is written: what is dropped from a database file can still be read in it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import duckdb

from benchmark.cache import find_entry, new_entry, one_at_a_time
from benchmark.duckdb_sql import literal, quote
from benchmark.files import write_json_atomic
from benchmark.paths import cache_dir
from evaluators.pipeline.kept_builds import BUILT, LOADED, KeptBuild
from evaluators.pipeline.loads import WAREHOUSE
from evaluators.pipeline.plain.jinja import NotPlainError
from runtime.dbt.clock import parse_pinned, pin_warehouse
from runtime.jobs.warehouse_objects import Relations, copy_table, is_view, relations_of, unusual_object

VIEWS = "views.json"
_OPEN = ("built", "loaded")


class CutRun(NamedTuple):
    """Some relations of a run."""

    folder: Path
    """Holds a warehouse with the tables."""
    views: tuple[tuple[str, str], ...]
    """`schema.identifier` and SQL, one that reads another after it."""


def cut_run(kept: KeptBuild, wanted: Collection[str], pinned: str) -> CutRun:
    """Some relations that a run of the solution built.

    Args:
        kept: The run.
        wanted: `schema.identifier`, in small letters.
        pinned: The instant of the run.

    Raises:
        NotPlainError: The solution's build leaves something that dbt does not know of.
    """
    return _kept_cut(kept, wanted, pinned, "")


def lay_cut(kept: KeptBuild, which: str, wanted: Collection[str], pinned: str, workspace: Path) -> None:
    """Put a warehouse with the raw tables and some relations of a run into a workspace that has none.

    Args:
        kept: The run.
        which: `LOADED` or `BUILT`.
        wanted: As `cut_run`.
        pinned: The instant of the run.
        workspace: The workspace.

    Raises:
        NotPlainError: As `cut_run`.
    """
    cut = _kept_cut(kept, wanted, pinned, which)
    shutil.copyfile(cut.folder / WAREHOUSE, workspace / WAREHOUSE)


def _kept_cut(kept: KeptBuild, wanted: Collection[str], pinned: str, whole: str) -> CutRun:
    """`whole` is the warehouse of which the raw tables are wanted too; empty = tables of the built one alone."""
    key = hashlib.sha256("\n".join([kept.folder.name, whole, *sorted(wanted)]).encode()).hexdigest()[:32]
    entry = cache_dir() / "cuts" / key
    if not find_entry(entry):
        with one_at_a_time("cuts", key), new_entry(entry) as folder:
            views = _cut(kept, wanted, pinned, whole, folder / WAREHOUSE)
            write_json_atomic(folder / VIEWS, views)
    views = json.loads((entry / VIEWS).read_text(encoding="utf-8"))
    return CutRun(entry, tuple((name, sql) for name, sql in views))


def _cut(kept: KeptBuild, wanted: Collection[str], pinned: str, whole: str, target: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(target)) as connection:
        for name, folder in zip(_OPEN, (BUILT, LOADED), strict=True):
            connection.execute(f"attach {literal(str(kept.folder / folder / WAREHOUSE))} as {name} (read_only)")
        built, loaded = (relations_of(connection, name) for name in _OPEN)
        _check_known(connection, kept, built, loaded, pinned)
        source, relations = ("loaded", loaded) if whole == LOADED else ("built", built)
        known = {name.lower() for name in kept.relations}
        views: dict[str, str] = {}
        for (schema, name), facts in sorted(relations.items()):
            full_name = f"{schema}.{name}".lower()
            if full_name not in wanted and not (whole and full_name not in known):
                continue
            if is_view(facts):
                views[full_name] = str(facts[0])
            else:
                copy_table(connection, source, schema, name, facts)
        ordered = [(name, views[name]) for name in _upstream_first(kept) if name in views]
        if whole:
            for name, sql in ordered:
                connection.execute(f"create schema if not exists {quote(name.partition('.')[0])}")
                connection.execute(sql)
            pin_warehouse(connection, parse_pinned(pinned))
        for name in _OPEN:
            connection.execute(f"detach {name}")
    return ordered


def _check_known(
    connection: duckdb.DuckDBPyConnection, kept: KeptBuild, built: Relations, loaded: Relations, pinned: str
) -> None:
    unusual = unusual_object(connection, "built", pinned)
    before, after = ({f"{schema}.{name}".lower() for schema, name in found} for found in (loaded, built))
    known = {name.lower() for name, relation in kept.relations.items() if relation["type"] != "ephemeral"}
    if unusual or after - before - known or known - after:
        other = ", ".join(sorted((after - before - known) | (known - after)))
        raise NotPlainError(f"the solution's warehouse holds {unusual or f'more or less than its models: {other}'}")


def _upstream_first(kept: KeptBuild) -> list[str]:
    """Relations in small letters, one that reads another after it."""
    parents = {name.lower(): sorted(map(str.lower, found["parents"])) for name, found in kept.relations.items()}
    try:
        return list(TopologicalSorter(dict(sorted(parents.items()))).static_order())
    except CycleError as error:
        raise NotPlainError("the solution's models go round in a circle") from error
