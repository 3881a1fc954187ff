"""Assets of a world: its reference pipeline, from the streams of its connections to its marts."""

from dataclasses import replace

import dagster as dg

from authoring.lineage.project_graph import LineageNode, ProjectGraph, given_nodes, read_project
from benchmark.file_tree import world_files
from benchmark.world import World
from orchestration.dagster_ui.asset_specs import node_spec


def world_key(world: World, node: LineageNode) -> dg.AssetKey:
    """Key of a stream (`world/connection/stream`) or table (`world/schema/table`) of the reference pipeline."""
    return dg.AssetKey([world.id, node.schema, node.name])


def world_graph(world: World) -> ProjectGraph:
    """The reference pipeline of a world, read from its files."""
    return read_project(world_files(world), given_nodes(world))


def world_assets(world: World, graph: ProjectGraph) -> list[dg.AssetSpec]:
    """The reference pipeline as external assets, in one group named as the world."""
    return [
        node_spec(
            _with_source_system(world, node),
            world,
            world_key(world, node),
            [world_key(world, graph.tables.get(name) or graph.streams[name]) for name in node.upstream],
            group=world.id,
        )
        for node in (*graph.streams.values(), *graph.tables.values())
    ]


def _with_source_system(world: World, node: LineageNode) -> LineageNode:
    system = world.spec.systems.get(node.schema)
    if node.kind != "stream" or system is None:
        return node
    return replace(node, description=f"{system.description} {node.description}")
