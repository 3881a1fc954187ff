"""Whether an extract is what its roles say, before anything is made of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import all_of, quote
from sources.kit.errors import GeneratorError
from sources.kit.extract_files import RAW
from sources.kit.states import check_roles, column_types
from sources.kit.table_graph import ParentLink, TableGraph

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def check_extract(connection: "DuckDBPyConnection", graph: TableGraph, files: Mapping[str, Path]) -> None:
    """Refuse an extract whose columns, keys or parents are not as the roles say.

    Raises:
        GeneratorError: Names the file, the table, the columns, and the first value that is wrong.
    """
    connection.execute(f"set search_path = 'main,{RAW}'")
    for table in graph.in_order():
        path = files[table]
        check_roles(graph.roles[table], column_types(connection, table), f"{path} (table {table})")
    for table in graph.in_order():
        path, roles = files[table], graph.roles[table]
        for link in graph.links(table):
            _check_columns(connection, link, f"{path} (table {table})", files[link.parent])
            _check_parents(connection, table, link, set(roles.orphans), path)
        if roles.key:
            _check_key(connection, table, roles.key, path)
        elif graph.is_root(table) and not roles.entity and not roles.reference:
            raise GeneratorError(
                f"{path} (table {table})",
                f"no role says which rows belong together; say data.{table}.key, parents or entity in world.yaml, "
                "or reference: true where every seed has the same rows.",
            )


def n_orphans(connection: "DuckDBPyConnection", child: str, parent: str, link: ParentLink) -> int:
    """Rows of a table whose parent is missing from another one.

    Args:
        connection: Has both.
        child: Table or view with the columns of the link.
        parent: Table or view with the columns that they point to.
        link: From columns to columns.
    """
    found = connection.execute(f"select count(*) from {_orphans(child, parent, link)}").fetchone()
    assert found is not None
    return int(found[0])


def _orphans(child: str, parent: str, link: ParentLink) -> str:
    given = all_of(f"c.{quote(column)} is not null" for column in link.columns)
    same = all_of(
        f"c.{quote(column)} = p.{quote(target)}"
        for column, target in zip(link.columns, link.parent_columns, strict=True)
    )
    return f"{child} as c where {given} and not exists (select 1 from {parent} as p where {same})"


def _check_columns(connection: "DuckDBPyConnection", link: ParentLink, where: str, parent_path: Path) -> None:
    for column in link.parent_columns:
        if column not in column_types(connection, link.parent):
            raise GeneratorError(where, f"{link.text}: {parent_path.name} has no column '{column}'.")


def _check_key(connection: "DuckDBPyConnection", table: str, key: tuple[str, ...], path: Path) -> None:
    columns = ", ".join(map(quote, key))
    some_null = " or ".join(f"{quote(column)} is null" for column in key)
    found = connection.execute(
        f"select count(*) as n, {columns} from {RAW}.{quote(table)} group by all having n > 1 or {some_null} "
        "order by all limit 1"
    ).fetchone()
    if found:
        values = ", ".join(str(value) for value in found[1:])
        problem = "is empty" if None in found[1:] else f"is not unique: {found[0]} rows have"
        raise GeneratorError(
            f"{path} (table {table})", f"the key ({', '.join(key)}) {problem} ({values}). Name another key."
        )


def _check_parents(
    connection: "DuckDBPyConnection", table: str, link: ParentLink, orphans: set[str], path: Path
) -> None:
    if orphans & set(link.columns):
        return
    rows = _orphans(f"{RAW}.{quote(table)}", f"{RAW}.{quote(link.parent)}", link)
    if n := n_orphans(connection, f"{RAW}.{quote(table)}", f"{RAW}.{quote(link.parent)}", link):
        columns = ", ".join(f"c.{quote(column)}" for column in link.columns)
        first = connection.execute(f"select {columns} from {rows} order by all limit 1").fetchone()
        assert first is not None
        raise GeneratorError(
            f"{path} (table {table})",
            f"{n} rows point to a parent that does not exist: {link.text}, for example "
            f"({', '.join(map(str, first))}). Add the parents, or name the column under orphans.",
        )
