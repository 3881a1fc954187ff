"""Airbyte-protocol source for MySQL and MariaDB: every table and view of one database is a stream."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pyarrow as pa
import pymysql
from airbyte_cdk.models import (
    AirbyteLogMessage,
    AirbyteMessage,
    AirbyteStream,
    ConfiguredAirbyteStream,
    Level,
    SyncMode,
    Type,
)

from sources.connectors.base import StreamSource
from sources.connectors.cursor_columns import cursor_column
from sources.connectors.errors import ConnectorError
from sources.connectors.messages import state_message
from sources.connectors.mysql_columns import BINARIES, INTEGERS, Column, ReadingRules, read_columns, read_keys
from sources.connectors.mysql_query import Read, state_cursor
from sources.connectors.mysql_rows import RowConnection
from sources.connectors.mysql_values import column_values, records
from sources.connectors.record_batch import RecordBatch

_BATCH_ROWS = 50_000
"""A batch of a full read has no more rows; a batch of an incremental read has those of one checkpoint."""
_CONNECT_TIMEOUT_SECONDS = 15
_READ_TIMEOUT_SECONDS = 600
"""Without a word of the server."""
_SETTINGS = (
    "set session time_zone = '+00:00', sql_mode = '', net_write_timeout = 600",
    "set session transaction isolation level repeatable read",
    "start transaction with consistent snapshot, read only",
)
"""How the server writes values, and a snapshot that every query sees."""


class MysqlSource(StreamSource):
    """Reads tables row by row as the server sends them, so memory does not grow with the table.

    Full refresh reads the table in the order of its primary key. Incremental reads rows whose cursor is *at or after*
    the last one seen, in the order of cursor and key: rows that share the last cursor value are read again, since more
    of them may have come in the meantime. So are rows whose cursor is NULL or the zero date, which no value is before,
    and those within the stream's `lookback`. The loader leaves out what it has.

    Args:
        now: The pinned clock.
        checkpoint_rows: A state is sent after so many rows of an incremental stream, and at its end.
    """

    is_ordered: ClassVar[bool] = True
    specification: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["host", "database", "user", "password"],
        "properties": {
            "host": {"type": "string"},
            "port": {"type": ["integer", "string"], "default": 3306},
            "database": {"type": "string"},
            "user": {"type": "string"},
            "password": {"type": "string", "airbyte_secret": True},
            "tls": {"type": "boolean", "default": False},
            "tinyint1": {"type": "string", "enum": ["boolean", "integer"], "default": "boolean"},
            "zero_dates": {"type": "string", "enum": ["null", "text"], "default": "null"},
            "lookback": {"type": "object", "description": "by stream: a number, or a time such as '2 hours'"},
        },
    }

    def __init__(self, now: datetime, checkpoint_rows: int = 10_000) -> None:
        super().__init__(now)
        self.checkpoint_rows = checkpoint_rows

    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """Every table and view that the user may read."""
        database = self.setting(config, "database")
        with self._connect(config) as connection:
            keys = read_keys(connection, database)
            columns = read_columns(connection, database, self._rules(config))
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
        name, database = stream.stream.name, self.setting(config, "database")
        n_without_date: dict[str, int] = {}
        with self._connect(config) as connection:
            columns = read_columns(connection, database, self._rules(config)).get(name)
            if not columns:
                raise ConnectorError(f"table '{name}' is not in database '{database}' any more.")
            cursor = cursor_column(stream, columns)
            read = Read(
                database=database,
                table=name,
                columns=columns,
                key=read_keys(connection, database).get(name, []),
                cursor=cursor,
                last=state_cursor(state, cursor) if cursor else None,
                lookback=(config.get("lookback") or {}).get(name),
            )
            if cursor is None or stream.sync_mode != SyncMode.incremental:
                yield from self._rows(connection, read, read.everything(), n_without_date)
            else:
                yield from self._news(connection, read, cursor, n_without_date)
        for column, n_values in n_without_date.items():
            sentence = (
                f"stream '{name}': {n_values:,} values of column '{column}' are dates that no calendar has, such as "
                "0000-00-00; they are NULL. Set key 'config.zero_dates' to text to keep them."
            )
            yield AirbyteMessage(Type.LOG, log=AirbyteLogMessage(Level.WARN, sentence))

    def _news(
        self, connection: RowConnection, read: Read, cursor: Column, n_without_date: dict[str, int]
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Rows of an incremental read; first those that the loader has to look up."""
        yield from self._rows(connection, read, read.below(cursor), n_without_date)
        for arrays in connection.batches(read.between(cursor), read.n_columns, self.checkpoint_rows):
            yield _record_batch(read, arrays, n_without_date)
            *_, values, is_new = arrays
            if is_new[-1].as_py() == b"1":
                last = _state_value(cursor, values[-1].as_py())
                yield state_message(read.table, {"cursor_field": cursor.name, "cursor": last})

    def _rows(
        self, connection: RowConnection, read: Read, query: str, n_without_date: dict[str, int]
    ) -> Iterator[RecordBatch]:
        for arrays in connection.batches(query, read.n_columns, _BATCH_ROWS):
            yield _record_batch(read, arrays, n_without_date)

    def _rules(self, config: Mapping[str, Any]) -> ReadingRules:
        chosen = {}
        for name in ("tinyint1", "zero_dates"):
            allowed = self.specification["properties"][name]["enum"]
            chosen[name] = self.setting(config, name, allowed[0])
            if chosen[name] not in allowed:
                raise ConnectorError(f"key 'config.{name}' must be {' or '.join(allowed)}; received '{chosen[name]}'.")
        return ReadingRules(**chosen)  # type: ignore[arg-type]

    @contextlib.contextmanager
    def _connect(self, config: Mapping[str, Any]) -> Iterator[RowConnection]:
        """A read-only transaction over one snapshot, in UTC."""
        host, port = self.setting(config, "host"), self.port(config, 3306)
        database = self.setting(config, "database")
        is_encrypted = str(config.get("tls", False)).lower() == "true"
        where = f"MySQL at {host}:{port}, database '{database}'"
        try:
            connection = RowConnection(
                host=host,
                port=port,
                user=self.setting(config, "user"),
                password=self.setting(config, "password"),
                database=database,
                charset="utf8mb4",
                connect_timeout=_CONNECT_TIMEOUT_SECONDS,
                read_timeout=_READ_TIMEOUT_SECONDS,
                write_timeout=_CONNECT_TIMEOUT_SECONDS,
                ssl=ssl.create_default_context() if is_encrypted else None,
                program_name="lockgate-load",
            )
            with connection:
                with connection.cursor() as cursor:
                    for statement in _SETTINGS:
                        cursor.execute(statement)
                yield connection
        except (pymysql.Error, OSError) as error:
            raise ConnectorError(f"{where}: {_sentence(error)}") from error


def _sentence(error: Exception) -> str:
    """What the server says, without the number before it."""
    return str(error.args[1] if len(error.args) > 1 else error).strip()


def _record_batch(read: Read, arrays: Sequence[pa.Array], n_without_date: dict[str, int]) -> RecordBatch:
    """The values of a batch; what the query adds for an incremental read is left out."""
    values = {
        column.name: column_values(column, raw, n_without_date)
        for column, raw in zip(read.columns, arrays, strict=False)
    }
    return RecordBatch(read.table, len(arrays[0]), values, lambda: records(read.columns, values))


def _state_value(cursor: Column, value: bytes) -> int | str:
    """A cursor value as the state keeps it."""
    if cursor.data_type in INTEGERS:
        return int(value)
    return value.hex() if cursor.data_type in BINARIES else value.decode()
