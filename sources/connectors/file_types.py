"""JSON schemas of delivered files."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmark.file_options import FileOptions
from sources.connectors.file_formats import FORMATS
from sources.connectors.file_reading.column_types import NOTHING, TEXT, Property, ValueTypes, common_property
from sources.connectors.file_reading.csv_file import CsvFile
from sources.connectors.file_reading.errors import FileError, Notes
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.parquet_file import ParquetFile


def file_properties(paths: list[Path], file_format: str, options: FileOptions | None = None) -> dict[str, Any]:
    """Properties of the columns of all files together, in the order in which they first appear.

    CSV columns are text. JSON and Excel columns get the narrowest type that holds all values of all files, Parquet
    columns the narrowest that holds the types of all files. A file that is broken contributes what can be read of it;
    reading the stream reports it.

    Args:
        paths: Files of one stream, in any order.
        file_format: `csv`, `jsonl` (or `json`), `parquet` or `excel`.
        options: How the files are written.
    """
    properties = _FORMATS[file_format](paths, file_format, options or FileOptions())
    return {name: TEXT if prop == NOTHING else prop for name, prop in properties.items()}


def _csv_properties(paths: list[Path], _: str, options: FileOptions) -> dict[str, Any]:
    spelling = Spelling()
    properties: dict[str, Any] = {}
    for path in paths:
        with contextlib.suppress(FileError):
            properties |= {spelling.of(name): TEXT for name in CsvFile(path, options, Notes()).columns()}
    return properties


def _value_properties(paths: list[Path], file_format: str, options: FileOptions) -> dict[str, Any]:
    """Types by looking at every value; columns of floats beside longer numbers are looked at twice."""
    spelling = Spelling()
    types: dict[str, ValueTypes] = {}
    for columns in _all_columns(paths, file_format, options, spelling):
        for name, values in columns.items():
            types.setdefault(name, ValueTypes()).add(values)
    again = {name: known for name, known in types.items() if known.needs_digits_of_floats()}
    if again:
        for columns in _all_columns(paths, file_format, options, spelling):
            for name, known in again.items():
                known.add_digits(columns.get(name, ()))
    return {name: known.common() for name, known in types.items()}


def _all_columns(
    paths: list[Path], file_format: str, options: FileOptions, spelling: Spelling
) -> Iterator[dict[str, Any]]:
    for path in paths:
        with contextlib.suppress(FileError):
            for batch in FORMATS[file_format](path, options, Notes()).batches(spelling, {}):
                yield batch.columns


def _parquet_properties(paths: list[Path], _: str, options: FileOptions) -> dict[str, Any]:
    spelling = Spelling()
    found: dict[str, list[Property]] = {}
    largest: dict[str, int] = {}
    for path in paths:
        with contextlib.suppress(FileError):
            for name, column in ParquetFile(path, options, Notes()).properties().items():
                name = spelling.of(name)
                found.setdefault(name, []).append(column.property)
                largest[name] = max(largest.get(name, 0), column.largest_integer)
    return {name: common_property(properties, largest[name]) for name, properties in found.items()}


_FORMATS: dict[str, Callable[[list[Path], str, FileOptions], dict[str, Any]]] = {
    "csv": _csv_properties,
    "jsonl": _value_properties,
    "json": _value_properties,
    "parquet": _parquet_properties,
    "excel": _value_properties,
}
