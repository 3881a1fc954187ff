"""Reading sources in tests by the protocol."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
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

from sources.connectors.files import FilesSource

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

    def warnings(self, *arguments: Any, **options: Any) -> list[str]:
        return [m.log.message for m in self.messages(*arguments, **options) if m.type == Type.LOG]


class FolderReader:
    """Reads a folder of files as a stream `s`."""

    def __init__(self, reader: Reader, folder: Path, now: datetime) -> None:
        self.folder = folder
        self._reader = reader
        self._now = now

    def write(self, name: str, content: bytes | str) -> None:
        """Put a file there; text as UTF-8."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def rows(self, file_format: str, pattern: str = "*", **options: Any) -> list[dict[str, Any]]:
        """The records, without file and row."""
        records = self._reader.records(FilesSource(self._now), self._config(file_format, pattern, options), "s")
        return [{name: record[name] for name in record if not name.startswith("_source_")} for record in records]

    def properties(self, file_format: str, pattern: str = "*", **options: Any) -> dict[str, Any]:
        """The columns' types, without file and row."""
        config = self._config(file_format, pattern, options)
        properties = self._reader.discover(FilesSource(self._now), config)["s"].json_schema["properties"]
        return {name: properties[name] for name in properties if not name.startswith("_source_")}

    def warnings(self, file_format: str, pattern: str = "*", **options: Any) -> list[str]:
        """What was detected."""
        return self._reader.warnings(FilesSource(self._now), self._config(file_format, pattern, options), "s")

    def _config(self, file_format: str, pattern: str, options: dict[str, Any]) -> dict[str, Any]:
        stream = {"name": "s", "pattern": pattern, "format": file_format, "options": options}
        return {"directory": str(self.folder), "streams": [stream]}


@pytest.fixture
def folder(reader: Reader, tmp_path: Path, now: datetime) -> FolderReader:
    inside = tmp_path / "drop"
    inside.mkdir()
    return FolderReader(reader, inside, now)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def now() -> datetime:
    return datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
