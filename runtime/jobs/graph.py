"""The part of dbt's manifest that rules of style look at; a small copy, so that it can leave the child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_NODES = 5_000
MAX_TEXT = 500
_TYPES = ("model", "snapshot", "seed", "test")
_TEST_ARGUMENTS = ("column_name", "columns", "combination_of_columns", "column_list")


def extract(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Models, snapshots, seeds and data tests of a manifest.

    Returns:
        `nodes`: unique id -> `type`, `name`, `schema`, `path`, `parents` (unique ids, sources included), `columns`
        (name -> whether it is described), `is_described`; of a test also `test`, `tested` (unique id) and
        `arguments`. Whoever reads it must check every value: the manifest was written by the submission's process.
    """
    nodes = {}
    for unique_id, node in sorted(manifest.get("nodes", {}).items())[:MAX_NODES]:
        if node.get("resource_type") not in _TYPES:
            continue
        columns = {name: bool(column.get("description")) for name, column in node.get("columns", {}).items()}
        nodes[unique_id] = {
            "type": node["resource_type"],
            "name": node.get("alias") or node["name"],
            "schema": node.get("schema"),
            "path": node.get("original_file_path"),
            "parents": list(node.get("depends_on", {}).get("nodes", []))[:MAX_TEXT],
            "columns": columns,
            "is_described": bool(node.get("description")),
            **(_test(node) if node["resource_type"] == "test" else {}),
        }
    return {"nodes": nodes}


def _test(node: Mapping[str, Any]) -> dict[str, Any]:
    found = node.get("test_metadata") or {}
    given = found.get("kwargs") or {}
    return {
        "test": found.get("name"),
        "tested": node.get("attached_node"),
        "arguments": {name: given[name] for name in _TEST_ARGUMENTS if name in given},
    }
