"""From a connection file to a source: which connector, with which settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmark.connection import ConnectionSpec
from benchmark.errors import UnknownNameError


@dataclass(frozen=True)
class BuiltSource:
    """A source that is ready to be asked."""

    source: Any
    """An `airbyte_cdk.sources.Source`."""
    config: Mapping[str, Any]
    """The settings that its methods are given."""


States = Mapping[str, Mapping[str, Any]]


def build_source(spec: ConnectionSpec, now: datetime, states: States) -> BuiltSource:
    """Make the source of a connection; imports airbyte-cdk.

    Args:
        spec: The connection, variables filled in.
        now: The pinned clock.
        states: State of each incremental stream that has one, by stream.

    Raises:
        ConnectorError: Manifest or settings are not valid.
        UnknownNameError: There is no such connector.
    """
    from sources.connectors.messages import silence_protocol_logging

    if spec.source not in _BUILDERS:
        raise UnknownNameError("source", spec.source, list(_BUILDERS))
    built = _BUILDERS[spec.source](spec, now, states)
    silence_protocol_logging()
    return built


def _postgres(spec: ConnectionSpec, now: datetime, _: States) -> BuiltSource:
    from sources.connectors.postgres import PostgresSource

    return BuiltSource(PostgresSource(now), _with_lookback(spec))


def _mysql(spec: ConnectionSpec, now: datetime, _: States) -> BuiltSource:
    from sources.connectors.mysql import MysqlSource

    return BuiltSource(MysqlSource(now), _with_lookback(spec))


def _with_lookback(spec: ConnectionSpec) -> dict[str, Any]:
    lookback = {stream.name: stream.lookback for stream in spec.streams if stream.lookback}
    return {**spec.config, "lookback": lookback}


def _mongodb(spec: ConnectionSpec, now: datetime, states: States) -> BuiltSource:
    from sources.connectors.mongodb import MongodbSource

    streams = [
        {"name": entry.name, "cursor_field": entry.cursor_field, "nested": entry.nested} for entry in spec.streams
    ]
    return BuiltSource(MongodbSource(now, states), {**spec.config, "streams": streams})


def _files(spec: ConnectionSpec, now: datetime, _: States) -> BuiltSource:
    from sources.connectors.files import FilesSource

    return BuiltSource(FilesSource(now), {**spec.config, "streams": _file_streams(spec)})


def _object_store(spec: ConnectionSpec, now: datetime, states: States) -> BuiltSource:
    from sources.connectors.object_store import ObjectStoreSource

    return BuiltSource(ObjectStoreSource(now, states), {**spec.config, "streams": _file_streams(spec)})


def _file_streams(spec: ConnectionSpec) -> list[dict[str, Any]]:
    keys = ("name", "pattern", "format", "options")
    return [{key: getattr(entry, key) for key in keys} for entry in spec.streams]


def _manifest(spec: ConnectionSpec, now: datetime, states: States) -> BuiltSource:
    from sources.connectors.manifest import ManifestSource
    from sources.connectors.messages import stream_state

    messages = [stream_state(name, state) for name, state in states.items()]
    needed = {
        stream.name: [*stream.primary_key, *([stream.cursor_field] if stream.cursor_field else [])]
        for stream in spec.streams
    }
    source = ManifestSource(spec.manifest or {}, spec.config, now, state=messages, needed=needed)
    return BuiltSource(source, spec.config)


_BUILDERS: dict[str, Callable[[ConnectionSpec, datetime, States], BuiltSource]] = {
    "postgres": _postgres,
    "mysql": _mysql,
    "mongodb": _mongodb,
    "files": _files,
    "object_store": _object_store,
    "manifest": _manifest,
}
