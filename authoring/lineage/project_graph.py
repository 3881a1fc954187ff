"""The tables of a pipeline and what each is made from, read from its files alone: no dbt, no Jinja, no network.

Good enough for lineage and documentation: refs that only a macro knows, and packages, are not seen, and a file that
cannot be read is left out and listed in `ProjectGraph.problems`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from authoring.lineage.dbt_files import (
    Document,
    DocumentedColumn,
    ModelCode,
    Properties,
    defines_macro,
    folder_config,
    read_model_code,
    read_properties,
    read_yaml,
)
from benchmark.file_tree import without_packages
from benchmark.given_system import GivenSystem
from benchmark.raw_schemas import default_schema, schema_of
from benchmark.stages import STAGES, Stage
from benchmark.world import World

NodeKind = Literal["stream", "raw", "model", "snapshot", "seed"]

_TARGET_SCHEMA = "main"
"""Of DuckDB, where a profile names no other."""
_CODE_SUFFIXES = {".sql", ".py"}
_SEED_SUFFIXES = {".csv"}
_YAML_SUFFIXES = {".yml", ".yaml"}


@dataclass(frozen=True)
class LineageNode:
    """A stream of a connection, or a table of the warehouse."""

    kind: NodeKind
    schema: str
    """Schema of the table; the connection's name for a stream."""
    name: str
    stage: Stage | None
    """None = it belongs to no stage: streams, snapshots, seeds, models outside the folders of the stages."""
    path: Path | None
    """File that makes it; None = nothing in the project does (a source that nothing loads)."""
    description: str = ""
    columns: tuple[DocumentedColumn, ...] = ()
    materialized: str | None = None
    """dbt materialization, where the project states one."""
    upstream: tuple[str, ...] = ()
    """Full names of the nodes it is made from, sorted."""

    @property
    def full_name(self) -> str:
        """`schema.table`; `connection.stream` for a stream."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class ProjectGraph:
    """A pipeline as a graph without cycles."""

    streams: Mapping[str, LineageNode]
    """By `connection.stream`."""
    tables: Mapping[str, LineageNode]
    """By `schema.table`; their upstream is in `tables`, for raw tables in `streams`."""
    problems: tuple[str, ...] = ()
    """One sentence per file or edge that was left out."""

    def upstream_of(self, names: Iterable[str]) -> list[LineageNode]:
        """These tables and everything that they are made from, sorted by name; unknown names are left out."""
        nodes = {**self.streams, **self.tables}
        found: set[str] = set()
        todo = [name for name in names if name in nodes]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += nodes[name].upstream
        return [nodes[name] for name in sorted(found)]


@dataclass
class _Draft:
    streams: dict[str, LineageNode] = field(default_factory=dict)
    tables: dict[str, LineageNode] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    """Name in `ref()` -> full name."""
    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    """Names in `source()` -> full name."""
    code: dict[str, ModelCode] = field(default_factory=dict)
    """Full name -> what its file says."""
    has_schema_macro: bool = True
    """Whether the project names schemas by a macro of its own; dbt's puts the target's schema before each."""

    def add_table(self, node: LineageNode) -> None:
        known = self.tables.get(node.full_name)
        if known is None:
            self.tables[node.full_name] = node
        else:
            self.problems.append(f"{node.path}: table {node.full_name} is made by {known.path} already")


def given_nodes(world: World) -> list[LineageNode]:
    """The given tables of a world."""
    return [
        LineageNode(
            "raw",
            system.raw_schema,
            name,
            "raw",
            world.folder / "world.yaml",
            table.comment,
            tuple(DocumentedColumn(column, text) for column, text in table.columns.items()),
        )
        for system in world.spec.systems.values()
        if isinstance(system, GivenSystem)
        for name, table in system.tables.items()
    ]


def read_project(files: Mapping[str, Path], given: Iterable[LineageNode] = ()) -> ProjectGraph:
    """Read a pipeline.

    Args:
        files: Path within the pipeline (`el/…`, `dbt/…`) -> file; see `benchmark.file_tree`.
        given: Tables that stand in the warehouse; see `given_nodes`.

    Returns:
        Its graph. Odd files never raise: they are left out and named in `problems`.
    """
    files = without_packages(files)
    draft = _Draft(has_schema_macro=_has_schema_macro(files))
    for node in given:
        draft.add_table(node)
    _add_streams(draft, files)
    properties = _read_all_properties(draft, files)
    _add_sources(draft, properties)
    _add_dbt_tables(draft, files, properties)
    _connect(draft)
    _cut_cycles(draft)
    return ProjectGraph(draft.streams, draft.tables, tuple(draft.problems))


def _has_schema_macro(files: Mapping[str, Path]) -> bool:
    """True, too, where there is no dbt project."""
    if "dbt/dbt_project.yml" not in files:
        return True
    macros = (path for name, path in files.items() if name.endswith(".sql") and not name.startswith("dbt/models/"))
    return any(defines_macro(path, "generate_schema_name") for path in macros)


def _add_streams(draft: _Draft, files: Mapping[str, Path]) -> None:
    for name, path in sorted(files.items()):
        parts = PurePosixPath(name)
        if parts.parts[0] != "el" or len(parts.parts) != 2 or parts.suffix not in _YAML_SUFFIXES:
            continue
        content = read_yaml(path, draft.problems)
        connection = content.get("connection")
        streams = content.get("streams")
        if not isinstance(connection, str) or not isinstance(streams, list):
            draft.problems.append(f"{path}: not a connection file (needs 'connection' and 'streams')")
            continue
        for stream in streams:
            if isinstance(stream, dict) and isinstance(stream.get("name"), str):
                modes = (stream.get("sync_mode", "full_refresh"), stream.get("destination_sync_mode", "overwrite"))
                description = f"Stream of connection `{connection}`, synchronised as {modes[0]}, {modes[1]}."
                node = LineageNode("stream", connection, stream["name"], None, path, description)
                draft.streams[node.full_name] = node
                raw = LineageNode("raw", schema_of(content), stream["name"], "raw", path, upstream=(node.full_name,))
                draft.add_table(raw)


def _read_all_properties(draft: _Draft, files: Mapping[str, Path]) -> list[Properties]:
    return [
        read_properties(path, draft.problems)
        for name, path in sorted(files.items())
        if name.startswith("dbt/") and name.count("/") > 1 and PurePosixPath(name).suffix in _YAML_SUFFIXES
    ]


def _add_sources(draft: _Draft, properties: list[Properties]) -> None:
    for source in (source for item in properties for source in item.sources):
        full_name = f"{source.schema}.{source.identifier}"
        draft.sources[source.source, source.table] = full_name
        stage: Stage | None = "raw" if source.schema.startswith("raw") else None
        node = draft.tables.get(full_name) or LineageNode("raw", source.schema, source.identifier, stage, None)
        description, columns = source.description or node.description, source.columns or node.columns
        draft.tables[full_name] = replace(node, description=description, columns=columns)


def _add_dbt_tables(draft: _Draft, files: Mapping[str, Path], properties: list[Properties]) -> None:
    project_path = files.get("dbt/dbt_project.yml")
    project = read_yaml(project_path, draft.problems) if project_path else {}
    documented = {(doc.kind, doc.name): doc for item in properties for doc in item.documents}
    for name, path in sorted(files.items()):
        parts = PurePosixPath(name).parts
        if len(parts) < 3 or parts[0] != "dbt":
            continue
        suffix = PurePosixPath(name).suffix
        stem = PurePosixPath(name).stem
        if parts[1] == "models" and suffix in _CODE_SUFFIXES:
            code = read_model_code(path, draft.problems)
            _add(draft, "model", stem, path, parts[1:-1], project, documented, code)
        elif parts[1] == "snapshots" and suffix == ".sql":
            code = read_model_code(path, draft.problems)
            _add(draft, "snapshot", code.snapshot_name or stem, path, parts[1:-1], project, documented, code)
        elif parts[1] == "seeds" and suffix in _SEED_SUFFIXES:
            _add(draft, "seed", stem, path, parts[1:-1], project, documented, ModelCode())
    for (kind, name), doc in sorted(documented.items()):
        if kind == "snapshot" and doc.relation is not None and name not in draft.references:
            _add(draft, "snapshot", name, doc.path, ("snapshots",), project, documented, doc.relation)


def _add(
    draft: _Draft,
    kind: Literal["model", "snapshot", "seed"],
    name: str,
    path: Path,
    folders: tuple[str, ...],
    project: Mapping[str, Any],
    documented: Mapping[tuple[str, str], Document],
    code: ModelCode,
) -> None:
    doc = documented.get((kind, name))
    config = {**folder_config(project, folders), **(doc.config if doc else {}), **code.config}
    stage = next((stage for stage in STAGES if stage in folders), None)
    if draft.has_schema_macro:
        schema = str(config.get("schema") or stage or {"snapshot": "snapshots", "seed": "seeds"}.get(kind, "main"))
    else:
        schema = f"{_TARGET_SCHEMA}_{config['schema']}" if config.get("schema") else _TARGET_SCHEMA
    node = LineageNode(
        kind=kind,
        schema=schema,
        name=str(config.get("alias") or name),
        stage=next((stage for stage in STAGES if stage == schema), stage),
        path=path,
        description=doc.description if doc else "",
        columns=doc.columns if doc else (),
        materialized=str(config["materialized"]) if kind == "model" and config.get("materialized") else None,
    )
    if config.get("enabled") is False:
        return
    draft.add_table(node)
    draft.references.setdefault(name, node.full_name)
    draft.code.setdefault(node.full_name, code)


def _connect(draft: _Draft) -> None:
    """Turn the `ref()` and `source()` of each file into edges."""
    for full_name, code in draft.code.items():
        upstream = set()
        for reference in code.references:
            target = draft.references.get(reference)
            if target is None:
                draft.problems.append(f"{draft.tables[full_name].path}: ref('{reference}') names no model")
            else:
                upstream.add(target)
        for source, table in code.sources:
            target = draft.sources.get((source, table), f"{default_schema(source)}.{table}")
            if target in draft.tables:
                upstream.add(target)
            else:
                draft.problems.append(f"{draft.tables[full_name].path}: source('{source}', '{table}') names no table")
        upstream.discard(full_name)
        draft.tables[full_name] = replace(draft.tables[full_name], upstream=tuple(sorted(upstream)))


def _cut_cycles(draft: _Draft) -> None:
    """Leave out each edge that closes a cycle: dbt refuses them, a graph for people need not."""
    done: set[str] = set()
    for start in sorted(draft.tables):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, is_left = stack.pop()
            if is_left:
                path.pop()
                done.add(name)
                continue
            if name in done or name not in draft.tables:
                continue
            path.append(name)
            stack.append((name, True))
            closing = {target for target in draft.tables[name].upstream if target in path}
            if closing:
                node = draft.tables[name]
                draft.problems += [f"{node.path}: {target} and {name} depend on each other" for target in closing]
                kept = tuple(target for target in node.upstream if target not in closing)
                draft.tables[name] = replace(node, upstream=kept)
            stack += [(target, False) for target in draft.tables[name].upstream if target not in done]
