"""What our own Airbyte-protocol sources share."""

import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateMessage,
    AirbyteStream,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    ConnectorSpecification,
    FailureType,
    Status,
    Type,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.errors import ConnectorError
from sources.connectors.messages import error_message, state_of, status_message
from sources.connectors.record_batch import RecordBatch


class StreamSource(Source):  # type: ignore[misc] # airbyte-cdk is not type-checked here
    """A source that reads its streams one after the other.

    A stream that fails is reported as the protocol has it (error trace, status INCOMPLETE) and does not stop the next
    one; after the last stream `read` raises, as airbyte-cdk's own sources do.

    Args:
        now: The pinned clock; the time at which every message says it was emitted.
    """

    specification: ClassVar[Mapping[str, Any]]
    """JSON schema of the settings."""
    is_ordered: ClassVar[bool] = False
    """Whether rows come in the order of their cursor, and an incremental read gives its last rows again."""

    def __init__(self, now: datetime) -> None:
        self.emitted_at = int(now.timestamp() * 1000)

    @abstractmethod
    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """Find every stream there is.

        Raises:
            ConnectorError: The source system cannot be reached or refuses us.
        """

    @abstractmethod
    def read_stream(
        self, config: Mapping[str, Any], stream: ConfiguredAirbyteStream, state: Mapping[str, Any]
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Yield records, one by one or as batches, and checkpoints of one stream.

        Raises:
            ConnectorError: Names the place; what was yielded since the last checkpoint is not to be kept.
        """

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        """The settings that `config` may hold."""
        return ConnectorSpecification(connectionSpecification=dict(self.specification), supportsIncremental=True)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Whether the source system can be reached with these settings."""
        try:
            self.list_streams(config)
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Every stream with its JSON schema."""
        return AirbyteCatalog(streams=self.list_streams(config))

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the streams of the catalog in its order, one message for each record."""
        for message in self.read_batches(logger, config, catalog, state):
            if isinstance(message, RecordBatch):
                yield from (self.record(message.stream, record) for record in message.records())
            else:
                yield message

    def read_batches(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Read the streams of the catalog in its order, batches as they are."""
        failures = []
        for configured in catalog.streams:
            name = configured.stream.name
            yield status_message(name, AirbyteStreamStatus.STARTED, self.emitted_at)
            try:
                yield from self.read_stream(config, configured, state_of(state, name))
            except ConnectorError as error:
                failures.append(f"stream '{name}': {error}")
                yield error_message(name, str(error), self.emitted_at)
                yield status_message(name, AirbyteStreamStatus.INCOMPLETE, self.emitted_at)
            else:
                yield status_message(name, AirbyteStreamStatus.COMPLETE, self.emitted_at)
        if failures:
            sentence = "; ".join(failures)
            raise AirbyteTracedException(sentence, message=sentence, failure_type=FailureType.system_error)

    def record(self, stream: str, data: dict[str, Any]) -> AirbyteMessage:
        """Wrap one record in a message of the protocol."""
        return AirbyteMessage(Type.RECORD, record=AirbyteRecordMessage(stream, data, self.emitted_at))

    def setting(self, config: Mapping[str, Any], name: str, default: str | None = None) -> str:
        """A setting as text; one without a default must be there.

        Raises:
            ConnectorError: It is missing, empty, or a list or mapping.
        """
        value = config.get(name)
        if value in (None, ""):
            value = default
        if value is None:
            known = ", ".join(sorted(self.specification["properties"]))
            raise ConnectorError(f"key 'config.{name}' is missing. Settings of this source: {known}.")
        if not isinstance(value, str | int | float):
            raise ConnectorError(f"key 'config.{name}' must be text or a number.")
        return str(value)

    def port(self, config: Mapping[str, Any], default: int) -> int:
        """The setting `port`.

        Raises:
            ConnectorError: It is none.
        """
        text = self.setting(config, "port", str(default))
        if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
            raise ConnectorError(f"key 'config.port' must be a number from 1 to 65535; received '{text}'.")
        return int(text)
