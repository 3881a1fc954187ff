"""How many rows DuckDB handles to make tables, counted in its profile of their queries, and where these come from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

import duckdb

from benchmark.border import plain_text
from benchmark.duckdb_sql import quote, quote_relation
from runtime.dbt.clock import parse_pinned, pin_dbt
from runtime.dbt.lock import lock, lock_dbt
from runtime.dbt.noted_manifest import as_written, note_manifests
from runtime.dbt.process_clock import pin_process_clock
from runtime.jobs import build
from runtime.parquet_types import readable

_MADE = "lockgate_measured"
_METRICS = ("OPERATOR_TYPE", "OPERATOR_CARDINALITY", "OPERATOR_ROWS_SCANNED", "EXTRA_INFO")
_EACH_WITH_EACH = frozenset({"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT"})
"""Operators that hold every row of one side against every row of the other."""
_ROW_MAKERS = frozenset({"RANGE", "GENERATE_SERIES", "UNNEST", "REPEAT_ROW"})
"""Functions that read nothing."""
_DIGITS = {"FLOAT": 6, "DOUBLE": 10}
"""Digits of floats that are compared: their sum follows the order of the rows, and that the number of threads."""
_PACKING = "string_agg listagg group_concat bitstring_agg".split()  # noqa: SIM905 - names, as in SQL
"""Aggregates that pack rows into one value, beside those that return lists and maps."""
_OF_SEVERAL = {"min": 2, "max": 2} | dict.fromkeys(("arg_min", "arg_max", "argmin", "argmax", "min_by", "max_by"), 3)
"""Aggregates that return a list when they have so many arguments."""
_FIRST_OF = frozenset({"array_extract", "list_extract", "list_element"})
_SORTED = frozenset({"list_sort", "list_reverse_sort"})
"""What DuckDB makes of `list(x order by x)`."""
_QUIET = ("--quiet", "--no-use-colors", "--no-write-json", "--log-level-file", "none")
_HERE = ("--profiles-dir", ".", "--project-dir", ".")


def compile_queries(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Compile some models of the dbt project in the current folder, with all models upstream of them.

    The warehouse should have no rows, and the project no file that a build left: what Jinja learns from either ends up
    in the SQL, and was computed where nobody counts.

    Args:
        arguments: `now` (pinned instant), `is_walled` (see `runtime.jobs.build.run`), `tables` (`schema.identifier`).

    Returns:
        `error` (of dbt as a whole; empty = none) and `relations` (see `runtime.jobs.build.run`; `compiled` is None
        where a model was not compiled).
    """
    from dbt.cli.main import dbtRunner

    pin_dbt(parse_pinned(arguments["now"]))
    if not arguments.get("is_walled", False):
        lock_dbt([Path.cwd().parent])
    manifests = note_manifests()
    response = dbtRunner().invoke(["parse", *_QUIET, *_HERE])
    if response.exception or not manifests:
        return {"error": plain_text(response.exception, 600) or "dbt cannot read the project", "relations": {}}
    manifest = manifests[-1]
    wanted = {table.lower() for table in arguments["tables"]}
    names = sorted(
        {str(node.name) for node in manifest.nodes.values() if f"{node.schema}.{node.alias}".lower() in wanted}
    )
    error = ""
    if names:
        above = [f"+fqn:{name}" for name in names]
        command = ["compile", "--indirect-selection", "empty", "--select", *above, *_QUIET, *_HERE]
        response = dbtRunner(manifest=manifest).invoke(command)
        error = plain_text(response.exception, 600) if response.exception else ""
    return {"error": error, "relations": build.relations(as_written(manifest))}


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make tables and views one after the other, on one thread, and count.

    Args:
        arguments: `warehouse` (path of one that has nothing but what is given), `steps` (`relation`:
            `schema.identifier`, `is_view`, `sql`; upstream first), `targets` (relation -> Parquet file with the rows
            that its query has to give). A view that is no target counts where it is read.

    Returns:
        `models`: relation -> `rows` that were handled, `reads` (base tables, `schema.identifier`, and functions as
        `name()`), `packs` (what packs rows into one value, see `packing`), `is_same` (whether a target's rows are those
        of its file; of others, true), `error` (why it cannot be made; then nothing downstream is made).
    """
    if pinned := os.environ.get("PINNED_NOW"):  # `system.main.now()` sees the instant as well
        pin_process_clock(parse_pinned(pinned))
    expected = {relation: _checksum_of_file(Path(file)) for relation, file in arguments["targets"].items()}
    path = Path(arguments["warehouse"])
    models: dict[str, dict[str, Any]] = {}
    with duckdb.connect(str(path), config={"threads": 1}) as connection:
        lock(connection, [path.resolve().parent])
        for step in arguments["steps"]:
            relation = step["relation"]
            models[relation] = found = {"rows": 0, "reads": [], "packs": [], "is_same": True, "error": ""}
            try:
                found.update(_make(connection, step, is_counted=not step["is_view"] or relation in expected))
                if relation in expected and not found["error"]:
                    found["is_same"] = _checksum(connection, quote_relation(relation)) == expected[relation]
            except duckdb.Error as error:
                found["error"] = plain_text(error, 600) or "it cannot be made"
            if found["error"]:
                break
    return {"models": models}


def _make(connection: duckdb.DuckDBPyConnection, step: Mapping[str, Any], *, is_counted: bool) -> dict[str, Any]:
    """Make a table or a view; what is counted of it."""
    if not _is_one_query(step["sql"]):
        return {"error": "it is not one query"}
    relation, query = quote_relation(step["relation"]), f"(\n{step['sql']}\n)"
    connection.execute(f"create schema if not exists {quote(step['relation'].partition('.')[0])}")
    if step["is_view"]:
        connection.execute(f"create view {relation} as {query}")
    packs = packing(connection, step["sql"])
    if not is_counted:
        return {"packs": packs}
    connection.execute("set enable_profiling = 'no_output'")
    metrics = json.dumps(dict.fromkeys(_METRICS, "true"))
    connection.execute(f"set custom_profiling_settings = '{metrics}'")
    made = f"or replace temp table {_MADE}" if step["is_view"] else f"table {relation}"
    connection.execute(f"create {made} as {query}")
    operators = list(_operators(json.loads(connection.get_profiling_information(format="json"))))
    connection.execute("reset enable_profiling")
    return {"rows": sum(map(_handled, operators)), "reads": sorted(set(_reads(operators))), "packs": packs}


def packing(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """Aggregates that pack rows into one value, such as a list: what a function does there shows in no profile.

    One of which a certain element is taken at once, as in `list(x order by y)[1]`, does not count.

    Args:
        connection: To any database.
        sql: One query.

    Returns:
        Names, sorted; of a query that is no plain `select`, what it is.
    """
    row = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    assert row is not None, "a query without a table has one row"
    tree = json.loads(row[0])
    if tree["error"]:
        return ["pivot"]
    names, found, todo = _packing_names(connection), set[str](), [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, dict):
            name, children = str(node.get("function_name", "")).lower(), node.get("children") or ()
            if name in names or (name in _OF_SEVERAL and len(children) == _OF_SEVERAL[name]):
                found.add(name)
            todo += _inner(node) if node.get("type") == "ARRAY_EXTRACT" or name in _FIRST_OF else node.values()
    return sorted(found)


def _inner(element: Mapping[str, Any]) -> list[Any]:
    """What stands in an expression that takes an element; of an aggregate and a number, what the aggregate is given."""
    packed, *others = element["children"]
    if [other.get("class") for other in others] != ["CONSTANT"]:
        return [packed, *others]
    while packed.get("function_name") in _SORTED:
        packed = packed["children"][0]
    return list(packed.values())


def _packing_names(connection: duckdb.DuckDBPyConnection) -> set[str]:
    aggregates = connection.execute(
        "select distinct function_name from duckdb_functions() where function_type = 'aggregate' "
        "and (return_type = 'T[]' or return_type like 'MAP%')"
    ).fetchall()
    names = {str(name) for (name,) in aggregates} | set(_PACKING)
    macros = connection.execute(
        "select function_name, macro_definition from duckdb_functions() where function_type = 'macro' and internal"
    ).fetchall()
    return names | {str(name) for name, body in macros if names & set(re.findall(r"\w+(?=\()", str(body)))}


def _is_one_query(sql: str) -> bool:
    """Whether SQL reads only, alone and between brackets: another statement would do what the profile does not see."""
    try:
        alone, within = (duckdb.extract_statements(text) for text in (sql, f"create view v as (\n{sql}\n)"))
    except duckdb.Error:
        return False
    return (
        len(alone) == len(within) == 1
        and alone[0].type == duckdb.StatementType.SELECT
        and within[0].type == duckdb.StatementType.CREATE
    )


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


def _checksum_of_file(path: Path) -> tuple[object, ...] | None:
    with duckdb.connect() as connection:
        connection.execute(f"create table rows_of_file as {readable(connection, path)}")
        return _checksum(connection, "rows_of_file")


def _checksum(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[object, ...]:
    """Columns, rows, and a checksum over the rows, whatever the order of either."""
    columns = sorted((str(row[0]), str(row[1])) for row in connection.execute(f"describe {relation}").fetchall())
    values = (
        f"format('{{:.{_DIGITS[kind] - 1}e}}', {quote(name)} + 0)" if kind in _DIGITS else quote(name)
        for name, kind in columns
    )
    row = f"hash({', '.join(values)})"
    found = connection.execute(f"select count(*), sum({row}), bit_xor({row}) from {relation}").fetchone()
    return (*(name for name, _ in columns), *(found or ()))
