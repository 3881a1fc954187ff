"""Assets of a world: its own pipeline, from the streams of its connections to its marts, made day after day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import dagster as dg

from authoring.lineage.data_tests import plain_name, read_data_tests
from authoring.lineage.dbt_files import read_yaml
from authoring.lineage.project_graph import LineageNode, ProjectGraph, given_nodes, read_project
from benchmark.file_tree import FileTree, world_files
from benchmark.world import World
from orchestration.dagster_instance.sqlite_event_log import fast_event_log
from orchestration.dagster_ui.asset_specs import node_spec
from orchestration.defs.source_systems import SourceSystems
from orchestration.defs.world_ops import SUITE_CHECK, Result, WorldPipeline, build, check, load

AS_OF_DAYS = dg.StaticPartitionsDefinition([str(day) for day in range(1, 8)])
"""The as-of days that can be made here: a week. Each builds on the one before it."""


class WorldProject(NamedTuple):
    """The pipeline of a world, read once: the tasks of the world stand on it."""

    files: FileTree
    graph: ProjectGraph


class WorldDefinitions(NamedTuple):
    """What a world adds to the definitions."""

    assets: list[dg.AssetsDefinition | dg.AssetSpec]
    checks: list[dg.AssetChecksDefinition]
    job: Any
    """Makes a day of the world; None = it has nothing to make."""
    project: WorldProject
    """What it was read from."""


def read_world(world: World) -> WorldProject:
    """Read the project of a world."""
    files = world_files(world)
    return WorldProject(files, read_project(files, given_nodes(world)))


def world_key(world: World, node: LineageNode) -> dg.AssetKey:
    """Key of a stream (`world/connection/stream`) or table (`world/schema/table`) of a world's pipeline."""
    return dg.AssetKey([world.id, node.schema, node.name])


def job_name(world: World) -> str:
    """Name of the job that makes a day of a world."""
    return f"pipeline__{world.id}"


def define_world(world: World) -> WorldDefinitions:
    """The pipeline of a world as assets in one group named as the world, partitioned by as-of day.

    A step per connection loads, one step runs dbt, one checks the expectation suites. A table that nothing in the
    project makes is an external asset.
    """
    project = read_world(world)
    files, graph = project
    loads = _loads(world, graph)
    names = {node.full_name.lower(): node for node in (*graph.streams.values(), *graph.tables.values())}
    pipeline = WorldPipeline(
        world,
        names,
        {name: world_key(world, node) for name, node in names.items()},
        tuple(read_data_tests(files, graph)),
        frozenset(_load_step(world, connection) for connection in loads),
    )
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = [
        _load_assets(pipeline, graph, connection, nodes) for connection, nodes in loads.items()
    ]
    models = {world_key(world, node): node for node in graph.tables.values() if node.dbt_name}
    if models:
        assets.append(_dbt_assets(pipeline, graph, models))
    made = {*models, *(world_key(world, node) for nodes in loads.values() for node in nodes)}
    assets += [_spec(world, graph, node) for node in names.values() if world_key(world, node) not in made]
    checks = list(_checks(pipeline, made))
    job = None
    if made:
        job = dg.define_asset_job(
            job_name(world),
            selection=dg.AssetSelection.assets(*[asset for asset in assets if isinstance(asset, dg.AssetsDefinition)]),
            description=f"Makes one as-of day of world {world.id}: loads, dbt, data tests, expectation suites.",
            tags={"lockgate/world": world.id},
        )
    return WorldDefinitions(assets, checks, job, project)


def _loads(world: World, graph: ProjectGraph) -> dict[str | None, list[LineageNode]]:
    """Connection -> its streams and raw tables; None -> the given tables."""
    found: dict[str | None, list[LineageNode]] = {}
    for stream in graph.streams.values():
        found.setdefault(stream.schema, []).append(stream)
    for table in graph.tables.values():
        if table.kind == "raw" and table.upstream:
            found[graph.streams[table.upstream[0]].schema].append(table)
        elif table.kind == "raw" and table.full_name.lower() in world.spec.given_tables:
            found.setdefault(None, []).append(table)
    return found


def _load_step(world: World, connection: str | None) -> str:
    return plain_name(f"load__{world.id}__{connection or 'given_tables'}")


