"""Airbyte-protocol source for PostgreSQL: every table, view and foreign table of one schema is a stream."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import psycopg
import pyarrow as pa
from airbyte_cdk.models import AirbyteMessage, AirbyteStream, ConfiguredAirbyteStream, DestinationSyncMode, SyncMode
from psycopg import sql

from sources.connectors.base import StreamSource
from sources.connectors.cursor_columns import cursor_column
from sources.connectors.errors import ConnectorError
from sources.connectors.messages import state_message
from sources.connectors.postgres_columns import INTEGERS, TIMES, Column, read_columns, read_keys
from sources.connectors.postgres_copy import copy_batches
from sources.connectors.postgres_query import Read, state_cursor
from sources.connectors.postgres_values import iso_time, value_reader
from sources.connectors.record_batch import RecordBatch

_BATCH_ROWS = 50_000
"""A batch of a full read has no more rows; a batch of an incremental read has those of one checkpoint."""
_CONNECT_TIMEOUT_SECONDS = 15
_SETTINGS = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex"
"""How the server writes values; a role or a database may say otherwise."""


class PostgresSource(StreamSource):
    """Reads tables with COPY, so memory does not grow with the table.

    Full refresh reads the table in the order of its primary key. Incremental reads rows whose cursor is *at or after*
    the last one seen, in the order of cursor and key: rows that share the last cursor value are read again, since more
    of them may have come in the meantime. So are rows whose cursor is NULL or infinite, which no value is after, and
    those within the stream's `lookback`. The loader leaves out what it has.

    Args:
        now: The pinned clock.
        checkpoint_rows: A state is sent after so many rows of an incremental stream, and at its end.
    """

    is_ordered: ClassVar[bool] = True
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
            "lookback": {"type": "object", "description": "by stream: a number, or a time such as '2 hours'"},
        },
    }

    def __init__(self, now: datetime, checkpoint_rows: int = 10_000) -> None:
        super().__init__(now)
        self.checkpoint_rows = checkpoint_rows

    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """Every table, view, materialized view and foreign table that the user may read."""
        with self._connect(config) as connection:
            keys = read_keys(connection, self._schema(config))
            columns = read_columns(connection, self._schema(config))
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
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Rows of one table, and checkpoints `{"cursor_field": ..., "cursor": ...}` for an incremental stream."""
        name, schema = stream.stream.name, self._schema(config)
        with self._connect(config) as connection:
            columns = read_columns(connection, schema).get(name)
            if not columns:
                raise ConnectorError(f"table '{name}' is not in schema '{schema}' any more.")
            key = read_keys(connection, schema).get(name, [])
            cursor = cursor_column(stream, columns)
            wanted_key = [path[0] for path in stream.primary_key or []]
            read = Read(
                table=(schema, name),
                columns=columns,
                key=key,
                named=frozenset([*key, *wanted_key, *([cursor.name] if cursor else [])]),
                cursor=cursor,
                last=state_cursor(state, cursor) if cursor else None,
                lookback=(config.get("lookback") or {}).get(name),
            )
            if cursor is None or stream.sync_mode != SyncMode.incremental:
                yield from self._rows(connection, read, read.everything())
            else:
                is_merged = stream.destination_sync_mode == DestinationSyncMode.append_dedup
                yield from self._news(connection, read, cursor, is_merged=is_merged)

    def _news(
        self, connection: "psycopg.Connection[Any]", read: Read, cursor: Column, *, is_merged: bool
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Rows of an incremental read; a loader that appends is given first what it has to look up."""
        above = read.above()
        first = [read.below(), *([above] if above and not is_merged else [])]
        for query in first:
            yield from self._rows(connection, read, query)
        n_fields = len(read.columns)
        for table in copy_batches(connection, read.between(), n_fields + 2, self.checkpoint_rows):
            yield _record_batch(read, table)
            if table.column(n_fields + 1)[-1].as_py() == "t":
                last = _state_value(cursor, table.column(n_fields)[-1].as_py())
                yield state_message(read.table[1], {"cursor_field": cursor.name, "cursor": last})
        if above and is_merged:
            yield from self._rows(connection, read, above)

    def _rows(self, connection: "psycopg.Connection[Any]", read: Read, query: sql.Composable) -> Iterator[RecordBatch]:
        n_columns = len(read.columns) + (2 if read.cursor else 0)
        for table in copy_batches(connection, query, n_columns, _BATCH_ROWS):
            yield _record_batch(read, table)

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
                client_encoding="utf8",
                options=_SETTINGS,
            ) as connection:
                connection.read_only = True
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                yield connection
        except psycopg.Error as error:
            raise ConnectorError(f"{where}: {str(error).strip()}") from error


def _record_batch(read: Read, table: pa.Table) -> RecordBatch:
    """The fields of a table that was read; what the query adds for an incremental read is left out."""
    names = [column.name for column in read.columns]
    fields = table.select(range(len(names))).rename_columns(names)
    columns = dict(zip(names, fields.columns, strict=True))
    return RecordBatch(read.table[1], fields.num_rows, columns, lambda: _records(read, fields))


def _records(read: Read, table: pa.Table) -> Iterator[dict[str, Any]]:
    readers = [value_reader(column.json_schema()) for column in read.columns]
    columns = [
        [None if text is None else reader(text) for text in column.to_pylist()]
        for reader, column in zip(readers, table.columns, strict=True)
    ]
    for row in zip(*columns, strict=True):
        yield dict(zip(table.column_names, row, strict=True))


def _state_value(cursor: Column, text: str) -> int | str:
    """A cursor value as the state keeps it."""
    if cursor.data_type in INTEGERS:
        return int(text)
    return iso_time(text) if cursor.data_type in TIMES else text
