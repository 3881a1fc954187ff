"""One load: every connection, stream after stream, from the source's messages to committed rows."""

import logging
from collections.abc import Mapping
from typing import Any

import duckdb

from benchmark.connection import ConnectionSpec, StreamSpec, read_connection
from benchmark.errors import LockgateError, SpecError
from benchmark.redact import Redactor, secret_values
from sources.connectors.errors import ConnectorError
from sources.connectors.registry import BuiltSource, build_source
from sources.loader.column_types import Column, columns_of
from sources.loader.errors import LoadError, RecordError
from sources.loader.given import find_given, write_given
from sources.loader.report import LoadReport, LoadRequest, StreamReport
from sources.loader.warehouse import Warehouse
from sources.loader.writer import StreamWriter

_LOGGER = logging.getLogger("airbyte.lockgate")
_MOST_NOTES = 20
_SHORTEST_SECRET = 4
"""Characters; a shorter password would take ordinary words out of messages."""


def load(request: LoadRequest) -> LoadReport:
    """Write the given tables, then load the connections of a folder, into a DuckDB file.

    A stream that fails leaves what was committed before and does not stop the others; so do a connection that cannot be
    reached and a connection file that is not valid. Loading again goes on from there.

    Raises:
        LoadError: The warehouse cannot be opened, a connection that was asked for does not exist, or a variable names a
            folder that holds no given tables.
    """
    given = find_given(request.environment)
    specs, problems = _read_specs(request, is_enough=bool(given))
    taken = {table.full_name: "is given: every load writes it before it reads connections" for table in given}
    with Warehouse(request.warehouse_path, request.now) as warehouse:
        streams = list(write_given(warehouse, given))
        for spec in specs:
            streams += _load_connection(spec, taken, warehouse, request)
            taken = dict.fromkeys(spec.raw_tables.values(), f"is loaded by connection '{spec.connection}' too") | taken
    return LoadReport(streams=tuple(streams), problems=tuple(problems))


def _read_specs(request: LoadRequest, *, is_enough: bool) -> tuple[list[ConnectionSpec], list[str]]:
    paths = {path.stem: path for path in sorted(request.el_dir.glob("*.y*ml")) if path.suffix in (".yaml", ".yml")}
    if not paths and is_enough:
        return [], []
    if not paths:
        return [], [f"{request.el_dir}: holds no connection file (*.yaml)"]
    names = list(paths) if request.connections is None else list(request.connections)
    specs, problems = [], []
    for name in names:
        if name not in paths:
            raise LoadError(f"No connection '{name}' in {request.el_dir}. There is: {', '.join(paths)}.")
        try:
            specs.append(read_connection(paths[name], request.environment))
        except SpecError as error:
            problems.append(str(error))
    return specs, problems


def _load_connection(
    spec: ConnectionSpec, taken: Mapping[str, str], warehouse: Warehouse, request: LoadRequest
) -> list[StreamReport]:
    """Reports of all streams of a connection; a connection that cannot be set up fails each of them.

    Args:
        spec: The connection.
        taken: Table that it must not write -> why.
        warehouse: Open.
        request: The load.
    """
    try:
        states = _known_states(spec, warehouse)
        built = build_source(spec, request.now, states)
        catalog = {stream.name: stream for stream in built.source.discover(_LOGGER, built.config).streams}
    except ConnectorError as error:
        return [_failure(spec, stream, None, error, request, []) for stream in spec.streams]
    reports = []
    for stream in spec.streams:
        table = spec.raw_tables[stream.name]
        if table in taken:
            clash = LoadError(f"table {table} {taken[table]}. Set another namespace in the connection file.")
            reports.append(_failure(spec, stream, None, clash, request, []))
        else:
            reports.append(_load_stream(spec, stream, catalog, built, states.get(stream.name), warehouse, request))
    return reports


def _known_states(spec: ConnectionSpec, warehouse: Warehouse) -> dict[str, Mapping[str, Any]]:
    """States of the incremental streams; that of a table which somebody dropped is void."""
    states = {}
    for stream in spec.streams:
        state = warehouse.read_state(spec.connection, stream.name).state
        is_there = warehouse.columns(spec.raw_schema, stream.name)
        if stream.sync_mode == "incremental" and state and is_there:
            states[stream.name] = state
    return states


def _load_stream(
    spec: ConnectionSpec,
    stream: StreamSpec,
    catalog: Mapping[str, Any],
    built: BuiltSource,
    state: Mapping[str, Any] | None,
    warehouse: Warehouse,
    request: LoadRequest,
) -> StreamReport:
    writer = None
    notes: list[str] = []
    try:
        source_stream = _source_stream(stream, catalog)
        existing = warehouse.columns(spec.raw_schema, stream.name)
        columns = columns_of(source_stream.json_schema, existing)
        _check_fields(stream, columns)
        writer = StreamWriter(
            warehouse,
            spec.connection,
            spec.raw_schema,
            stream,
            columns,
            request.batch_size,
            batch_bytes=request.batch_bytes,
            is_ordered=getattr(built.source, "is_ordered", False),
            row_key=[path[0] for path in source_stream.source_defined_primary_key or []],
        )
        _copy(built, source_stream, stream, state, writer, notes)
        writer.finish()
    except (ConnectorError, LoadError, duckdb.Error) as error:
        if writer is None:
            warehouse.rollback()
        else:
            _abandon(writer, warehouse)
        return _failure(spec, stream, writer, error, request, notes)
    return StreamReport(
        connection=spec.connection,
        stream=stream.name,
        sync=_sync(stream),
        status="ok",
        n_records=writer.n_committed,
        warnings=(*_noted(spec, stream, notes, request), *_warnings(spec, stream, writer)),
    )


