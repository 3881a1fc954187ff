"""How many rows DuckDB handles to make tables, counted in its own profile of their queries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

import duckdb

from benchmark.border import plain_text
from benchmark.duckdb_sql import literal, quote, quote_relation
from runtime.dbt.clock import parse_pinned, pin_warehouse
from runtime.dbt.lock import lock
from runtime.jobs.export import copy_in

_MADE, _LOADED = "lockgate_measured", "lockgate_loaded"
_METRICS = ("OPERATOR_TYPE", "OPERATOR_CARDINALITY", "OPERATOR_ROWS_SCANNED", "EXTRA_INFO")
_EACH_WITH_EACH = frozenset({"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT"})
"""Operators that hold every row of one side against every row of the other."""
_ROW_MAKERS = frozenset({"RANGE", "GENERATE_SERIES", "UNNEST", "REPEAT_ROW"})
"""Functions that read nothing."""


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make tables once more beside those of a warehouse, one thread, and count.

    Args:
        arguments: `warehouse` (path), `queries` (`schema.identifier` -> compiled SQL, upstream first), `sources`
            (tables that no query makes), optional `loaded` (a warehouse whose sources these must be), optional `given`
            (`now`: pinned instant, `files`: relation -> Parquet file, `views`: names and SQL, upstream first; the
            warehouse is made of them).

    Returns:
        `models`: relation -> `rows` that were handled, `reads` (base tables, `schema.identifier`, and functions as
        `name()`), `is_same` (whether the rows are those of the warehouse's table), `error` (why it cannot be made).
        `changed`: sources that are not as they were loaded.
    """
    path = Path(arguments["warehouse"])
    if given := arguments.get("given"):
        with duckdb.connect(str(path)) as connection:
            _lay(connection, given)
    if not path.is_file():
        return {"models": {}, "changed": []}
    with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection:
        changed = []
        if loaded := arguments.get("loaded"):
            connection.execute(f"attach {literal(loaded)} as {_LOADED} (read_only)")
            changed = [name for name in arguments["sources"] if not _is_as_loaded(connection, name)]
            connection.execute(f"detach {_LOADED}")
        lock(connection, [path.resolve().parent])
        models = {name: _measure(connection, name, sql) for name, sql in arguments["queries"].items()}
    return {"models": models, "changed": changed}


def _is_as_loaded(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    try:
        before = _checksum(connection, f"{_LOADED}.{quote_relation(relation)}")
        return before == _checksum(connection, quote_relation(relation))
    except duckdb.Error:
        return False


def _lay(connection: duckdb.DuckDBPyConnection, given: Mapping[str, Any]) -> None:
    for relation, file in given["files"].items():
        copy_in(connection, relation, Path(file))
    pin_warehouse(connection, parse_pinned(given["now"]))
    for relation, sql in given["views"]:
        connection.execute(f"create schema if not exists {quote(relation.partition('.')[0])}")
        connection.execute(f"create view {quote_relation(relation)} as {sql}")


def _measure(connection: duckdb.DuckDBPyConnection, relation: str, sql: str) -> dict[str, Any]:
    metrics = json.dumps(dict.fromkeys(_METRICS, "true"))
    try:
        connection.execute("set enable_profiling = 'no_output'")
        connection.execute(f"set custom_profiling_settings = '{metrics}'")
        connection.execute(f"create or replace temp table {_MADE} as (\n{sql}\n)")
        profile = json.loads(connection.get_profiling_information(format="json"))
        connection.execute("reset enable_profiling")
        is_same = _checksum(connection, f"temp.{_MADE}") == _checksum(connection, quote_relation(relation))
    except duckdb.Error as error:
        return {"rows": 0, "reads": [], "is_same": False, "error": plain_text(error, 600) or "it cannot be made"}
    operators = list(_operators(profile))
    rows = sum(map(_handled, operators))
    return {"rows": rows, "reads": sorted(set(_reads(operators))), "is_same": is_same, "error": ""}


def _operators(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("children") or ():
        yield from _operators(child)


def _handled(operator: Mapping[str, Any]) -> int:
    """Rows that an operator takes and gives; for one that holds each row against each, the pairs in their place."""
    kind, given = operator.get("operator_type"), _cardinality(operator)
    taken = [_cardinality(child) for child in operator.get("children") or ()]
    if kind is None or kind == "CREATE_TABLE_AS":  # the frame of the profile, and the table that is made to measure
        return 0
    if kind == "TABLE_SCAN":
        return max(int(operator.get("operator_rows_scanned") or 0), given) + given
    return (prod(taken) if kind in _EACH_WITH_EACH else sum(taken)) + given


def _cardinality(operator: Mapping[str, Any]) -> int:
    return int(operator.get("operator_cardinality") or 0)


def _reads(operators: list[Mapping[str, Any]]) -> Iterator[str]:
    for operator in operators:
        facts = operator.get("extra_info") or {}
        if operator.get("operator_type") != "TABLE_SCAN":
            continue
        if "Table" in facts:
            yield ".".join(str(facts["Table"]).split(".")[-2:])
        elif (name := str(facts.get("Function", "?"))) not in _ROW_MAKERS:
            yield f"{name.lower()}()"


def _checksum(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[object, ...] | None:
    """Rows, and a checksum over the columns by their names, whatever the order of either."""
    names = sorted(str(row[0]) for row in connection.execute(f"describe {relation}").fetchall())
    row = f"hash({', '.join(quote(name) for name in names)})"
    return connection.execute(f"select count(*), sum({row}), bit_xor({row}) from {relation}").fetchone()
