"""Airbyte-protocol source for a drop folder: every glob pattern is a stream."""

import contextlib
import functools
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

from sources.connectors.delivered_files import STREAMS_SCHEMA, DeliveredFilesSource, FoundFile
from sources.connectors.errors import ConnectorError
from sources.connectors.file_reading.names import FILE_COLUMN, ROW_COLUMN
from sources.connectors.no_deliveries import is_no_delivery

__all__ = ["FILE_COLUMN", "ROW_COLUMN", "FilesSource"]


class FilesSource(DeliveredFilesSource):
    """Reads the files of a folder in the order of their names.

    `_source_file` is the name relative to the folder; the version of a file is its SHA-256.
    """

    specification: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["directory", "streams"],
        "properties": {"directory": {"type": "string"}, "streams": STREAMS_SCHEMA},
    }

    def find(self, config: Mapping[str, Any], pattern: str) -> list[FoundFile]:
        """Files that match, sorted by name; links that lead out of the folder do not count."""
        directory = self._directory(config)
        return [
            FoundFile(
                path.relative_to(directory).as_posix(),
                functools.partial(_opened, path),
                functools.partial(_digest, path),
            )
            for path in _matching(directory, pattern)
        ]

    def nothing_found(self, config: Mapping[str, Any], pattern: str) -> str:
        """Name the files of the folder."""
        directory = self._directory(config)
        there = ", ".join(sorted(path.name for path in directory.iterdir())[:20]) or "nothing"
        return f"no file in {directory} matches pattern '{pattern}'. There is: {there}."

    def _directory(self, config: Mapping[str, Any]) -> Path:
        directory = Path(self.setting(config, "directory"))
        if not directory.is_dir():
            raise ConnectorError(f"key 'config.directory': {directory} is not a folder.")
        return directory


def _opened(path: Path) -> AbstractContextManager[Path]:
    return contextlib.nullcontext(path)


def _matching(directory: Path, pattern: str) -> list[Path]:
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ConnectorError(f"pattern '{pattern}' must stay inside the folder.")
    root = directory.resolve()
    found = [
        path
        for path in directory.glob(pattern)
        if path.is_file() and path.resolve().is_relative_to(root) and not is_no_delivery(path.name, Path(pattern).name)
    ]
    return sorted(found, key=lambda path: path.relative_to(directory).as_posix())


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConnectorError(f"file '{path.name}' cannot be read ({error}).") from error