def _load_assets(
    pipeline: WorldPipeline, graph: ProjectGraph, connection: str | None, nodes: Sequence[LineageNode]
) -> dg.AssetsDefinition:
    world = pipeline.world
    streams = {node.name: world_key(world, node) for node in nodes if node.kind == "stream"}
    tables = [node.full_name for node in nodes if node.kind == "raw"]
    # The connection's name is that of its file for the loader, whatever the file says.
    file = next((node.path.stem for node in nodes if node.kind == "stream" and node.path), None)

    @dg.multi_asset(
        name=_load_step(world, connection),
        specs=[_spec(world, graph, node) for node in nodes],
        partitions_def=AS_OF_DAYS,
        pool=_pool(world),
    )
    def load_step(context: dg.AssetExecutionContext, source_systems: SourceSystems) -> Iterator[Result]:
        with fast_event_log(context.instance):
            yield from load(context, pipeline, file, streams, tables, source_systems)

    return load_step


def _dbt_assets(
    pipeline: WorldPipeline, graph: ProjectGraph, models: Mapping[dg.AssetKey, LineageNode]
) -> dg.AssetsDefinition:
    world = pipeline.world
    names = {key: node.dbt_name for key, node in models.items()}

    @dg.multi_asset(
        name=f"dbt__{world.id}",
        specs=[_spec(world, graph, node, skippable=True) for node in models.values()],
        check_specs=[
            _check_spec(pipeline, test.name, test.table, test.description)
            for test in pipeline.tests
            if pipeline.keys[test.table.lower()] in models
        ],
        partitions_def=AS_OF_DAYS,
        can_subset=True,
        pool=_pool(world),
    )
    def dbt_step(context: dg.AssetExecutionContext, source_systems: SourceSystems) -> Iterator[Result]:
        with fast_event_log(context.instance):
            yield from build(context, pipeline, names, source_systems)

    return dbt_step


def _checks(pipeline: WorldPipeline, made: set[dg.AssetKey]) -> Iterator[dg.AssetChecksDefinition]:
    """The step of expectation suites and of the data tests of raw tables, where there are any."""
    world = pipeline.world
    specs = [
        _check_spec(pipeline, SUITE_CHECK, table, f"The expectations of {file} hold.")
        for table, file in _suites(world).items()
        if pipeline.keys.get(table.lower()) in made
    ]
    specs += [
        _check_spec(pipeline, test.name, test.table, test.description)
        for test in pipeline.tests
        if test.is_on_source and pipeline.keys[test.table.lower()] in made
    ]
    if not specs:
        return

    @dg.multi_asset_check(name=f"checks__{world.id}", specs=specs, can_subset=True, pool=_pool(world))
    def check_step(context: dg.AssetCheckExecutionContext, source_systems: SourceSystems) -> Iterator[Result]:
        with fast_event_log(context.instance):
            yield from check(context, pipeline, source_systems)

    yield check_step


def _check_spec(pipeline: WorldPipeline, name: str, table: str, description: str) -> dg.AssetCheckSpec:
    key = pipeline.keys[table.lower()]
    return dg.AssetCheckSpec(name, asset=key, description=description, partitions_def=AS_OF_DAYS)


def _suites(world: World) -> dict[str, str]:
    """Table -> file of its expectation suite, as the files say; a file that is not valid fails its check later."""
    found = {}
    for path in sorted(world.expectations_dir.glob("*.y*ml")):
        listed = read_yaml(path, []).get("suites")
        for suite in listed if isinstance(listed, list) else []:
            if isinstance(suite, dict) and isinstance(suite.get("table"), str):
                found[suite["table"]] = path.name
    return found


def _pool(world: World) -> str:
    """Dagster's name for what only one run at a time may use: the warehouses of a world."""
    return f"world_{world.id}"


def _spec(world: World, graph: ProjectGraph, node: LineageNode, *, skippable: bool = False) -> dg.AssetSpec:
    upstream = [world_key(world, graph.tables.get(name) or graph.streams[name]) for name in node.upstream]
    spec = node_spec(_with_source_system(world, node), world, world_key(world, node), upstream, group=world.id)
    return spec.replace_attributes(skippable=skippable)


def _with_source_system(world: World, node: LineageNode) -> LineageNode:
    system = world.spec.systems.get(node.schema)
    if node.kind != "stream" or system is None:
        return node
    return replace(node, description=f"{system.description} {node.description}")
