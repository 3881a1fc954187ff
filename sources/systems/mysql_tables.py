"""A world's tables in MariaDB: the statements that make them, and their rows as files that `load data` reads."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import literal as duckdb_literal
from benchmark.duckdb_sql import quote as duckdb_quote
from benchmark.mysql_system import MysqlColumn, MysqlSystem, MysqlTable
from benchmark.mysql_types import parse_type

if TYPE_CHECKING:
    import pyarrow

ZERO = {"date": "0000-00-00", "datetime": "0000-00-00 00:00:00", "timestamp": "0000-00-00 00:00:00"}
"""What stands in a date or time that has no value."""


def quote(name: str) -> str:
    """A name in SQL of MySQL."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A text in SQL of MySQL, on one line."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def create_statements(spec: MysqlSystem) -> Iterator[str]:
    """The statements that make a system's database and its empty tables."""
    yield f"create database {quote(spec.name)} character set {spec.character_set}"
    yield f"use {quote(spec.name)}"
    for name, table in spec.tables.items():
        columns = [f"{quote(column)} {_definition(described)}" for column, described in table.columns.items()]
        key = ", ".join(quote(column) for column in table.key)
        yield (
            f"create table {quote(name)} ({', '.join(columns)}, primary key ({key})) "
            f"engine = InnoDB comment = {literal(table.description)}"
        )


def _definition(column: MysqlColumn) -> str:
    kind = parse_type(column.type)
    text = column.type
    if column.zero_for_null and "not null" not in kind.options:
        text += " not null"
    return f"{text} comment {literal(column.description)}" if column.description else text


def load_statement(name: str, table: MysqlTable, path: Path) -> str:
    """The statement that reads a table's rows from the file that `write_rows` made."""
    fields, changes = [], []
    for place, (column, described) in enumerate(table.columns.items()):
        kind = parse_type(described.type)
        variable = f"@c{place}"
        if described.zero_for_null:
            changes.append(f"{quote(column)} = ifnull({variable}, {literal(ZERO[kind.name])})")
        elif kind.name == "bit":
            changes.append(f"{quote(column)} = cast({variable} as unsigned)")
        elif _is_binary(kind.name):
            changes.append(f"{quote(column)} = unhex({variable})")
        else:
            variable = quote(column)
        fields.append(variable)
    sets = f" set {', '.join(changes)}" if changes else ""
    return (
        f"load data infile {literal(str(path))} into table {quote(name)} character set utf8mb4 "
        "fields terminated by ',' optionally enclosed by '\"' escaped by '' lines terminated by '\\n' "
        f"({', '.join(fields)}){sets}"
    )


def write_rows(table: MysqlTable, rows: "pyarrow.Table", path: Path) -> None:
    """Write a table's rows: every value in quotes, NULL without; instants in UTC, bytes in hexadecimal, lists as JSON.

    Args:
        table: What is declared.
        rows: Its columns in the order of the declaration.
        path: The file.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("shown", rows)
        described = connection.execute("describe shown").fetchall()
        types: Mapping[str, str] = {str(name): str(kind) for name, kind, *_ in described}
        values = [
            _written(duckdb_quote(column), types[column], parse_type(declared.type).name)
            for column, declared in table.columns.items()
        ]
        key = ", ".join(duckdb_quote(column) for column in table.key)
        connection.execute(
            f"copy (select {', '.join(values)} from shown order by {key}) to {duckdb_literal(str(path))} "
            "(format csv, header false, force_quote *, nullstr 'NULL', quote '\"', escape '\"')"
        )


def _written(value: str, kind: str, target: str) -> str:
    """SQL of DuckDB: the text by which MariaDB is given a value."""
    if kind == "BLOB":
        return f"hex({value})"
    if _is_binary(target):
        return f"hex(cast({value} as varchar))"
    if kind == "BOOLEAN":
        return f"cast(cast({value} as integer) as varchar)"
    if kind.startswith("TIMESTAMP"):
        return f"strftime(cast({value} as timestamp), '%Y-%m-%d %H:%M:%S.%f')"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"cast(to_json({value}) as varchar)"
    return f"cast({value} as varchar)"


def _is_binary(name: str) -> bool:
    return name.endswith("blob") or name.endswith("binary")
