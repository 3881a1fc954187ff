"""JSON schemas of delivered files."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

from benchmark.file_options import FileOptions
from sources.connectors.file_formats import FORMATS
from sources.connectors.file_reading.column_types import NOTHING, TEXT, Property, ValueTypes, common_property
from sources.connectors.file_reading.csv_file import CsvFile
from sources.connectors.file_reading.errors import FileError, Notes
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.parquet_file import ParquetFile

OpenFile: TypeAlias = Callable[[], AbstractContextManager[Path]]
"""Gives a file on this machine's disk for as long as the block lasts; may be asked more than once."""


def file_properties(
    files: Sequence[OpenFile], file_format: str, options: FileOptions | None = None, known: Iterable[str] = ()
) -> dict[str, Any]:
    """Properties of the columns of all files together, in the order in which they first appear.

    CSV columns are text. JSON and Excel columns get the narrowest type that holds all values of all files, Parquet
    columns the narrowest that holds the types of all files. A file that is broken contributes what can be read of it;
    reading the stream reports it.

    Args:
        files: Files of one stream, in any order.
        file_format: `csv`, `jsonl` (or `json`), `parquet` or `excel`.
        options: How the files are written.
        known: Columns of files that were read before; a name that differs from one of them in case is that name.
    """
    properties = _FORMATS[file_format](files, file_format, options or FileOptions(), Spelling(known))
    return {name: TEXT if prop == NOTHING else prop for name, prop in properties.items()}


def _csv_properties(files: Sequence[OpenFile], _: str, options: FileOptions, spelling: Spelling) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for file in files:
        with contextlib.suppress(FileError), file() as path:
            properties |= {spelling.of(name): TEXT for name in CsvFile(path, options, Notes()).columns()}
    return properties


def _value_properties(
    files: Sequence[OpenFile], file_format: str, options: FileOptions, spelling: Spelling
) -> dict[str, Any]:
    """Types by looking at every value; columns of floats beside longer numbers are looked at twice."""
    types: dict[str, ValueTypes] = {}
    for columns in _all_columns(files, file_format, options, spelling):
        for name, values in columns.items():
            types.setdefault(name, ValueTypes()).add(values)
    again = {name: known for name, known in types.items() if known.needs_digits_of_floats()}
    if again:
        for columns in _all_columns(files, file_format, options, spelling):
            for name, known in again.items():
                known.add_digits(columns.get(name, ()))
    return {name: known.common() for name, known in types.items()}


def _all_columns(
    files: Sequence[OpenFile], file_format: str, options: FileOptions, spelling: Spelling
) -> Iterator[dict[str, Any]]:
    for file in files:
        with contextlib.suppress(FileError), file() as path:
            for batch in FORMATS[file_format](path, options, Notes()).batches(spelling, {}):
                yield batch.columns


def _parquet_properties(files: Sequence[OpenFile], _: str, options: FileOptions, spelling: Spelling) -> dict[str, Any]:
    found: dict[str, list[Property]] = {}
    largest: dict[str, int] = {}
    for file in files:
        with contextlib.suppress(FileError), file() as path:
            for name, column in ParquetFile(path, options, Notes()).properties().items():
                name = spelling.of(name)
                found.setdefault(name, []).append(column.property)
                largest[name] = max(largest.get(name, 0), column.largest_integer)
    return {name: common_property(properties, largest[name]) for name, properties in found.items()}


_FORMATS: dict[str, Callable[[Sequence[OpenFile], str, FileOptions, Spelling], dict[str, Any]]] = {
    "csv": _csv_properties,
    "jsonl": _value_properties,
    "json": _value_properties,
    "parquet": _parquet_properties,
    "excel": _value_properties,
}
