"""The tables that a built pipeline has: stage, key and columns, each with what says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from authoring.built.build import BuiltWorld
from authoring.built.stages import stage_of
from benchmark.connection import ConnectionSpec, read_connection
from benchmark.duckdb_sql import quote
from benchmark.stages import Stage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*")
_LOADERS_OWN = "_airbyte_"
"""Beginning of the names of columns that a load adds to every table."""
_MEASURE = re.compile(
    r"^n_|(^|_)(amount|cents|price|cost|count|total|sum|avg|average|share|rate|revenue|sales|quantity|pieces|value|score"
    r"|minutes|seconds|hours|pct|percent|rank)(_|$)"
)
"""Names of columns that are no key, even where every row of a day has another value."""
_KEY_COLUMNS = 8
"""Among so many columns, the first ones, keys of two and three columns are looked for."""


class BuiltTable(NamedTuple):
    """A table of the warehouse that a task may score."""

    name: str
    """`schema.table`."""
    stage: Stage
    key: tuple[str, ...]
    """Empty: none was found."""
    columns: tuple[str, ...]
    """In the order of the table."""
    stage_evidence: str
    key_evidence: str
    model: str = ""
    """Name of the dbt model; empty for raw tables."""


def built_tables(built: BuiltWorld, connections: Sequence[ConnectionSpec]) -> tuple[BuiltTable, ...]:
    """Find what a load and a build left: raw tables of the connections, then models in an order of their parents."""
    import duckdb

    with duckdb.connect(str(built.warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        columns = _columns(connection)
        raw = [table for spec in connections for table in _raw_tables(spec, columns)]
        return (*raw, *_models(connection, built.manifest, columns))


def table_names(built: BuiltWorld) -> frozenset[str]:
    """`schema.table` of everything in the warehouse, in lower case."""
    import duckdb

    with duckdb.connect(str(built.warehouse), read_only=True) as connection:
        return frozenset(_columns(connection))


def read_connections(project: Path) -> list[ConnectionSpec]:
    """The connection files of a pipeline, whatever their variables.

    Raises:
        SpecError: One is not valid.
    """
    found = []
    for path in sorted((project / "el").glob("*.yaml")):
        environment = dict.fromkeys(re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8")), "1")
        found.append(read_connection(path, environment))
    return found


def _columns(connection: DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """`schema.table` -> its columns, without those that every load adds; names of tables in lower case."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and not internal order by table_oid, column_index"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in rows:
        if not str(column).startswith(_LOADERS_OWN):
            found.setdefault(str(table).lower(), []).append(str(column))
    return {table: tuple(listed) for table, listed in found.items()}


def _raw_tables(spec: ConnectionSpec, columns: Mapping[str, tuple[str, ...]]) -> Iterator[BuiltTable]:
    for stream in spec.streams:
        name = f"{spec.raw_schema}.{stream.name}"
        if name.lower() in columns:
            said = f"primary_key of el/{spec.connection}.yaml" if stream.primary_key else "no primary_key in el/"
            yield BuiltTable(name, "raw", stream.primary_key, columns[name.lower()], "a stream", said)


def _models(
    connection: DuckDBPyConnection, manifest: Mapping[str, Any], columns: Mapping[str, tuple[str, ...]]
) -> Iterator[BuiltTable]:
    nodes = manifest["nodes"]
    project = manifest["metadata"]["project_name"]
    models = {
        id_: node for id_, node in nodes.items() if node["resource_type"] == "model" and node["package_name"] == project
    }
    keys = _tested_keys(nodes)
    found = []
    for id_, node in models.items():
        name = f"{node['schema']}.{node['alias']}"
        if name.lower() not in columns or not _TABLE_NAME.fullmatch(name):
            continue  # ephemeral, not built, or a name that no task can score
        children = [child for child in manifest["child_map"].get(id_, []) if child.startswith(("model.", "snapshot."))]
        parents = {parent: parent.split(".")[0] for parent in node["depends_on"]["nodes"]}
        stage = stage_of(node["name"], node["original_file_path"], node["schema"], parents, len(children))
        own = columns[name.lower()]
        key, evidence = _declared_key(node) or keys.get(id_) or _key_of_data(connection, node, own)
        found.append(BuiltTable(name, stage.stage, key, own, stage.evidence, evidence, node["name"]))
    order = {"staging": 0, "intermediate": 1, "marts": 2}
    yield from sorted(found, key=lambda table: (order[table.stage], table.name))


def _declared_key(node: Mapping[str, Any]) -> tuple[tuple[str, ...], str] | None:
    for constraint in node.get("constraints") or ():
        if constraint.get("type") == "primary_key" and constraint.get("columns"):
            return tuple(constraint["columns"]), "constraint primary_key"
    for name, column in node["columns"].items():
        if any(constraint.get("type") == "primary_key" for constraint in column.get("constraints") or ()):
            return (name,), "constraint primary_key"
    return None


def _tested_keys(nodes: Mapping[str, Any]) -> dict[str, tuple[tuple[str, ...], str]]:
    """Model -> the key that its data tests promise."""
    unique: dict[str, list[str]] = {}
    not_null: dict[str, set[str]] = {}
    composite: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        meta = node.get("test_metadata") or {}
        model = node.get("attached_node")
        if not meta or model is None or (node.get("config") or {}).get("where"):
            continue
        arguments = meta.get("kwargs", {})
        name = meta.get("name")
        if name in ("unique", "is_key", "not_null") and node.get("column_name"):
            if name == "not_null":
                not_null.setdefault(model, set()).add(node["column_name"])
            else:
                unique.setdefault(model, []).append(node["column_name"])
        elif name in ("unique_combination_of_columns", "is_key", "expect_compound_columns_to_be_unique"):
            listed = arguments.get("combination_of_columns") or arguments.get("columns") or arguments.get("column_list")
            if isinstance(listed, list):
                composite.setdefault(model, tuple(map(str, listed)))
    found: dict[str, tuple[tuple[str, ...], str]] = {
        model: (columns, "test of unique columns") for model, columns in composite.items()
    }
    for model, names in unique.items():
        best = next((name for name in names if name in not_null.get(model, ())), names[0])
        found[model] = ((best,), "test unique")
    return found


def _key_of_data(
    connection: DuckDBPyConnection, node: Mapping[str, Any], columns: Sequence[str]
) -> tuple[tuple[str, ...], str]:
    """The first columns that tell the rows of this day apart."""
    table = f"{quote(node['schema'])}.{quote(node['alias'])}"
    counted = connection.execute(f"select count(*) from {table}").fetchone()
    n_rows = counted[0] if counted else 0
    if not n_rows:
        return (), "no rows"
    likely = sorted(
        columns[:_KEY_COLUMNS], key=lambda name: not name.lower().endswith(("id", "key", "date", "on", "day"))
    )
    for size in (1, 2, 3):
        for names in combinations(likely, size):
            listed = ", ".join(map(quote, names))
            some_null = " or ".join(f"{quote(name)} is null" for name in names)
            clash = connection.execute(
                f"select 1 from {table} group by {listed} having count(*) > 1 or bool_or({some_null}) limit 1"
            ).fetchone()
            if clash is None:
                ordered = tuple(name for name in columns if name in names)
                return ordered, f"the data: {n_rows} rows of day 1, all different"
    return (), "no columns tell rows apart"
