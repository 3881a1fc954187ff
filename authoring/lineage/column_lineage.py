"""Which columns each column of a model is made from, read from its compiled SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

ColumnSources = dict[str, tuple[tuple[str, str], ...]]
"""Column -> the pairs of `schema.table` and column that it is made from."""


def column_lineage(sql: str, columns: Mapping[str, Sequence[str]]) -> ColumnSources:
    """Trace the columns of one query to the tables that it reads.

    Args:
        sql: A SELECT in DuckDB's SQL.
        columns: `schema.table` -> its columns, of every table that the query may read, in small letters.

    Returns:
        The columns that could be traced; empty where the SQL cannot be read.
    """
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import Node, lineage

    try:
        query = _without_catalogs(parse_one(sql, dialect="duckdb"))
        traced = lineage(None, query, _nested(columns), dialect="duckdb", trim_selects=False, copy=False)
    except (SqlglotError, ValueError, RecursionError):
        return {}
    if isinstance(traced, Node):
        return {}
    found: ColumnSources = {}
    for name, root in traced.items():
        read = {_leaf(node.source, node.name) for node in root.walk() if not node.downstream}
        if kept := tuple(sorted(pair for pair in read if pair is not None)):
            found[name.lower()] = kept
    return found


def _without_catalogs(query: exp.Expr) -> exp.Expr:
    """Leave out the database, which dbt names in each relation: here every table lies in one."""
    from sqlglot import exp

    for table in query.find_all(exp.Table):
        table.set("catalog", None)
    return query


def _nested(columns: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for table, names in columns.items():
        schema, _, name = table.partition(".")
        nested.setdefault(schema, {})[name] = dict.fromkeys(names, "unknown")
    return nested


def _leaf(source: exp.Expr, name: str) -> tuple[str, str] | None:
    """The table and column where a trace ends; None for a constant."""
    from sqlglot import exp

    if not isinstance(source, exp.Table) or not source.db:
        return None
    return f"{source.db}.{source.name}".lower(), name.rpartition(".")[2].strip('"').lower()
