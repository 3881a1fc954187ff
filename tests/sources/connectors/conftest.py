"""Reading sources in tests by the protocol."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)

LOGGER = logging.getLogger("test")


class Reader:
    """Reads one stream of a source as a loader would."""

    def discover(self, source: Any, config: Any) -> dict[str, Any]:
        return {stream.name: stream for stream in source.discover(LOGGER, config).streams}

    def messages(
        self,
        source: Any,
        config: Any,
        stream: str,
        sync_mode: str = "full_refresh",
        destination: str = "append",
        cursor_field: str | None = None,
        states: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        configured = ConfiguredAirbyteStream(
            stream=self.discover(source, config)[stream],
            sync_mode=SyncMode(sync_mode),
            destination_sync_mode=DestinationSyncMode(destination),
            cursor_field=[cursor_field] if cursor_field else None,
        )
        yield from source.read(LOGGER, config, ConfiguredAirbyteCatalog(streams=[configured]), states)

    def records(self, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        return [m.record.data for m in self.messages(*arguments, **options) if m.type == Type.RECORD]

    def states(self, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        messages = self.messages(*arguments, **options)
        return [vars(m.state.stream.stream_state) for m in messages if m.type == Type.STATE]


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def now() -> datetime:
    return datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