def _noted(spec: ConnectionSpec, stream: StreamSpec, notes: list[str], request: LoadRequest) -> tuple[str, ...]:
    """What the source said about its data, each sentence once."""
    where = f"connection '{spec.connection}', stream '{stream.name}'"
    found = list(dict.fromkeys(notes))
    if len(found) > _MOST_NOTES:
        found = [*found[:_MOST_NOTES], f"{len(found) - _MOST_NOTES} more warnings of this kind"]
    return tuple(_hide_secrets(f"{where}: {note}", request.environment) for note in found)


def _warnings(spec: ConnectionSpec, stream: StreamSpec, writer: StreamWriter) -> tuple[str, ...]:
    where = f"connection '{spec.connection}', stream '{stream.name}'"
    warnings = [
        f"{where}: field '{column.field}' stands in column '{column.name}', since its own name is taken"
        for column in writer.columns
        if column.field != column.name
    ]
    if writer.undeclared:
        warnings.append(f"{where}: fields left out, not in its schema: {', '.join(sorted(writer.undeclared))}")
    return tuple(warnings)


def _source_stream(stream: StreamSpec, catalog: Mapping[str, Any]) -> Any:
    """The source's own stream.

    Raises:
        LoadError: There is none, or it cannot be read in this way.
    """
    if stream.name not in catalog:
        raise LoadError(f"the source has no such stream. Streams: {', '.join(sorted(catalog)) or 'none'}.")
    modes = [mode.value for mode in catalog[stream.name].supported_sync_modes]
    if stream.sync_mode not in modes:
        raise LoadError(f"sync_mode {stream.sync_mode} is not possible. Possible: {', '.join(modes)}.")
    return catalog[stream.name]


def _check_fields(stream: StreamSpec, columns: list[Column]) -> None:
    """Refuse a key or a cursor that is no column."""
    names = {column.field for column in columns}
    wanted = {"primary_key": stream.primary_key, "cursor_field": (stream.cursor_field,) if stream.cursor_field else ()}
    for key, fields in wanted.items():
        for field in fields:
            if field not in names:
                raise LoadError(f"{key} '{field}' is not a column. Columns: {', '.join(sorted(names))}.")


def _copy(
    built: BuiltSource,
    source_stream: Any,
    stream: StreamSpec,
    state: Mapping[str, Any] | None,
    writer: StreamWriter,
    notes: list[str],
) -> None:
    """Hand the source's messages to the writer, and its warnings to `notes`.

    Raises:
        ConnectorError: The source reported that the stream failed.
    """
    from airbyte_cdk.models import (
        ConfiguredAirbyteCatalog,
        ConfiguredAirbyteStream,
        DestinationSyncMode,
        Level,
        SyncMode,
        Type,
    )
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException

    from sources.connectors.messages import stream_state
    from sources.connectors.record_batch import RecordBatch

    configured = ConfiguredAirbyteStream(
        stream=source_stream,
        sync_mode=SyncMode(stream.sync_mode),
        destination_sync_mode=DestinationSyncMode(stream.destination_sync_mode),
        cursor_field=[stream.cursor_field] if stream.cursor_field else None,
        primary_key=[[name] for name in stream.primary_key],
    )
    catalog = ConfiguredAirbyteCatalog(streams=[configured])
    states = [stream_state(stream.name, state)] if state else []
    try:
        read = getattr(built.source, "read_batches", built.source.read)  # ours give many records at once
        for message in read(_LOGGER, built.config, catalog, states):
            if isinstance(message, RecordBatch):
                writer.add_columns(message.columns, message.n_rows)
            elif message.type == Type.RECORD:
                writer.add(message.record.data)
            elif message.type == Type.STATE:
                writer.checkpoint(vars(message.state.stream.stream_state))
            elif message.type == Type.LOG and message.log.level == Level.WARN:
                notes.append(message.log.message)
            elif message.type == Type.TRACE and message.trace.error:
                raise ConnectorError(message.trace.error.message)
    except AirbyteTracedException as error:
        raise ConnectorError(str(error)) from error


def _abandon(writer: StreamWriter, warehouse: Warehouse) -> None:
    try:
        writer.abandon()
    except duckdb.Error:
        warehouse.rollback()  # the transaction was void already


def _failure(
    spec: ConnectionSpec,
    stream: StreamSpec,
    writer: StreamWriter | None,
    error: Exception,
    request: LoadRequest,
    notes: list[str],
) -> StreamReport:
    where = f"connection '{spec.connection}', stream '{stream.name}'"
    if isinstance(error, RecordError):
        where += f", record {error.index + 1}" + (f" ({error.key})" if error.key else "")
    elif writer is not None and writer.n_received:
        where += f", after record {writer.n_received}"
    text = str(error) if isinstance(error, LockgateError) else str(error).strip().splitlines()[0]
    return StreamReport(
        connection=spec.connection,
        stream=stream.name,
        sync=_sync(stream),
        status="failed",
        n_records=writer.n_committed if writer else 0,
        error=_hide_secrets(f"{where}: {text}", request.environment),
        warnings=_noted(spec, stream, notes, request),
    )


def _sync(stream: StreamSpec) -> str:
    return f"{stream.sync_mode}, {stream.destination_sync_mode}"


def _hide_secrets(text: str, environment: Mapping[str, str]) -> str:
    """A message without the values of variables whose name says that they are secrets."""
    return Redactor(secret_values(environment), _SHORTEST_SECRET).text(text)
