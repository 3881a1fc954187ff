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
    folder_config,
    read_model_code,
    read_properties,
    read_yaml,
)
from authoring.lineage.schema_names import SchemaNames
from benchmark.file_tree import without_packages
from benchmark.given_system import GivenSystem
from benchmark.raw_schemas import default_schema, schema_of
from benchmark.stages import STAGES, Stage
from benchmark.world import World

NodeKind = Literal["stream", "raw", "model", "snapshot", "seed"]

DbtKind = Literal["model", "snapshot", "seed"]
_FOLDERS: tuple[tuple[DbtKind, str, str, set[str]], ...] = (
    ("model", "model-paths", "models", {".sql", ".py"}),
    ("snapshot", "snapshot-paths", "snapshots", {".sql"}),
    ("seed", "seed-paths", "seeds", {".csv"}),
)
"""Kind, key of `dbt_project.yml` with its folders, the usual one, suffixes of its files."""
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
    dbt_name: str = ""
    """What `ref()` calls it; empty for streams and raw tables."""
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
    draft = _Draft()
    for node in given:
        draft.add_table(node)
    _add_streams(draft, files)
    properties = _read_all_properties(draft, files)
    _add_sources(draft, properties)
    _add_dbt_tables(draft, files, properties)
    _connect(draft)
    _cut_cycles(draft)
    return ProjectGraph(draft.streams, draft.tables, tuple(draft.problems))


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
    project = _Project(
        read_yaml(project_path, draft.problems) if project_path else {},
        files,
        {(doc.kind, doc.name): doc for item in properties for doc in item.documents},
    )
    for name, path in sorted(files.items()):
        kind, folders = project.place(name)
        stem = PurePosixPath(name).stem
        if kind == "seed":
            _add(draft, kind, stem, path, folders, project, ModelCode())
        elif kind is not None:
            code = read_model_code(path, draft.problems)
            _add(draft, kind, (kind == "snapshot" and code.snapshot_name) or stem, path, folders, project, code)
    for (documented, name), doc in sorted(project.documented.items()):
        if documented == "snapshot" and doc.relation is not None and name not in draft.references:
            _add(draft, "snapshot", name, doc.path, ("snapshots",), project, doc.relation)


class _Project:
    """What is said of all models at once: folders, settings, documentation, names of schemas."""

    def __init__(
        self, content: Mapping[str, Any], files: Mapping[str, Path], documented: dict[tuple[str, str], Document]
    ) -> None:
        self.content = content
        self.documented = documented
        self.schemas = SchemaNames(files, content)
        self._roots: list[tuple[DbtKind, tuple[str, ...], set[str]]] = [
            (kind, ("dbt", *PurePosixPath(str(root)).parts), suffixes)
            for kind, key, usual, suffixes in _FOLDERS
            for root in _listed(content.get(key)) or [usual]
        ]

    def place(self, name: str) -> tuple[DbtKind | None, tuple[str, ...]]:
        """What a file makes, and its folders: `models`, `seeds` or `snapshots`, then those below it."""
        path = PurePosixPath(name)
        for kind, root, suffixes in self._roots:
            if path.suffix in suffixes and path.parts[: len(root)] == root:
                return kind, (f"{kind}s", *path.parts[len(root) : -1])
        return None, ()


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _add(
    draft: _Draft, kind: DbtKind, name: str, path: Path, folders: tuple[str, ...], project: _Project, code: ModelCode
) -> None:
    doc = project.documented.get((kind, name))
    config = {**folder_config(project.content, folders), **(doc.config if doc else {}), **code.config}
    stage = next((stage for stage in STAGES if stage in folders), None)
    custom = str(config["schema"]) if config.get("schema") else None
    node = {
        "name": name,
        "resource_type": kind,
        "fqn": [str(project.content.get("name")), *folders[1:], name],
        "path": "/".join((*folders[1:], path.name)),
        "original_file_path": "/".join((*folders, path.name)),
        "package_name": project.content.get("name"),
        "config": config,
        "tags": [],
    }
    schema = str(config.get("target_schema") or project.schemas.schema_of(custom, node))
    table = LineageNode(
        kind=kind,
        schema=schema,
        name=str(config.get("alias") or name),
        stage=next((stage for stage in STAGES if stage == schema), stage),
        path=path,
        description=doc.description if doc else "",
        columns=doc.columns if doc else (),
        materialized=str(config["materialized"]) if kind == "model" and config.get("materialized") else None,
        dbt_name=name,
    )
    if config.get("enabled") is False:
        return
    draft.add_table(table)
    draft.references.setdefault(name, table.full_name)
    draft.code.setdefault(table.full_name, code)


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
