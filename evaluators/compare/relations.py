"""Finding a relation by its qualified name, and describing its columns."""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from benchmark.duckdb_sql import Sql, fn, literal, quote
from benchmark.errors import LockgateError
from evaluators.compare.types.duckdb_types import ColumnType, read_type


class Relation(NamedTuple):
    """A table or view that exists."""

    sql: Sql
    """Its full name, quoted."""
    columns: dict[str, ColumnType]
    """In the relation's order."""


class RelationError(LockgateError):
    """A relation that does not exist or cannot be read.

    Args:
        name: As it was asked for.
        is_missing: True = there is none; False = there is one that fails.
        reason: What DuckDB said, one line.
    """

    def __init__(self, name: str, *, is_missing: bool, reason: str) -> None:
        self.name = name
        self.is_missing = is_missing
        self.reason = reason
        super().__init__(f"{name}: {reason}")


def find_relation(connection: duckdb.DuckDBPyConnection, name: str) -> Relation:
    """Find a table or view and read its column types.

    The catalog is asked first: a bare unknown name would be looked up among Python's variables by DuckDB.

    Args:
        connection: Open connection.
        name: `table`, `schema.table`, `catalog.table` or `catalog.schema.table`; parts may be quoted.

    Raises:
        RelationError: There is none, or it fails when described (a view whose columns are gone).
    """
    parts = split_name(name)
    found = _look_up(connection, parts)
    if found is None:
        raise RelationError(name, is_missing=True, reason="there is no such table or view")
    sql = ".".join(quote(part) for part in found)
    try:
        described = connection.execute(f"SELECT * FROM {sql} LIMIT 0").description
    except duckdb.Error as error:
        raise RelationError(name, is_missing=False, reason=one_line(error)) from error
    return Relation(sql, {str(column[0]): read_type(column[1]) for column in described})


def split_name(name: str) -> list[str]:
    """The parts of a qualified name, quotes taken off.

    Raises:
        LockgateError: A quote is not closed, a part is empty, or there are more than three.
    """
    parts: list[str] = []
    rest = name.strip()
    while True:
        part, rest = _take_part(rest, name)
        parts.append(part)
        if not rest:
            break
        rest = rest[1:]
    if len(parts) > 3 or not all(parts):
        raise _bad_name(name)
    return parts


def one_line(error: BaseException) -> str:
    """An error's message on one line, without the SQL that DuckDB quotes, at most 300 characters."""
    text = " ".join(str(error).partition("\n\nLINE ")[0].split())
    return text if len(text) <= 300 else text[:299] + "…"


def _take_part(rest: str, name: str) -> tuple[str, str]:
    if not rest.startswith('"'):
        part, dot, after = rest.partition(".")
        return part.strip(), dot + after
    position = 1
    while True:
        end = rest.find('"', position)
        if end < 0:
            raise _bad_name(name)
        if rest[end + 1 : end + 2] != '"':
            break
        position = end + 2
    after = rest[end + 1 :].strip()
    if after and not after.startswith("."):
        raise _bad_name(name)
    return rest[1:end].replace('""', '"'), after


def _bad_name(name: str) -> LockgateError:
    return LockgateError(
        f"'{name}' is not the name of a relation. Write table, schema.table or catalog.schema.table; "
        'put a part with dots in double quotes: "my.schema".table.'
    )


def _look_up(connection: duckdb.DuckDBPyConnection, parts: list[str]) -> tuple[str, str, str] | None:
    # A literal and no parameter: the first query with a parameter imports pandas, which takes a second or more.
    same = f"= {fn('lower', literal(parts[-1]))}"
    current = f"{fn('current_database')}, {fn('current_schema')}"
    rows = connection.execute(
        f"SELECT database_name, schema_name, table_name, {current} FROM {fn('duckdb_tables')} "
        f"WHERE {fn('lower', 'table_name')} {same} "
        f"UNION ALL SELECT database_name, schema_name, view_name, {current} FROM {fn('duckdb_views')} "
        f"WHERE {fn('lower', 'view_name')} {same}"
    ).fetchall()
    if not rows:
        return None
    catalog, schema = str(rows[0][3]), str(rows[0][4])
    wanted: list[tuple[str, str]]
    if len(parts) == 3:
        wanted = [(parts[0], parts[1])]
    elif len(parts) == 2:
        wanted = [(catalog, parts[0]), ("temp", parts[0]), (parts[0], "main"), (parts[0], schema)]
    else:
        wanted = [("temp", "main"), (catalog, schema), (catalog, "main")]
    for place in wanted:
        for row in rows:
            if (row[0].lower(), row[1].lower()) == (place[0].lower(), place[1].lower()):
                return str(row[0]), str(row[1]), str(row[2])
    return None
