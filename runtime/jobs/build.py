"""One dbt invocation on the workspace's project, inside a child."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmark.duckdb_sql import literal, quote
from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.dbt.lock import lock_dbt
from runtime.dbt.noted_manifest import as_written, note_manifests
from runtime.jobs import graph
from runtime.jobs.export import drop
from runtime.jobs.warehouse_objects import copy_table, relations_of
from runtime.warehouse import open_warehouse

_FAILED = frozenset({"error", "fail", "runtime error", "skipped"})
_BUILT_TYPES = ("model", "snapshot", "seed")

BUILD = ["build", "--exclude-resource-type", "unit_test"]
"""As dbt's documentation advises for production: unit tests judge SQL on rows that they bring along, not the tables."""

BUILD_TABLES = ["build", "--exclude-resource-type", "unit_test", "test"]
"""Everything but data tests."""

_ALWAYS = [
    "--no-use-colors",
    "--log-level-file",
    "none",
    "--profiles-dir",
    ".",
    "--project-dir",
    ".",
]
"""What is said stands in the child's log; dbt's own log of every event would cost a twentieth of a build."""
_GC_THRESHOLDS = (100_000, 50, 1000)
"""A parse makes millions of objects that live until the child ends: collect rarely. Measured: 5 % of a build, 15 MB."""


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run `dbt build` without unit tests, or what `command` says, in the current folder.

    Args:
        arguments: `now` (pinned instant), `warehouse` (path), optional `command` (list; default `BUILD`), optional
            `is_walled` (whether walls keep the job from the host's files; default: they do not), optional `given`
            (`warehouse`: path of one whose tables are copied first, `views`: names and SQL, made after them), optional
            `writes_json` (whether dbt leaves its JSON files in `target/`, which takes time; default: it does not).

    Returns:
        `is_success`, `error` (of dbt as a whole), `counts` by status, `statuses` (id of a node -> its status),
        `failures` (one sentence each, at most 20),
        `relations`: `schema.identifier` -> `path`, `type`, `parents` (relations, sources included), `compiled` (SQL, or
        None), `macros` (files, relative to the workspace, of the project's own macros that it calls). `graph`: see
        `runtime.jobs.graph`.
    """
    now = parse_pinned(arguments["now"])
    with open_warehouse(arguments["warehouse"]) as connection:
        if given := arguments.get("given"):
            place_given_tables(connection, given["warehouse"])
            place_given_views(connection, given["views"])
        pin_warehouse(connection, now)
    pin_dbt(now)
    lock_where_no_walls(arguments)
    manifests = note_manifests()
    result = invoke(arguments.get("command", BUILD), writes_json=arguments.get("writes_json", False))
    manifest = as_written(manifests[-1]) if manifests else {}
    return {**result, "relations": relations(manifest), "graph": graph.extract(manifest)}


def place_given_tables(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Put tables that are not built in the place of what has their names.

    Args:
        connection: To the warehouse.
        path: A warehouse with the tables.
    """
    connection.execute(f"attach {literal(path)} as lockgate_given (read_only)")
    for (schema, name), facts in sorted(relations_of(connection, "lockgate_given").items()):
        drop(connection, f"{schema}.{name}")
        copy_table(connection, "lockgate_given", schema, name, facts)
    connection.execute("detach lockgate_given")


def place_given_views(connection: duckdb.DuckDBPyConnection, views: list[list[str]]) -> None:
    """Put views that are not built in the place of what has their names; what they read must be there.

    Args:
        connection: To the warehouse.
        views: Names and SQL, one that reads another after it.
    """
    for relation, _ in views:
        drop(connection, relation)
    for relation, sql in views:
        connection.execute(f"create schema if not exists {quote(relation.partition('.')[0])}")
        connection.execute(sql)


def lock_where_no_walls(arguments: Mapping[str, Any]) -> None:
    """Let SQL reach the workspace and the temporary folder only, unless walls see to that already."""
    if not arguments.get("is_walled", False):
        lock_dbt([Path.cwd().parent, Path(tempfile.gettempdir())])


def invoke(command: list[str], *, writes_json: bool = False) -> dict[str, Any]:
    """Call dbt in this process; `dbt` on the command line would import it all again."""
    from dbt.cli.main import dbtRunner

    gc.set_threshold(*_GC_THRESHOLDS)
    json_option = "--write-json" if writes_json else "--no-write-json"
    response = dbtRunner().invoke([*command, json_option, *_ALWAYS])
    counts: dict[str, int] = {}
    statuses: dict[str, str] = {}
    failures: list[str] = []
    for item in getattr(response.result, "results", None) or []:
        status = str(item.status)
        counts[status] = counts.get(status, 0) + 1
        statuses[item.node.unique_id] = status
        if status in _FAILED:
            text = " ".join(str(item.message or "").split())
            failures.append(f"{item.node.resource_type} {item.node.name} ({status}): {text}"[:600])
    error = " ".join(str(response.exception).split())[:2000] if response.exception else ""
    return {
        "is_success": bool(response.success),
        "error": error,
        "counts": dict(sorted(counts.items())),
        "statuses": statuses,
        "failures": sorted(failures, key=lambda text: ("(skipped)" in text, text))[:20],
    }


def relations(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the project builds, by `schema.identifier`, in dbt's order of dependency."""
    nodes = manifest.get("nodes", {})
    names = {
        unique_id: f"{node['schema']}.{node.get('identifier') or node.get('alias') or node['name']}"
        for unique_id, node in {**nodes, **manifest.get("sources", {})}.items()
        if node["resource_type"] in (*_BUILT_TYPES, "source")
    }
    return {
        names[unique_id]: {
            "path": _file(manifest, node),
            "type": node["config"].get("materialized", node["resource_type"]),
            "parents": sorted({names[parent] for parent in node["depends_on"].get("nodes", []) if parent in names}),
            "compiled": node.get("compiled_code") if node.get("language", "sql") == "sql" else None,
            "macros": _macro_files(manifest, node),
        }
        for unique_id, node in sorted(nodes.items())
        if node["resource_type"] in _BUILT_TYPES
    }


def _macro_files(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    """Files of the macros that a node calls, directly or through others."""
    macros = manifest.get("macros", {})
    todo, seen = list(node["depends_on"].get("macros", [])), set()
    while todo:
        name = todo.pop()
        if name in macros and name not in seen:
            seen.add(name)
            todo += macros[name]["depends_on"].get("macros", [])
    own = {name for name in seen if macros[name]["package_name"] == node["package_name"]}
    return sorted({_file(manifest, macros[name]) for name in own})


def _file(manifest: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """The file of a model or macro, relative to the workspace; that of a package lies in the usual folder for them."""
    package = item.get("package_name")
    is_own = manifest.get("metadata", {}).get("project_name", package) == package
    return f"dbt/{'' if is_own else f'dbt_packages/{package}/'}{item['original_file_path']}"
