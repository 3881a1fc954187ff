"""JSON schemas of delivered files."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmark.file_options import FileOptions
from sources.connectors.file_formats import broken, csv_columns, read_rows
from sources.connectors.file_reading.column_types import NOTHING, TEXT, Property, ValueTypes, common_property
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
            properties |= {spelling.of(name): TEXT for name in csv_columns(path, options)}
    return properties


def _value_properties(paths: list[Path], file_format: str, options: FileOptions) -> dict[str, Any]:
    """Types by looking at every value; columns of floats beside longer numbers are looked at twice."""
    spelling = Spelling()
    types: dict[str, ValueTypes] = {}
    for row in _all_rows(paths, file_format, options):
        for name, value in spelling.row(row).items():
            if (known := types.get(name)) is None:
                known = types[name] = ValueTypes()
            known.add(value)
    again = {name: known for name, known in types.items() if known.needs_digits_of_floats()}
    if again:
        for row in _all_rows(paths, file_format, options):
            named = spelling.row(row)
            for name, known in again.items():
                known.add_digits(named.get(name))
    return {name: known.common() for name, known in types.items()}


def _all_rows(paths: list[Path], file_format: str, options: FileOptions) -> Iterator[dict[str, Any]]:
    for path in paths:
        with contextlib.suppress(FileError):
            yield from read_rows(path, file_format, options)


def _parquet_properties(paths: list[Path], _: str, options: FileOptions) -> dict[str, Any]:
    spelling = Spelling()
    found: dict[str, list[Property]] = {}
    largest: dict[str, int] = {}
    for path in paths:
        with contextlib.suppress(FileError), broken(path, lambda: 0):
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
