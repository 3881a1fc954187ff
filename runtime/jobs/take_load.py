"""A load taken over: the raw tables of a warehouse become those that another load left, inside a child.

A build of a submission wrote the warehouse. So it is opened beside a database of our own, where nothing that is stored
in it (macros, types, views) is looked up, and it is changed only where the raw tables and what is kept beside them are
exactly those of the load before, and nothing else is there that a load could notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from benchmark.duckdb_sql import literal, quote
from runtime.jobs.warehouse_objects import copy_table, relations_of, unusual_object
from runtime.warehouse import ONE_THREAD

_OWN, _BEFORE, _AFTER = "own", "before", "after"


def run(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Replace the raw tables of a warehouse.

    Args:
        arguments: `warehouse` (path), `before` and `after` (warehouses of loads alone), `pinned` (the instant of the
            last build, whose clock is stored in the warehouse).

    Returns:
        `refused`: why nothing was changed; empty where the tables were replaced.
    """
    with duckdb.connect() as connection:
        connection.execute(f"{ONE_THREAD}; set TimeZone = 'UTC'")
        connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        for name, options in ((_OWN, ""), (_BEFORE, " (read_only)"), (_AFTER, " (read_only)")):
            path = arguments["warehouse" if name == _OWN else name]
            connection.execute(f"attach {literal(path)} as {name}{options}")
        reason = _reason_to_refuse(connection, arguments["pinned"])
        if reason is None:
            _replace(connection)
        else:
            print(f"The raw tables are not those of the load before: {reason}.")  # noqa: T201 - the log
    return {"refused": reason or ""}


def _reason_to_refuse(connection: duckdb.DuckDBPyConnection, pinned: str) -> str | None:
    if unusual := unusual_object(connection, _OWN, pinned):
        return f"{unusual} of its own"
    before, after, own = (relations_of(connection, name) for name in (_BEFORE, _AFTER, _OWN))
    schemas = {schema.lower() for schema, _ in before | after}
    if {key: own[key] for key in own if key[0].lower() in schemas} != before:
        return "other raw tables"
    for (schema, name), facts in before.items():
        if not _are_equal(connection, f"{quote(schema)}.{quote(name)}", _float_columns(facts)):
            return f"other rows in {schema}.{name}"
    return None


def _float_columns(facts: tuple[Any, ...]) -> list[str]:
    return [str(name) for name, kind, *_ in facts[-1] if "DOUBLE" in kind or "FLOAT" in kind]


def _are_equal(connection: duckdb.DuckDBPyConnection, table: str, floats: list[str]) -> bool:
    """Whether a table has the rows of the load before, in the same order; `floats`: columns in which -0 is not 0."""
    conditions = ["theirs is distinct from ours"]
    conditions += [f"theirs.{quote(name)}::varchar is distinct from ours.{quote(name)}::varchar" for name in floats]
    counts = {connection.execute(f"select count(*) from {database}.{table}").fetchone() for database in (_BEFORE, _OWN)}
    different = connection.execute(
        f"select count(*) from {_BEFORE}.{table} theirs positional join {_OWN}.{table} ours "
        f"where {' or '.join(conditions)}"
    ).fetchone()
    return len(counts) == 1 and different == (0,)


def _replace(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin transaction")
    for schema, name in relations_of(connection, _BEFORE):
        connection.execute(f"drop table {_OWN}.{quote(schema)}.{quote(name)}")
    connection.execute(f"use {_OWN}")
    for (schema, name), facts in sorted(relations_of(connection, _AFTER).items()):
        copy_table(connection, _AFTER, schema, name, facts)
        for statement in _comments(f"{quote(schema)}.{quote(name)}", facts):
            connection.execute(statement)
    connection.execute("commit")
    connection.execute("use memory")


def _comments(table: str, facts: tuple[Any, ...]) -> Iterator[str]:
    if facts[1] is not None:
        yield f"comment on table {table} is {literal(facts[1])}"
    for name, _, comment, _ in facts[-1]:
        if comment is not None:
            yield f"comment on column {table}.{quote(name)} is {literal(comment)}"
