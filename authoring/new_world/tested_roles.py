"""Roles of raw tables that a dbt project's own data tests tell: keys by unique tests, parents by relationships.

A test names columns of a model or a source. Each is followed through the compiled SQL, as far as it is passed on
unchanged, to the column of a raw table. What a test says there, the data must not contradict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from authoring.built.build import BuiltWorld
from authoring.new_world.source_tables import SourceTable
from sources.kit.column_facts import facts_of_extract, matches
from sources.kit.roles import Proposal

_LEAST_MATCHES = 0.9
"""Share of a column's different values that are in the parent's key."""


class RawColumn(NamedTuple):
    """A column of a raw table."""

    table: str
    column: str


def add_tested_parents(tables: Sequence[SourceTable], built: BuiltWorld, data: Path) -> tuple[SourceTable, ...]:
    """Add the parents that relationships tests of a built project tell and the data does not by itself.

    Args:
        tables: With the roles that the data proposes.
        built: The project on these tables.
        data: The extract.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        facts_of_extract(connection, data)
        by_name = {table.name: table for table in tables}
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for name, child, parent in _relationships(built, tables):
            own, other = by_name[child.table], by_name[parent.table]
            known: dict[str, str] = next((role.value for role in own.proposals if role.role == "parents"), {})
            if child.column in known or other.key != (parent.column,) or child == parent:
                continue
            counted = matches(connection, child.table, [child.column], parent.table, [parent.column])
            if counted and counted["distinct"] and counted["matching"] / counted["distinct"] >= _LEAST_MATCHES:
                evidence = f"{child.column}: {counted['matching']} of {counted['distinct']} different values are in "
                evidence += f"{parent.table}.{parent.column}, and the data test {name} says so"
                found.setdefault(child.table, {})[child.column] = (parent.table, evidence)
    return tuple(_with_parents(table, found.get(table.name, {})) for table in tables)


def _with_parents(table: SourceTable, found: Mapping[str, tuple[str, str]]) -> SourceTable:
    if not found:
        return table
    added = {column: parent for column, (parent, _) in found.items()}
    evidence = "; ".join(text for _, text in found.values())
    proposals = list(table.proposals)
    number = next((number for number, role in enumerate(proposals) if role.role == "parents"), None)
    if number is None:
        place = next((n + 1 for n, role in enumerate(proposals) if role.role == "key"), 0)
        proposals.insert(place, Proposal(table.name, "parents", added, evidence))
    else:
        known = proposals[number]
        both = f"{known.evidence}; {evidence}"
        proposals[number] = Proposal(table.name, "parents", {**known.value, **added}, both)
    kept = [role for role in proposals if not (role.role == "reference" and "no parents" in role.evidence)]
    measures = [
        Proposal(role.table, role.role, [name for name in role.value if name not in added], role.evidence)
        if role.role == "measures"
        else role
        for role in kept
    ]
    return replace(table, proposals=tuple(role for role in measures if role.role != "measures" or role.value))


def _relationships(built: BuiltWorld, tables: Sequence[SourceTable]) -> Iterator[tuple[str, RawColumn, RawColumn]]:
    """Name of the test, child, parent; for relationships tests both of whose ends are columns of raw tables."""
    trace = _Trace(built, tables)
    for node in built.manifest["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if node["resource_type"] != "test" or metadata.get("name") != "relationships":
            continue
        child_id = node.get("attached_node")
        arguments = metadata.get("kwargs") or {}
        parents = [other for other in node["depends_on"]["nodes"] if other != child_id] or [child_id]
        column, field = node.get("column_name") or arguments.get("column_name"), arguments.get("field")
        if not child_id or not column or not field or len(parents) != 1:
            continue
        child, parent = trace.raw_column(child_id, str(column)), trace.raw_column(parents[0], str(field))
        if child and parent:
            yield str(node["name"]), child, parent


class _Trace:
    """Follows columns of a built project to raw tables."""

    def __init__(self, built: BuiltWorld, tables: Sequence[SourceTable]) -> None:
        self._manifest = built.manifest
        self._raw = {f"{table.raw_schema}.{table.name}".lower(): table for table in tables}
        self._nodes = {
            f"{node['schema']}.{node.get('alias') or node.get('identifier')}".lower(): id_
            for id_, node in (*built.manifest["nodes"].items(), *built.manifest["sources"].items())
        }
        self._columns = _warehouse_columns(built.warehouse)

    def raw_column(self, node_id: str, column: str) -> RawColumn | None:
        """The column of a raw table whose values a column of a node has; None: it is made in another way."""
        node = {**self._manifest["nodes"], **self._manifest["sources"]}.get(node_id)
        if node is None:
            return None
        relation = f"{node['schema']}.{node.get('alias') or node.get('identifier')}"
        return self._follow(relation.lower(), column.lower(), frozenset())

    def _follow(self, relation: str, column: str, above: frozenset[str]) -> RawColumn | None:
        if relation in self._raw:
            table = self._raw[relation]
            name = next((name for name in table.column_names if name.lower() == column), None)
            return RawColumn(table.name, name) if name else None
        node: Mapping[str, Any] = self._manifest["nodes"].get(self._nodes.get(relation, ""), {})
        compiled = node.get("compiled_code")
        if not compiled or relation in above or node.get("language", "sql") != "sql":
            return None
        origin = _origin(compiled, column, self._columns)
        return self._follow(*origin, above | {relation}) if origin else None


def _warehouse_columns(warehouse: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Schema -> table -> column -> type."""
    import duckdb

    found: dict[str, dict[str, dict[str, str]]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where database_name = current_database() and not internal order by table_oid, column_index"
        ).fetchall()
    for schema, table, column, type_ in rows:
        found.setdefault(str(schema), {}).setdefault(str(table), {})[str(column)] = str(type_)
    return found


def _origin(
    compiled: str, column: str, columns: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> tuple[str, str] | None:
    """`schema.table` and column that a query passes on unchanged as one of its columns, in lower case."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage

    try:
        tree = _without_database(compiled)
        node = lineage(column, tree, schema=dict(columns), dialect="duckdb")
    except (SqlglotError, ValueError, KeyError):
        return None  # not understood, so nothing is known
    while not isinstance(node.expression, exp.Table):
        value = node.expression.unalias()
        if isinstance(value, exp.Cast):
            value = value.this
        if not isinstance(value, exp.Column) or len(node.downstream) != 1:
            return None
        node = node.downstream[0]
    name = node.name.rpartition(".")[2]
    return f"{node.expression.db}.{node.expression.name}".lower(), name.strip('"').lower()


def _without_database(compiled: str) -> Any:
    """A query whose tables are named by schema alone."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(compiled, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    return tree
