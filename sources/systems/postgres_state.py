"""Brings the tables of a PostgreSQL database to the state of a day."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmark.source_systems import PostgresSystem, PostgresTable
from sources.systems.postgres import PostgresServer
from sources.systems.postgres_process import PostgresError

if TYPE_CHECKING:
    import pyarrow


def create_tables(server: PostgresServer, spec: PostgresSystem) -> None:
    """Create schema, tables and comments, empty; call `fill_tables` next."""
    statements = [f"create schema {spec.schema_name}"]
    for table_name, table in spec.tables.items():
        name = f"{spec.schema_name}.{table_name}"
        columns = ", ".join(f"{column} {described.type}" for column, described in table.columns.items())
        statements.append(f"create table {name} ({columns})")
        statements.append(f"comment on table {name} is {_literal(table.description)}")
        for column_name, column in table.columns.items():
            if column.description:
                statements.append(f"comment on column {name}.{column_name} is {_literal(column.description)}")
    server.execute(";\n".join(statements))


def fill_tables(server: PostgresServer, spec: PostgresSystem, tables: "Mapping[str, pyarrow.Table]") -> None:
    """Write the first state into the empty tables, then add the primary keys, which is faster than the other way round.

    Raises:
        PostgresError: The server is gone, or refuses.
    """
    with server.transaction():
        for table_name, table in spec.tables.items():
            name = f"{spec.schema_name}.{table_name}"
            with _named(spec, table_name):
                server.copy_arrow(name, tables[table_name])
                server.execute(f"alter table {name} add primary key ({', '.join(table.key)})")


def set_state(server: PostgresServer, spec: PostgresSystem, tables: "Mapping[str, pyarrow.Table]") -> None:
    """Delete, update and insert until each table equals the given one: all in one transaction.

    Rows that stay as they are are not written.

    Raises:
        PostgresError: The server is gone, or refuses; the old state stands.
    """
    with server.transaction():
        for table_name, table in spec.tables.items():
            name = f"{spec.schema_name}.{table_name}"
            server.execute(f"create temporary table incoming (like {name}) on commit drop")
            with _named(spec, table_name):
                server.copy_arrow("incoming", tables[table_name])
            server.execute(_merge(name, table))
            server.execute("drop table incoming")


@contextmanager
def _named(spec: PostgresSystem, table: str) -> Iterator[None]:
    """Say of which table of world.yaml the server refuses rows: the types or the key are not those of the data."""
    try:
        yield
    except PostgresError as error:
        raise PostgresError(
            f"world.yaml, key systems.{spec.name}.tables.{table}: {error} Change types or key there, or what the "
            "generator makes."
        ) from error


def _merge(name: str, table: PostgresTable) -> str:
    key = ", ".join(table.key)
    is_same = " and ".join(f"incoming.{column} = held.{column}" for column in table.key)
    columns = ", ".join(table.columns)
    incoming = ", ".join(f"excluded.{column}" for column in table.columns)
    return f"""
        delete from {name} as held
        where not exists (select from incoming where {is_same});
        insert into {name} as held ({columns})
        select {columns} from incoming order by {key}
        on conflict ({key}) do update set ({columns}) = row({incoming})
        where ({", ".join(f"held.{column}" for column in table.columns)}) is distinct from ({incoming})
    """


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
