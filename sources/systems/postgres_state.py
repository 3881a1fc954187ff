"""Brings the tables of a PostgreSQL database to the state of a day."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sources.systems.postgres import PostgresServer
from sources.systems.specs import PostgresSystem, PostgresTable

if TYPE_CHECKING:
    import pyarrow


def create_tables(server: PostgresServer, spec: PostgresSystem) -> None:
    """Create schema, tables and comments, empty; call `fill_tables` next."""
    statements = [f"create schema {spec.schema}"]
    for table in spec.tables:
        name = f"{spec.schema}.{table.name}"
        columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
        statements.append(f"create table {name} ({columns})")
        statements.append(f"comment on table {name} is {_literal(table.comment)}")
        for column, comment in table.column_comments.items():
            statements.append(f"comment on column {name}.{column} is {_literal(comment)}")
    server.execute(";\n".join(statements))


def fill_tables(server: PostgresServer, spec: PostgresSystem, tables: "Mapping[str, pyarrow.Table]") -> None:
    """Write the first state into the empty tables, then add the primary keys, which is faster than the other way round.

    Raises:
        PostgresError: The server is gone, or refuses.
    """
    with server.transaction():
        for table in spec.tables:
            server.copy_arrow(f"{spec.schema}.{table.name}", tables[table.name])
            server.execute(f"alter table {spec.schema}.{table.name} add primary key ({table.key})")


def set_state(server: PostgresServer, spec: PostgresSystem, tables: "Mapping[str, pyarrow.Table]") -> None:
    """Delete, update and insert until each table equals the given one: all in one transaction.

    Rows that stay as they are are not written.

    Raises:
        PostgresError: The server is gone, or refuses; the old state stands.
    """
    with server.transaction():
        for table in spec.tables:
            server.execute(f"create temporary table incoming (like {spec.schema}.{table.name}) on commit drop")
            server.copy_arrow("incoming", tables[table.name])
            server.execute(_merge(f"{spec.schema}.{table.name}", table))
            server.execute("drop table incoming")


def _merge(name: str, table: PostgresTable) -> str:
    key = table.key
    columns = ", ".join(table.columns)
    incoming = ", ".join(f"excluded.{column}" for column in table.columns)
    return f"""
        delete from {name} as held
        where not exists (select from incoming where incoming.{key} = held.{key});
        insert into {name} as held ({columns})
        select {columns} from incoming order by {key}
        on conflict ({key}) do update set ({columns}) = row({incoming})
        where ({", ".join(f"held.{column}" for column in table.columns)}) is distinct from ({incoming})
    """


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
