"""A table or stream of a pipeline as a Dagster asset spec, with the metadata keys that Dagster's UI knows."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from authoring.lineage.project_graph import LineageNode
from benchmark.source_systems import SystemSpec
from benchmark.world import World

DATABASE = "warehouse"
"""Catalog of every trial's DuckDB file."""


@contextmanager
def only_our_warnings() -> Iterator[None]:
    """Leave out Dagster's notes that a feature is in preview or beta, or superseded: a user cannot act on them."""
    with warnings.catch_warnings():
        for category in (dg.BetaWarning, dg.PreviewWarning, dg.SupersessionWarning):
            warnings.simplefilter("ignore", category)
        yield


def world_owners(world: World) -> list[str]:
    """The owner of a world as Dagster writes it: an address, or a team."""
    owner = world.spec.owner
    return [owner if "@" in owner else f"team:{owner}"]


_SYSTEM_KINDS = {"postgres": "postgres", "http": "api", "object_store": "s3", "mongodb": "mongodb", "mysql": "mysql"}


def system_kinds(system: SystemSpec) -> set[str]:
    """Kinds of a source system: its type's, where Dagster has an icon for it, and its own."""
    kind = _SYSTEM_KINDS.get(system.type)
    return {*system.kinds, *([kind] if kind else [])}


def node_kinds(node: LineageNode, world: World) -> set[str]:
    """Kinds (icons in the UI) of a stream or table."""
    if node.kind == "stream":
        system = world.spec.systems.get(node.schema)
        return {"airbyte", *(system_kinds(system) if system else ())}
    if node.kind == "raw":
        return {"duckdb", "table"}
    detail = {"snapshot": "snapshot", "seed": "seed"}.get(node.kind, node.materialized)
    return {"dbt", "duckdb", *([detail] if detail else [])}


def node_metadata(node: LineageNode) -> dict[str, Any]:
    """Columns, table name and code reference of a stream or table."""
    metadata: dict[str, Any] = {}
    if node.columns:
        metadata["dagster/column_schema"] = dg.MetadataValue.table_schema(column_schema(node))
    if node.kind != "stream":
        metadata["dagster/table_name"] = f"{DATABASE}.{node.full_name}"
    if node.path is not None:
        reference = dg.LocalFileCodeReference(file_path=str(node.path), line_number=1)
        metadata["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=[reference])
    return metadata


def column_schema(node: LineageNode, only: Sequence[str] = ()) -> dg.TableSchema:
    """The documented columns; with `only`, these columns in this order, documented or not."""
    documented = {column.name.lower(): column for column in node.columns}
    names = only or [column.name for column in node.columns]
    columns = []
    for name in names:
        column = documented.get(name.lower())
        if column is None:
            columns.append(dg.TableColumn(name, type=""))
            continue
        constraints = dg.TableColumnConstraints(
            nullable=column.is_nullable, unique=column.is_unique, other=list(column.tests)
        )
        columns.append(dg.TableColumn(name, column.data_type or "", column.description or None, constraints))
    return dg.TableSchema(columns)


def node_spec(
    node: LineageNode, world: World, key: dg.AssetKey, deps: Sequence[dg.AssetKey], group: str
) -> dg.AssetSpec:
    """Make an asset that nothing of ours materializes: it is part of the lineage, not of a run.

    Args:
        node: The table or stream.
        world: Whose it is.
        key: Key of the asset.
        deps: Keys of the assets that it is made from.
        group: Group in the UI.
    """
    tags = {"lockgate/world": world.id} | ({"lockgate/stage": node.stage} if node.stage else {})
    return dg.AssetSpec(
        key=key,
        deps=list(deps),
        description=node.description or None,
        group_name=group,
        owners=world_owners(world),
        kinds=node_kinds(node, world),
        tags=tags,
        metadata=node_metadata(node),
    )
