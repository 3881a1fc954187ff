"""Airbyte-protocol source for a drop folder: every glob pattern is a stream."""

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

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

__all__ = ["FILE_COLUMN", "ROW_COLUMN", "FilesSource"]

_ORIGIN: dict[str, Any] = {FILE_COLUMN: {"type": ["string"]}, ROW_COLUMN: {"type": ["integer"]}}


class FilesSource(StreamSource):
    """Reads the files of a folder in the order of their names.

    Every record carries `_source_file` (name relative to the folder) and `_source_row` (data row from 1). Incremental
    reads the files that were not read before: the state remembers the name and SHA-256 of each, so a file whose content
    has changed is read again as a whole. There is one checkpoint per file, after its last row; a broken file is an
    error, and the files after it wait until it is repaired or taken away.
    """

    specification: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["directory", "streams"],
        "properties": {
            "directory": {"type": "string"},
            "streams": {
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
            },
        },
    }

    def list_streams(self, config: Mapping[str, Any]) -> list[AirbyteStream]:
        """One stream per entry of `streams`; its columns are those of all files that match now."""
        directory = self._directory(config)
        return [
            AirbyteStream(
                name=stream["name"],
                json_schema={"type": "object", "properties": _properties(directory, stream) | _ORIGIN},
                supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
                source_defined_cursor=True,
            )
            for stream in config["streams"]
        ]

    def read_stream(
        self, config: Mapping[str, Any], stream: ConfiguredAirbyteStream, state: Mapping[str, Any]
    ) -> Iterator[AirbyteMessage | RecordBatch]:
        """Rows of the files, after each a checkpoint `{"files": {name: sha256}}`, and at last what was detected."""
        name = stream.stream.name
        settings = next(entry for entry in config["streams"] if entry["name"] == name)
        directory = self._directory(config)
        seen: dict[str, str] = dict(state.get("files") or {})
        paths = _matching(directory, settings["pattern"])
        if not paths and not seen:
            there = ", ".join(sorted(path.name for path in directory.iterdir())[:20]) or "nothing"
            raise ConnectorError(f"no file in {directory} matches pattern '{settings['pattern']}'. There is: {there}.")
        properties = stream.stream.json_schema["properties"]
        notes = Notes()
        try:
            for path in paths:
                file_name = path.relative_to(directory).as_posix()
                digest = _digest(path)
                if stream.sync_mode == SyncMode.incremental and seen.get(file_name) == digest:
                    continue
                n_rows = 0
                for batch in read_batches(path, settings["format"], _options(settings), properties, notes):
                    whole = _with_origin(batch, file_name, n_rows)
                    yield RecordBatch(name, whole.n_rows, whole.columns, whole.rows)
                    n_rows += batch.n_rows
                seen[file_name] = digest
                yield state_message(name, {"files": dict(sorted(seen.items()))})
        except ConnectorError:
            yield from self._warnings(notes)
            raise
        yield from self._warnings(notes)

    def _warnings(self, notes: Notes) -> Iterator[AirbyteMessage]:
        for sentence in notes.sentences():
            yield AirbyteMessage(Type.LOG, log=AirbyteLogMessage(Level.WARN, sentence))

    def _directory(self, config: Mapping[str, Any]) -> Path:
        directory = Path(self.setting(config, "directory"))
        if not directory.is_dir():
            raise ConnectorError(f"key 'config.directory': {directory} is not a folder.")
        return directory


def _with_origin(batch: Batch, file_name: str, n_before: int) -> Batch:
    """A batch with the columns that say where its rows come from."""
    origin = {
        FILE_COLUMN: pa.repeat(pa.scalar(file_name, pa.large_string()), batch.n_rows),
        ROW_COLUMN: pa.array(np.arange(n_before + 1, n_before + batch.n_rows + 1)),
    }
    return Batch(batch.n_rows, batch.columns | origin)


def _options(stream: Mapping[str, Any]) -> FileOptions:
    return FileOptions.model_validate(stream.get("options") or {})


def _properties(directory: Path, stream: Mapping[str, Any]) -> dict[str, Any]:
    return file_properties(_matching(directory, stream["pattern"]), stream["format"], _options(stream))


def _matching(directory: Path, pattern: str) -> list[Path]:
    """Files that match, sorted by name; links that lead out of the folder do not count.

    Raises:
        ConnectorError: The pattern itself leads out of the folder.
    """
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ConnectorError(f"pattern '{pattern}' must stay inside the folder.")
    root = directory.resolve()
    found = [
        path
        for path in directory.glob(pattern)
        if path.is_file() and path.resolve().is_relative_to(root) and not _is_no_delivery(path.name, Path(pattern).name)
    ]
    return sorted(found, key=lambda path: path.relative_to(directory).as_posix())


_MARKERS = (
    "_SUCCESS",
    "_metadata",
    "_common_metadata",
    "_started_*",
    "_committed_*",
    "~$*",
    "Thumbs.db",
    "desktop.ini",
)
"""What Spark, Office and Windows put beside the files that they write."""


def _is_no_delivery(name: str, pattern: str) -> bool:
    """Whether a file is a marker or hidden, and the pattern does not ask for such files by their first character."""
    is_hidden = name.startswith(".") and not pattern.startswith(".")
    return is_hidden or (name != pattern and any(fnmatch.fnmatchcase(name, marker) for marker in _MARKERS))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConnectorError(f"file '{path.name}' cannot be read ({error}).") from error
