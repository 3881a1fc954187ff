"""A table or stream as Dagster's UI shows it."""

import warnings
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from authoring.lineage.dbt_files import DocumentedColumn
from authoring.lineage.project_graph import LineageNode, NodeKind
from benchmark.registry import get_world
from benchmark.world import World
from orchestration.dagster_ui.asset_specs import (
    column_schema,
    node_kinds,
    node_metadata,
    node_spec,
    only_our_warnings,
    world_owners,
)

pytestmark = [pytest.mark.filterwarnings(f"ignore::dagster.{name}") for name in ("BetaWarning", "PreviewWarning")]

KEY = DocumentedColumn("Id", "The key.", "bigint", is_unique=True, is_nullable=False, tests=("relationships",))
NAME = DocumentedColumn("name")


def node(kind: NodeKind = "model", **facts) -> LineageNode:
    values: dict[str, Any] = {"schema": "marts", "name": "ports", "stage": "marts", "path": Path("/x/ports.sql")}
    return LineageNode(kind=kind, **(values | facts))


@pytest.fixture
def world(small_world: Path) -> World:
    return get_world("harbour")


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        (node("stream", schema="ships", name="ports"), {"airbyte", "postgres"}),
        (node("stream", schema="nosuch", name="ports"), {"airbyte"}),
        (node("raw", schema="raw_ships"), {"duckdb", "table"}),
        (node(materialized="incremental"), {"dbt", "duckdb", "incremental"}),
        (node(), {"dbt", "duckdb"}),
        (node("snapshot"), {"dbt", "duckdb", "snapshot"}),
        (node("seed", materialized="table"), {"dbt", "duckdb", "seed"}),
    ],
    ids=lambda value: value.kind if isinstance(value, LineageNode) else "",
)
def test_icons_say_what_makes_a_table(world: World, item: LineageNode, kinds: set[str]) -> None:
    found = node_kinds(item, world)
    assert found == kinds
    assert len(found) <= 3, "Dagster takes three at most"


@pytest.mark.parametrize(("owner", "shown"), [("a@b", "a@b"), ("data.team", "team:data.team")])
def test_an_owner_is_an_address_or_a_team(world: World, owner: str, shown: str) -> None:
    changed = world.spec.model_copy(update={"owner": owner})
    assert world_owners(World(**{**vars(world), "spec": changed})) == [shown]


def test_columns_carry_what_is_documented() -> None:
    key, name = column_schema(node(columns=(KEY, NAME))).columns
    assert (key.name, key.type, key.description) == ("Id", "bigint", "The key.")
    assert (key.constraints.unique, key.constraints.nullable, key.constraints.other) == (True, False, ["relationships"])
    assert (name.type, name.description, name.constraints.unique, name.constraints.nullable) == ("", None, False, True)


def test_chosen_columns_stand_in_their_order_documented_or_not() -> None:
    columns = column_schema(node(columns=(KEY, NAME)), ["total", "ID"]).columns
    assert [(column.name, column.type) for column in columns] == [("total", ""), ("ID", "bigint")]


def test_only_tables_have_a_name_in_the_warehouse_and_only_files_a_link() -> None:
    table = node_metadata(node())
    assert table["dagster/table_name"] == "warehouse.marts.ports"
    (reference,) = table["dagster/code_references"].code_references
    assert (reference.file_path, reference.line_number) == ("/x/ports.sql", 1)
    assert "dagster/table_name" not in node_metadata(node("stream"))
    assert set(node_metadata(node(path=None))) == {"dagster/table_name"}
    assert set(node_metadata(node(columns=(NAME,)))) > {"dagster/column_schema"}


def test_a_table_outside_the_stages_has_no_stage_and_an_empty_description_is_none(world: World) -> None:
    key, upstream = dg.AssetKey(["harbour", "main", "x"]), dg.AssetKey(["harbour", "ships", "ports"])
    spec = node_spec(node(stage=None), world, key, [upstream], group="harbour")
    assert {name for name in spec.tags if name.startswith("lockgate/")} == {"lockgate/world"}
    assert spec.description is None
    assert [dep.asset_key for dep in spec.deps] == [upstream]
    staged = node_spec(node(description="Ports."), world, key, [], group="harbour")
    assert (staged.tags["lockgate/stage"], staged.description) == ("marts", "Ports.")


def test_dagsters_notes_are_left_out_and_other_warnings_stay() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with only_our_warnings():
            for category in (dg.BetaWarning, dg.PreviewWarning, dg.SupersessionWarning):
                warnings.warn("in preview", category, stacklevel=1)
            warnings.warn("ours", UserWarning, stacklevel=1)
        warnings.warn("later", dg.BetaWarning, stacklevel=1)
    assert [str(item.message) for item in caught] == ["ours", "later"]
