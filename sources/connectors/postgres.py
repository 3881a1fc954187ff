"""Airbyte-protocol source for PostgreSQL: every table and view of one schema is a stream."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import psycopg
from airbyte_cdk.models import AirbyteMessage, AirbyteStream, ConfiguredAirbyteStream, DestinationSyncMode, SyncMode
from psycopg import sql

from sources.connectors.base import StreamSource
from sources.connectors.errors import ConnectorError
from sources.connectors.messages import state_message
from sources.connectors.postgres_columns import Column

_FETCH_ROWS = 5_000
_CONNECT_TIMEOUT_SECONDS = 15

_COLUMNS = """
select table_name, column_name, data_type, numeric_precision, numeric_scale
from information_schema.columns where table_schema = %s order by table_name, ordinal_position
"""
# information_schema hides the keys of tables that we may only read, the catalog does not.
_KEYS = """
select classes.relname, attributes.attname
from pg_index as indexes
join pg_class as classes on classes.oid = indexes.indrelid
join pg_namespace as namespaces on namespaces.oid = classes.relnamespace
cross join lateral unnest(indexes.indkey) with ordinality as parts (attnum, position)
join pg_attribute as attributes on attributes.attrelid = classes.oid and attributes.attnum = parts.attnum
where indexes.indisprimary and namespaces.nspname = %s
order by classes.relname, parts.position
"""


class PostgresSource(StreamSource):
    """Reads tables with a server-side cursor, so memory does not grow with the table.

    Full refresh reads the table in the order of its primary key. Incremental reads rows whose cursor is *at or after*
    the last one seen, in the order of cursor and key: rows that share the last cursor value are read again, since more
    of them may have come in the meantime. With `append_dedup` that changes nothing; with `append` those rows are there
    twice. Rows without a cursor value come first: on every sync with `append_dedup`, on the first one only with
    `append`.

    Args:
        now: The pinned clock.
        checkpoint_rows: A state is sent after so many rows of an incremental stream, and at its end.
    """

    specification: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["host", "port", "database", "user", "password"],
        "properties": {
            "host": {"type": "string"},
            "port": {"type": ["integer", "string"]},
            "database": {"type": "string"},
            "user": {"type": "string"},
            "password": {"type": "string", "airbyte_secret": True},
            "schema": {"type": "string", "default": "public"},
        },
    }

    def __init__(self, now: datetime, checkpoint_rows: int = 10_000) -> None:
        super().__init__(now)
        self.checkpoint_rows = checkpoint_rows

    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """Every table and view that the user may read."""
        with self._connect(config) as connection:
            keys = _keys(connection, self._schema(config))
            columns = _columns(connection, self._schema(config))
        return [
            AirbyteStream(
                name=table,
                namespace=None,
                json_schema={"type": "object", "properties": {column.name: column.json_schema() for column in found}},
                supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
                source_defined_cursor=False,
                source_defined_primary_key=[[name] for name in keys.get(table, [])],
            )
            for table, found in columns.items()
        ]

    def read_stream(
        self, config: Mapping[str, Any], stream: ConfiguredAirbyteStream, state: Mapping[str, Any]
    ) -> Iterator[AirbyteMessage]:
        """Rows of one table, and checkpoints `{"cursor_field": ..., "cursor": ...}` for an incremental stream."""
        name, schema = stream.stream.name, self._schema(config)
        with self._connect(config) as connection:
            columns = _columns(connection, schema).get(name)
            if not columns:
                raise ConnectorError(f"table '{name}' is not in schema '{schema}' any more.")
            cursor = _cursor_column(stream, columns)
            query = _query(schema, stream, columns, _keys(connection, schema).get(name, []), cursor, state)
            with connection.cursor(name="lockgate_read", binary=True) as rows:
                rows.itersize = _FETCH_ROWS
                rows.execute(query)
                yield from self._messages(name, [column.name for column in columns], cursor, rows)

    def _messages(
        self, stream: str, names: list[str], cursor: Column | None, rows: Iterator[tuple[Any, ...]] | Any
    ) -> Iterator[AirbyteMessage]:
        position = names.index(cursor.name) if cursor else None
        last = None
        for number, row in enumerate(rows, start=1):
            yield self.record(stream, dict(zip(names, row, strict=True)))
            if position is not None and cursor is not None:
                last = row[position]
                if number % self.checkpoint_rows == 0 and last is not None:
                    yield state_message(stream, {"cursor_field": cursor.name, "cursor": last})
        if cursor is not None and last is not None:
            yield state_message(stream, {"cursor_field": cursor.name, "cursor": last})

    def _schema(self, config: Mapping[str, Any]) -> str:
        return self.setting(config, "schema", default="public")

    @contextlib.contextmanager
    def _connect(self, config: Mapping[str, Any]) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """A read-only transaction over one snapshot, in UTC."""
        address: dict[str, Any] = {name: self.setting(config, name) for name in ("host", "port", "user", "password")}
        database = self.setting(config, "database")
        where = f"PostgreSQL at {address['host']}:{address['port']}, database '{database}'"
        try:
            with psycopg.connect(
                **address,
                dbname=database,
                connect_timeout=_CONNECT_TIMEOUT_SECONDS,
                application_name="lockgate-load",
                options="-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1",
            ) as connection:
                connection.read_only = True
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                yield connection
        except psycopg.Error as error:
            raise ConnectorError(f"{where}: {str(error).strip()}") from error


def _columns(connection: "psycopg.Connection[Any]", schema: str) -> dict[str, list[Column]]:
    tables: dict[str, list[Column]] = {}
    for table, *column in connection.execute(_COLUMNS, [schema]):
        tables.setdefault(table, []).append(Column(*column))
    return tables


def _keys(connection: "psycopg.Connection[Any]", schema: str) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = {}
    for table, column in connection.execute(_KEYS, [schema]):
        keys.setdefault(table, []).append(column)
    return keys


def _cursor_column(stream: ConfiguredAirbyteStream, columns: list[Column]) -> Column | None:
    if stream.sync_mode != SyncMode.incremental:
        return None
    if not stream.cursor_field:
        raise ConnectorError("an incremental stream of this source needs cursor_field.")
    name = stream.cursor_field[0]
    for column in columns:
        if column.name == name:
            return column
    listed = ", ".join(column.name for column in columns)
    raise ConnectorError(f"cursor_field '{name}' is not a column of the table. Columns: {listed}.")


def _query(
    schema: str,
    stream: ConfiguredAirbyteStream,
    columns: list[Column],
    key: list[str],
    cursor: Column | None,
    state: Mapping[str, Any],
) -> sql.Composed:
    """The query of one read. A state of another cursor column does not count: all is read again.

    The cursor's value stands in it as a quoted literal: with parameters, a % in a column's name would be one too.
    """
    expressions = [sql.SQL("{} as {}").format(c.expression(), sql.Identifier(c.name)) for c in columns]
    parts = [
        sql.SQL("select {} from {}").format(sql.SQL(", ").join(expressions), sql.Identifier(schema, stream.stream.name))
    ]
    order = [sql.SQL("{} asc").format(sql.Identifier(schema, stream.stream.name, name)) for name in key]
    if cursor is not None:
        column = sql.Identifier(schema, stream.stream.name, cursor.name)
        order.insert(0, sql.SQL("{} asc nulls first").format(column))
        if state.get("cursor_field") == cursor.name and state.get("cursor") is not None:
            last = sql.Literal(str(state["cursor"]))
            condition = sql.SQL("where {} >= {}::text::{}").format(column, last, _type_name(cursor))
            if stream.destination_sync_mode == DestinationSyncMode.append_dedup:
                condition = sql.SQL("{} or {} is null").format(condition, column)
            parts.append(condition)
    if order:
        parts.append(sql.SQL("order by {}").format(sql.SQL(", ").join(order)))
    return sql.SQL(" ").join(parts)


def _type_name(column: Column) -> sql.SQL:
    """The column's type for a cast; only names that the server itself gave us."""
    return sql.SQL("text" if column.data_type in ("ARRAY", "USER-DEFINED") else column.data_type)
