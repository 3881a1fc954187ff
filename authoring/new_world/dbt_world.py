"""A world from a dbt project that somebody has: its raw tables behind source systems, the project as it is."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from authoring.built.build import BuiltWorld, build_world, only_worlds_of
from authoring.built.tables import BuiltTable, built_tables, read_connections
from authoring.new_world.dbt_copy import copy_dbt_project
from authoring.new_world.dbt_data import Seed, take_data
from authoring.new_world.dbt_seeds import read_seeds_as_sources, seed_reading, seeds_for_sources, seeds_of
from authoring.new_world.dbt_sources import DbtSource, find_sources, folders_of_analyses, point_sources_at_raw_schemas
from authoring.new_world.extract_world import NewWorld
from authoring.new_world.history import propose_history
from authoring.new_world.new_folder import new_folder
from authoring.new_world.nondeterminism import Nondeterminism, find_nondeterminism
from authoring.new_world.source_tables import SourceTable, SystemType, read_source_tables
from authoring.new_world.tested_roles import add_tested_parents
from authoring.new_world.world_files import (
    readme_text,
    sources_document,
    tables_text,
    world_text,
    write_connections,
    write_text,
)
from benchmark.errors import LockgateError
from benchmark.files import IGNORED_NAMES, scratch_folder
from benchmark.world import read_world
from evaluators.proof.scored_runs import HOLDOUT_SEEDS
from sources.kit.planted import write_planted


def write_dbt_world(place: Path, source: Path, data: Path | None, wanted: Mapping[str, SystemType]) -> NewWorld:
    """Make a world from a dbt project; it is loaded and built once.

    Args:
        place: Its folder, which must not exist.
        source: The project's folder, which is only read.
        data: Raw tables: a DuckDB file, another file of data, or a folder of them; None = the project's seeds.
        wanted: Table -> type of source system.

    Raises:
        LockgateError: Project or data cannot be read, or dbt cannot build the one on the other.
    """
    with new_folder(place) as folder:
        dbt = folder / "project" / "dbt"
        project = copy_dbt_project(source, dbt)
        seeds = seeds_of(dbt, project)
        readings = {name: Seed(path, seed_reading(dbt, project, path)) for name, path in seeds.items()}
        sources = find_sources(dbt, project)
        if any(source.is_read for source in sources):
            found = take_data(sources, source, data, readings, folder / "data")
            n_edited = point_sources_at_raw_schemas(dbt, found)
        else:
            sources = seeds_for_sources(dbt, seeds, str(project["name"]))
            if not sources:
                raise LockgateError(f"{source} has neither sources nor seeds that models read: nothing to load.")
            found = take_data(sources, source, data, readings, folder / "data")
            n_edited = read_seeds_as_sources(dbt, project, found)
        tables = _source_tables(folder / "data", found, wanted)
        history = propose_history(folder / "data", tables)
        description = f"The dbt project {project['name']} on {len(tables)} raw tables."
        text = partial(world_text, place, history=history, title=f"The world {place.name}", description=description)
        write_text(folder / "world.yaml", text(tables))
        write_connections(folder / "project" / "el", tables)
        write_text(folder / "project/docs/sources.md", sources_document(tables))
        write_text(folder / "README.md", readme_text(place.name, tables, f"the dbt project `{project['name']}`"))
        write_text(folder / "tables.yaml", "tables: {}\n")
        write_planted(folder / "PLANTED.md", read_world(folder).spec.noise)
        built, made, tables = _build(folder, tables)
        write_text(folder / "world.yaml", text(tables))
        entries = [(table.name, table.stage, table.key, table.columns) for table in made]
        write_text(folder / "tables.yaml", tables_text(place, entries))
        other = () if built.failures else _build_other_seeds(folder)
        places = tuple(find_nondeterminism(dbt, folders_of_analyses(project)))
        notes = [f"days: {history.evidence}", f"{n_edited} lines of the project were changed: its sources lie in raw_…"]
        notes += _notes(dbt, made, places)
        to_decide = (
            *other,
            *_to_decide(places, tables, built, made, history.is_known),
        )
    return NewWorld(place, to_decide, tuple(notes))


def _source_tables(data: Path, found: Sequence[DbtSource], wanted: Mapping[str, SystemType]) -> tuple[SourceTable, ...]:
    for name, type_ in wanted.items():
        if type_ == "folder":
            raise LockgateError(
                f"--as {name}=folder: files of a drop folder arrive as texts, which the project does not expect. Say "
                f"{name}=object_store (Parquet), {name}=postgres, {name}=mysql or {name}=given."
            )
    systems = {source.identifier: _system_names(source.connection) for source in found}
    tables = read_source_tables(data, {**systems, "*": _system_names("database")}, wanted, "given")
    connections = {source.identifier: source.connection for source in found}
    for table in tables:
        if table.type == "object_store" and not table.key:
            raise LockgateError(
                f"--as {table.name}=object_store: no columns tell its rows apart, so one that is delivered again "
                f"counts twice. Say {table.name}=given."
            )
    # The project expects each row once, so later files hold what is new or changed, and the load keeps the latest.
    return tuple(replace(table, schema=f"raw_{connections[table.name]}", is_whole=False) for table in tables)


def _system_names(connection: str) -> tuple[str, ...]:
    """Names of the source systems for the tables of a dbt source, by type; all lie in one schema."""
    return connection, f"{connection}_files", f"{connection}_given", f"{connection}_bucket", f"{connection}_mysql"


def _build(
    folder: Path, tables: Sequence[SourceTable]
) -> tuple[BuiltWorld, tuple[BuiltTable, ...], tuple[SourceTable, ...]]:
    """Load and build; what was built, its tables, and the raw tables with what data tests say of them."""
    with scratch_folder("new world") as scratch, only_worlds_of(folder.parent):
        world = read_world(folder)
        built = build_world(world, scratch)
        loaded = built_tables(built, read_connections(folder / "project"))
        given = (
            BuiltTable(f"{table.raw_schema}.{table.name}", "raw", table.key, table.raw_columns, "given", "the data's")
            for table in tables
            if table.type == "given"
        )
        made = (*given, *loaded)
        tables = add_tested_parents(tables, built, folder / "data")
    _remove_left_overs(folder)
    return built, made, tuple(tables)


def _build_other_seeds(folder: Path) -> tuple[str, ...]:
    """What goes wrong on other data, the first seed of it: then the roles let rows go that the project needs."""
    for seed in HOLDOUT_SEEDS:
        with scratch_folder("new world") as scratch, only_worlds_of(folder.parent):
            try:
                failures = build_world(read_world(folder), scratch, seed).failures
            except LockgateError as error:
                failures = (str(error),)
        _remove_left_overs(folder)
        if failures:
            advice = (
                "Another seed keeps 85 % of the root tables' rows, and what belongs to them; in world.yaml, keep: 1 "
            )
            return (
                *(f"on other data (seed {seed}): {failure}" for failure in failures),
                f"{advice}or reference: true keeps a table whole.",
            )
    return ()


def _remove_left_overs(folder: Path) -> None:
    """What a build leaves in the project."""
    for path in list((folder / "project").rglob("*")):
        if path.name in IGNORED_NAMES and path.exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _notes(dbt: Path, made: Sequence[BuiltTable], places: Sequence[Nondeterminism]) -> list[str]:
    stages = Counter(table.stage for table in made)
    by_evidence = Counter(table.key_evidence.split(":")[0] for table in made if table.model)
    return [
        f"tables: {', '.join(f'{n} {stage}' for stage, n in stages.items())}",
        f"keys of models: {', '.join(f'{n} from {evidence}' for evidence, n in by_evidence.items())}",
        *(
            f"{found.path.relative_to(dbt.parent)}:{found.line}: {found.kind}: `{found.text}` {found.advice}"
            for found in places
        ),
    ]


def _to_decide(
    places: Sequence[Nondeterminism],
    tables: Sequence[SourceTable],
    built: BuiltWorld,
    made: Sequence[BuiltTable],
    has_days: bool,
) -> list[str]:
    found = [f"dbt build: {failure}" for failure in built.failures]
    random = [item for item in places if item.kind != "clock"]
    if random:
        found.append(
            f"{len(random)} places above may give other results on the same data: state an order, or leave out."
        )
    roles = sum(len(table.proposals) for table in tables)
    found.append(f"world.yaml: title, description and owner; {roles} roles are proposed, the comments say why.")
    if not has_days:
        found.append("world.yaml: the data has no days, so day 2 is like day 1; give a table event_time or loaded_at.")
    guessed = [table.name for table in made if table.key_evidence.startswith("the data")]
    if guessed:
        found.append(f"tables.yaml: keys found in the data alone: {', '.join(guessed)}.")
    keyless = [table.name for table in made if not table.key]
    if keyless:
        found.append(f"tables.yaml: no key was found for {', '.join(keyless)}.")
    placed = [f"{table.name} ({table.stage})" for table in made if table.stage_evidence.startswith(("nothing", "it "))]
    if placed:
        found.append(f"tables.yaml: stages by the place in the graph: {', '.join(placed)}.")
    models = [node for node in built.manifest["nodes"].values() if node["resource_type"] == "model"]
    described = {
        (f"{node['schema']}.{node['alias']}", name.lower())
        for node in models
        for name, column in node["columns"].items()
        if column.get("description")
    }
    columns = [(table.name, name.lower()) for table in made if table.model for name in table.columns]
    n_open = sum(pair not in described for pair in columns)
    if n_open:
        found.append(
            f"{n_open} of {len(columns)} columns of models have no description; a task must describe what it scores."
        )
    found.append("README.md: whose project and data it is and under which licence.")
    return found
