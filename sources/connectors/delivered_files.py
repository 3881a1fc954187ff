"""What the sources of delivered files share, wherever the files lie: every pattern is a stream."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
from airbyte_cdk.models import (
    AirbyteLogMessage,
    AirbyteMessage,
    AirbyteStream,
    ConfiguredAirbyteStream,
    Level,
    SyncMode,
    Type,
)

from benchmark.file_options import FileOptions
from sources.connectors.base import StreamSource
from sources.connectors.errors import ConnectorError
from sources.connectors.file_formats import FORMATS, read_batches
from sources.connectors.file_reading.delivered_file import Batch
from sources.connectors.file_reading.errors import Notes
from sources.connectors.file_reading.names import FILE_COLUMN, ROW_COLUMN
from sources.connectors.file_types import file_properties
from sources.connectors.messages import state_message
from sources.connectors.record_batch import RecordBatch

ORIGIN: dict[str, Any] = {FILE_COLUMN: {"type": ["string"]}, ROW_COLUMN: {"type": ["integer"]}}
STREAMS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "pattern", "format"],
        "properties": {
            "name": {"type": "string"},
            "pattern": {"type": "string"},
            "format": {"enum": list(FORMATS)},
            "options": {"type": "object"},
        },
    },
}
"""JSON schema of the setting `streams`."""


class FoundFile(NamedTuple):
    """A delivered file that matches a pattern."""

    name: str
    """Value of `_source_file`."""
    opened: Callable[[], AbstractContextManager[Path]]
    """Gives the file on this machine's disk for as long as the block lasts."""
    version: Callable[[], str]
    """Changes with the content."""


class DeliveredFilesSource(StreamSource):
    """Reads delivered files one after the other.

    Every record carries `_source_file` and `_source_row` (data row from 1). Incremental reads the files that were not
    read before: the state remembers the name and the version of each, so a file whose content has changed is read again
    as a whole. There is one checkpoint per file, after its last row; a broken file is an error, and the files after it
    wait until it is repaired or taken away.

    Args:
        now: The pinned clock.
        states: State of each incremental stream that has one. Columns of files that were read before are known from it;
            None: the columns of every file are looked up.
    """

    specification: ClassVar[Mapping[str, Any]]

    def __init__(self, now: datetime, states: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__(now)
        self._states = states or {}

    @abstractmethod
    def find(self, config: Mapping[str, Any], pattern: str) -> Sequence[FoundFile]:
        """Files that match a glob pattern, in the order in which they are read.

        Raises:
            ConnectorError: The place cannot be reached, or the pattern leads out of it.
        """

    @abstractmethod
    def nothing_found(self, config: Mapping[str, Any], pattern: str) -> str:
        """Say that no file matches a pattern, and what there is instead."""

    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """One stream per entry of `streams`; its columns are those of all files that match now."""
        return [
            AirbyteStream(
                name=stream["name"],
                json_schema={"type": "object", "properties": self._properties(config, stream) | ORIGIN},
                supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
                source_defined_cursor=True,
            )
            for stream in config["streams"]
        ]

    def read_stream(
        self, config: Mapping[str, Any], stream: ConfiguredAirbyteStream, state: Mapping[str, Any]
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Rows of the files, after each a checkpoint `{"files": {name: version}}`, and at last what was detected."""
        name = stream.stream.name
        settings = next(entry for entry in config["streams"] if entry["name"] == name)
        seen: dict[str, str] = dict(state.get("files") or {})
        files = self.find(config, settings["pattern"])
        if not files and not seen:
            raise ConnectorError(self.nothing_found(config, settings["pattern"]))
        properties = stream.stream.json_schema["properties"]
        notes = Notes()
        try:
            for file in files:
                version = file.version()
                if stream.sync_mode == SyncMode.incremental and seen.get(file.name) == version:
                    continue
                n_rows = 0
                with file.opened() as path:
                    for batch in read_batches(path, settings["format"], _options(settings), properties, notes):
                        whole = _with_origin(batch, file.name, n_rows)
                        yield RecordBatch(name, whole.n_rows, whole.columns, whole.rows)
                        n_rows += batch.n_rows
                seen[file.name] = version
                yield state_message(name, {"files": dict(sorted(seen.items())), **self.remembered(properties)})
        except ConnectorError:
            yield from _warnings(notes)
            raise
        yield from _warnings(notes)

    def remembered(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """What the state holds beside the files; nothing where all files are looked at in every load."""
        return {}

    def _properties(self, config: Mapping[str, Any], stream: Mapping[str, Any]) -> dict[str, Any]:
        """Columns of the files that match; of those that were read before as the state says."""
        state = self._states.get(stream["name"]) or {}
        known: dict[str, Any] = dict(state.get("properties") or {})
        files = self.find(config, stream["pattern"])
        if known:
            seen = state.get("files") or {}
            files = [file for file in files if seen.get(file.name) != file.version()]
        return known | file_properties([file.opened for file in files], stream["format"], _options(stream), known)


def _options(stream: Mapping[str, Any]) -> FileOptions:
    return FileOptions.model_validate(stream.get("options") or {})


def _with_origin(batch: Batch, file_name: str, n_before: int) -> Batch:
    """A batch with the columns that say where its rows come from."""
    origin = {
        FILE_COLUMN: pa.repeat(pa.scalar(file_name, pa.large_string()), batch.n_rows),
        ROW_COLUMN: pa.array(np.arange(n_before + 1, n_before + batch.n_rows + 1)),
    }
    return Batch(batch.n_rows, batch.columns | origin)


def _warnings(notes: Notes) -> Iterator[AirbyteMessage]:
    for sentence in notes.sentences():
        yield AirbyteMessage(Type.LOG, log=AirbyteLogMessage(Level.WARN, sentence))
