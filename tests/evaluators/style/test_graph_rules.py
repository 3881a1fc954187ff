"""Rules on the dbt graph: what they find, and that no graph, however odd, breaks the judge."""

from typing import Any, get_args

import pytest

from benchmark.graph_rules import PolicyRule
from benchmark.tables import TableSpec
from evaluators.style.graph_rules import MAX_FINDINGS, RULES, check_policy
from runtime.jobs.graph import extract

TABLES = {"marts.orders": TableSpec(stage="marts", key=("order_id",), columns=("order_id", "total"))}


def model(layer: str, name: str, *parents: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": "model",
        "name": name,
        "schema": layer,
        "path": f"models/{layer}/area/{name}.sql",
        "parents": list(parents),
        "columns": {"order_id": True, "total": True},
        "is_described": True,
        **extra,
    }


def unique(name: str, *columns: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {"columns": list(columns)} if len(columns) > 1 else {"column_name": columns[0]}
    test = "is_key" if len(columns) > 1 else "unique"
    return {"type": "test", "test": test, "tested": f"model.shop.{name}", "arguments": arguments}


def good() -> dict[str, Any]:
    nodes = {
        "stg_shop__orders": model("staging", "stg_shop__orders", "source.shop.shop.orders"),
        "int_orders_summed": model("intermediate", "int_orders_summed", "model.shop.stg_shop__orders"),
        "orders": model("marts", "orders", "model.shop.int_orders_summed"),
    }
    tests = {f"test.shop.{name}": unique(name, "order_id") for name in nodes}
    return {f"model.shop.{name}": node for name, node in nodes.items()} | tests


def findings(nodes: Any, *rules: PolicyRule) -> list[tuple[str, str, str]]:
    result = check_policy({"nodes": nodes}, rules or get_args(PolicyRule), TABLES)
    return [(item.rule, item.model, item.file) for item in result.findings]


def test_every_rule_that_a_file_may_name_is_there() -> None:
    assert set(RULES) == set(get_args(PolicyRule))


def test_a_good_graph_has_no_findings() -> None:
    assert findings(good()) == []


@pytest.mark.parametrize(
    ("rule", "name", "change"),
    [
        ("sources_only_in_staging", "int_orders_summed", {"parents": ["source.shop.shop.orders"]}),
        ("marts_read_no_sources", "orders", {"parents": ["source.shop.shop.orders"]}),
        ("marts_read_no_staging", "orders", {"parents": ["model.shop.stg_shop__orders"]}),
        ("names_by_layer", "stg_shop__orders", {"name": "shop_orders"}),
        ("names_by_layer", "orders", {"name": "stg_orders"}),
        ("names_by_layer", "orders", {"path": "models/orders.sql"}),
        ("keys_tested", "int_orders_summed", {}),
        ("columns_documented", "orders", {"columns": {"order_id": True}}),
        ("columns_documented", "orders", {"columns": {"order_id": True, "total": False}}),
        ("columns_documented", "int_orders_summed", {"is_described": False}),
    ],
)
def test_each_rule_finds_its_breach(rule: PolicyRule, name: str, change: dict[str, Any]) -> None:
    nodes = good()
    nodes[f"model.shop.{name}"] |= change
    if rule == "keys_tested":
        del nodes[f"test.shop.{name}"]
    found = findings(nodes, rule)
    changed = nodes[f"model.shop.{name}"]
    assert found == [(rule, changed["name"], f"dbt/{changed['path']}")]


def test_the_key_that_is_known_must_be_tested_not_another() -> None:
    nodes = good() | {"test.shop.orders": unique("orders", "total")}
    assert findings(nodes, "keys_tested") == [("keys_tested", "orders", "dbt/models/marts/area/orders.sql")]


def test_a_rule_that_does_not_apply_is_not_looked_at() -> None:
    nodes = good()
    nodes["model.shop.orders"]["parents"] = ["source.shop.shop.orders"]
    assert findings(nodes, "names_by_layer") == []


HOSTILE: list[Any] = [
    None, 7, "x" * 10_000, [], {}, {"nodes": []}, {"nodes": {}}, {"nodes": None},
    {"nodes": {"a": None, "b": [], "c": {"type": {}}, "d": {"type": "model"}}},
    {"nodes": {"a": {"type": "model", "name": [1], "path": {"x": 1}, "schema": 3, "parents": "abc", "columns": [1]}}},
    {"nodes": {"a": {"type": "model", "name": "n\x1b[2J\n", "path": "../" * 5_000, "parents": [None, {}, 5]}}},
    {"nodes": {"a": {"type": "test", "test": None, "tested": 9, "arguments": {"columns": {"a": 1}}}}},
    {"nodes": {f"model.a.{i}": {"type": "model", "name": f"m{i}", "path": "models/m.sql"} for i in range(20_000)}},
]  # fmt: skip


@pytest.mark.parametrize("graph", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_graph_does_not_break_the_judge(graph: Any) -> None:
    result = check_policy(graph, get_args(PolicyRule), TABLES)
    assert len(result.findings) <= MAX_FINDINGS
    assert len(result.model_dump_json()) < 5_000_000
    assert "\x1b" not in result.model_dump_json()


def test_the_graph_is_taken_from_a_manifest() -> None:
    manifest = {
        "nodes": {
            "model.shop.orders": {
                "resource_type": "model", "name": "orders", "alias": "orders", "schema": "marts",
                "original_file_path": "models/marts/orders.sql", "depends_on": {"nodes": ["source.shop.shop.orders"]},
                "columns": {"order_id": {"description": "Key."}, "total": {}}, "description": "Orders.",
            },
            "test.shop.unique_orders": {
                "resource_type": "test", "name": "unique_orders", "attached_node": "model.shop.orders",
                "test_metadata": {"name": "unique", "kwargs": {"column_name": "order_id", "model": "{{ x }}"}},
            },
            "operation.shop.x": {"resource_type": "operation", "name": "x"},
        }
    }  # fmt: skip
    graph = extract(manifest)
    assert set(graph["nodes"]) == {"model.shop.orders", "test.shop.unique_orders"}
    result = check_policy(graph, get_args(PolicyRule), TABLES)
    assert result.by_rule == {"columns_documented": 1, "marts_read_no_sources": 1, "sources_only_in_staging": 1}
