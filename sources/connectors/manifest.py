"""Airbyte low-code manifests, run by airbyte-cdk's declarative engine."""

import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from queue import Empty
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    FailureType,
    Type,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.cdk_changes import exact_answers, parsed_schema, pinned_clock
from sources.connectors.errors import ConnectorError
from sources.connectors.manifest_json import with_digits
from sources.connectors.manifest_rules import explain, refuse_foreign_code
from sources.connectors.manifest_schema import inferred_schema
from sources.connectors.messages import error_message, silence_protocol_logging, status_message

_LOGGER = logging.getLogger("airbyte.lockgate")
_SLICER_LOGGER = logging.getLogger("airbyte.CartesianProductStreamSlicer")
"""Warns, once for each slice of a stream with two parents, that it keeps no state of the parents."""


class ManifestSource(ConcurrentDeclarativeSource):  # type: ignore[misc] # airbyte-cdk is not type-checked here
    """A low-code source that reads partition after partition in one thread.

    The engine itself reads partitions in several threads, so the order of records, and with it which of two equal rows
    comes last, differs from run to run. Everything else is the engine's: requester, paginator, retriever, cursor,
    errors. Whatever a wrong manifest makes the engine raise is the manifest's mistake, so every exception of the engine
    becomes a sentence. A manifest that names Python code is refused.

    Args:
        manifest: The manifest; variables already filled in.
        config: What the manifest calls `config`.
        now: The pinned clock; also what the manifest sees as the current time.
        catalog: Streams that will be read.
        state: States of these streams.
        needed: Streams that will be read, with the fields of each that have to be columns. Where such a stream declares
            no properties, `discover` reads it once to see its columns.

    Raises:
        ConnectorError: The manifest is not valid or not allowed; names the key.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        config: Mapping[str, Any],
        now: datetime,
        catalog: ConfiguredAirbyteCatalog | None = None,
        state: list[AirbyteStateMessage] | None = None,
        needed: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        silence_protocol_logging()
        _SLICER_LOGGER.setLevel(logging.ERROR)
        refuse_foreign_code(manifest, config)
        self._needed = needed or {}
        self.now = now
        self.emitted_at = int(now.timestamp() * 1000)
        try:
            with parsed_schema():
                super().__init__(
                    catalog=catalog,
                    config=dict(config) or {"_": None},  # the engine takes an empty mapping for "no settings yet"
                    state=state or [],
                    source_config=dict(manifest),
                    custom_components_trusted=False,
                )
        except Exception as error:
            raise ConnectorError(explain(error)) from error

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Every stream of the manifest with its schema."""
        try:
            with pinned_clock(self.now):
                catalog = super().discover(logger, config)
        except Exception as error:
            raise ConnectorError(explain(error)) from error
        for stream in catalog.streams:
            if stream.name in self._needed and not (stream.json_schema or {}).get("properties"):
                stream.json_schema = inferred_schema(self._tried_records(stream.name), self._needed[stream.name])
        return catalog

    def _tried_records(self, name: str) -> Iterator[Mapping[str, Any]]:
        """Records of a stream up to the first error, which reading the stream reports."""
        with pinned_clock(self.now), exact_answers():
            try:
                streams = {stream.name: stream for stream in self.streams(config=self._config)}
                for message in self._read_stream(streams[name]):
                    if message.type == Type.RECORD:
                        yield message.record.data
            except Exception as error:  # noqa: BLE001 - see __init__
                _LOGGER.debug("stream '%s' could not be read for its columns: %s", name, explain(error))

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the streams of the catalog in its order; the state is the one given at construction."""
        failures = []
        with pinned_clock(self.now), exact_answers():
            try:
                streams = {stream.name: stream for stream in self.streams(config=self._config)}
            except Exception as error:
                raise ConnectorError(explain(error)) from error
            for configured in catalog.streams:
                name = configured.stream.name
                yield status_message(name, AirbyteStreamStatus.STARTED, self.emitted_at)
                try:
                    yield from self._read_stream(streams[name])
                except Exception as error:  # noqa: BLE001 - see __init__
                    failures.append(f"stream '{name}': {explain(error)}")
                    yield error_message(name, explain(error), self.emitted_at)
                    yield status_message(name, AirbyteStreamStatus.INCOMPLETE, self.emitted_at)
                else:
                    yield status_message(name, AirbyteStreamStatus.COMPLETE, self.emitted_at)
        if failures:
            sentence = "; ".join(failures)
            raise AirbyteTracedException(sentence, message=sentence, failure_type=FailureType.system_error)

    def _read_stream(self, stream: AbstractStream) -> Iterator[AirbyteMessage]:
        for partition in stream.generate_partitions():
            for record in partition.read():
                data = with_digits(record.data)
                yield AirbyteMessage(Type.RECORD, record=AirbyteRecordMessage(stream.name, data, self.emitted_at))
                stream.cursor.observe(record)
            stream.cursor.close_partition(partition)
            yield from self._side_messages()
        stream.cursor.ensure_at_least_one_state_emitted()
        yield from self._side_messages()

    def _side_messages(self) -> Iterator[AirbyteMessage]:
        """States and logs that the engine has put aside; its own reader takes them from the same queue."""
        while True:
            try:
                yield self._message_repository._queue.get_nowait()
            except Empty:
                break
        yield from self._message_repository.consume_queue()
