"""Airbyte-protocol source for MongoDB: every collection of one database is a stream."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import pyarrow as pa
from airbyte_cdk.models import AirbyteMessage, AirbyteStream, ConfiguredAirbyteStream, SyncMode

from sources.connectors.base import StreamSource
from sources.connectors.file_reading.column_types import TEXT
from sources.connectors.file_reading.delivered_file import Batch
from sources.connectors.file_reading.parquet_values import python_values
from sources.connectors.messages import state_message
from sources.connectors.mongodb_client import MongodbClient
from sources.connectors.mongodb_query import IncrementalRead, checked_cursor, last_value, sort_of, state_value
from sources.connectors.mongodb_values import Document, FieldTypes, Nested, columns_of, written
from sources.connectors.record_batch import RecordBatch, Values

_ID = "_id"


class MongodbSource(StreamSource):
    """Reads collections in batches, so memory does not grow with the collection.

    Documents have no schema: all of them are looked at first, and each column has the narrowest type that holds its
    values. Full refresh reads in natural order. Incremental reads documents whose cursor is *at or after* the last one
    seen, in the order of cursor and `_id`; without `cursor_field`, the cursor is `_id`. Documents without a cursor
    value are read in every load. The loader leaves out what it has.

    Args:
        now: The pinned clock.
        states: State of each incremental stream that has one: of the documents before it, the columns are known.
    """

    is_ordered: ClassVar[bool] = True
    specification: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["host", "database"],
        "properties": {
            "host": {"type": "string"},
            "port": {"type": ["integer", "string"], "default": 27017},
            "database": {"type": "string"},
            "user": {"type": "string", "description": "absent: without login"},
            "password": {"type": "string", "airbyte_secret": True},
            "auth_source": {"type": "string", "default": "admin"},
            "tls": {"type": "boolean", "default": False},
            "streams": {"type": "array", "description": "name, cursor_field, nested: json or flatten"},
        },
    }

    def __init__(self, now: datetime, states: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__(now)
        self._states = states or {}

    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """Every collection; the columns of those under `streams`, or of all where there is no such key."""
        wanted = {stream["name"]: stream for stream in config["streams"]} if "streams" in config else None
        with self._client(config) as client:
            found = {}
            for name in client.collections():
                settings = {"name": name} if wanted is None else wanted.get(name)
                found[name] = {_ID: TEXT} if settings is None else self._properties(client, settings)
        return [
            AirbyteStream(
                name=name,
                json_schema={"type": "object", "properties": properties},
                supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
                source_defined_cursor=False,
                source_defined_primary_key=[[_ID]],
            )
            for name, properties in found.items()
        ]

    def read_stream(
        self, config: Mapping[str, Any], stream: ConfiguredAirbyteStream, state: Mapping[str, Any]
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Documents of one collection, and checkpoints `{"cursor_field": …, "cursor": …}` for an incremental stream."""
        name, properties = stream.stream.name, stream.stream.json_schema["properties"]
        settings = _settings(config, name)
        nested = _nested(settings)
        with self._client(config) as client:
            if stream.sync_mode != SyncMode.incremental:
                for documents in client.batches(name, {}):
                    yield _batch(name, documents, properties, nested)
                return
            field = stream.cursor_field[0] if stream.cursor_field else _ID
            read = IncrementalRead(field, last_value(state, field))
            for documents in client.batches(name, read.without_cursor(), [(_ID, 1)]):
                _refuse_other_sorts(read, documents)
                yield _batch(name, documents, properties, nested)
            last = read.last
            for documents in client.batches(name, read.ordinary(), read.order):
                for document in (documents[0], documents[-1]):
                    last = checked_cursor(field, last, document.get(field))
                yield _batch(name, documents, properties, nested)
                if last != read.last:
                    yield state_message(
                        name, {"cursor_field": field, "cursor": state_value(last), "properties": dict(properties)}
                    )

    def _properties(self, client: MongodbClient, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Columns of the documents that are read, and those that the state knows."""
        name, nested = settings["name"], _nested(settings)
        state = self._states.get(name) or {}
        known = dict(state.get("properties") or {})
        field = settings.get("cursor_field") or _ID
        last = last_value(state, field) if known else None
        query = {} if last is None else IncrementalRead(field, last).all_new()
        types: dict[str, FieldTypes] = {_ID: FieldTypes()}
        for documents in client.batches(name, query):
            for column, values in columns_of(documents, nested).items():
                types.setdefault(column, FieldTypes()).add(values)
        if again := {column: found for column, found in types.items() if found.needs_digits}:
            for documents in client.batches(name, query):
                columns = columns_of(documents, nested)
                for column, found in again.items():
                    found.add_digits(columns.get(column, ()))
        return (known if last is not None else {}) | {column: found.common() for column, found in types.items()}

    def _client(self, config: Mapping[str, Any]) -> MongodbClient:
        return MongodbClient(
            host=self.setting(config, "host"),
            port=self.port(config, 27_017),
            database=self.setting(config, "database"),
            user=self.setting(config, "user", "") or None,
            password=self.setting(config, "password", "") or None,
            auth_source=self.setting(config, "auth_source", "admin"),
            is_encrypted=str(config.get("tls", False)).lower() == "true",
        )


def _settings(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next((stream for stream in config.get("streams") or () if stream["name"] == name), {})


def _nested(settings: Mapping[str, Any]) -> Nested:
    return "flatten" if settings.get("nested") == "flatten" else "json"


def _batch(name: str, documents: list[Document], properties: Mapping[str, Any], nested: Nested) -> RecordBatch:
    columns = {
        column: written(values, properties.get(column, {})) for column, values in columns_of(documents, nested).items()
    }
    return RecordBatch(name, len(documents), columns, lambda: _records(len(documents), columns))


def _records(n_rows: int, columns: Mapping[str, Values]) -> Iterator[dict[str, Any]]:
    """The rows as JSON has them."""
    listed = {
        name: python_values(values) if isinstance(values, pa.Array) else values for name, values in columns.items()
    }
    yield from Batch(n_rows, dict(listed)).rows()


def _refuse_other_sorts(read: IncrementalRead, documents: list[Document]) -> None:
    """Documents whose cursor is of another sort than the last value have no place in the order."""
    for document in documents:
        value = document.get(read.field)
        if value is not None and read.last is not None and sort_of(value) != sort_of(read.last):
            checked_cursor(read.field, read.last, value)
