"""Delivered files by format: CSV, JSON, Parquet, Excel, plain or compressed.

Each reader yields every row of a file as a mapping of JSON values, or raises `FileError` with the row at which the file
is broken. A file that ends in the middle is an error. What is detected and not stated is noted.
"""

import contextlib
import csv
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.column_types import Property, converters
from sources.connectors.file_reading.csv_file import CsvFile
from sources.connectors.file_reading.errors import FileError, Notes
from sources.connectors.file_reading.excel_file import ExcelFile
from sources.connectors.file_reading.json_file import JsonFile
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.parquet_file import ParquetFile

__all__ = ["FileError", "Row", "broken", "csv_columns", "read_rows"]

Row = dict[str, Any]
Properties = Mapping[str, Property]


def read_rows(
    path: Path,
    file_format: str,
    options: FileOptions | None = None,
    properties: Properties | None = None,
    notes: Notes | None = None,
) -> Iterator[Row]:
    """Yield the rows of a file.

    Args:
        path: The file.
        file_format: `csv`, `jsonl` (or `json`), `parquet` or `excel`.
        options: How the file is written; None = everything is detected.
        properties: Types of the stream's columns; None = values as the file has them.
        notes: Takes what is detected.

    Raises:
        FileError: Broken or truncated, with the row.
    """
    reader = _READERS[file_format]
    yield from reader(path, options or FileOptions(), properties or {}, notes or Notes())


def csv_columns(path: Path, options: FileOptions | None = None, notes: Notes | None = None) -> list[str]:
    """Column names of a CSV file: as delivered, but trimmed, never empty and never twice.

    Raises:
        FileError: The file has no header or cannot be read.
    """
    file = CsvFile(path, options or FileOptions(), notes or Notes())
    with broken(path, lambda: 0):
        return file.columns()


def _read_csv(path: Path, options: FileOptions, properties: Properties, notes: Notes) -> Iterator[Row]:
    file = CsvFile(path, options, notes)
    with broken(path, lambda: file.n_rows + 1 if file.n_rows else 0):
        yield from file.rows(Spelling(properties))


def _read_json(path: Path, options: FileOptions, properties: Properties, notes: Notes) -> Iterator[Row]:
    file, spelling = JsonFile(path, options, notes), Spelling(properties)
    with broken(path, lambda: file.n_rows + 1):
        for row in file.rows():
            yield spelling.row(row)


def _read_parquet(path: Path, options: FileOptions, properties: Properties, notes: Notes) -> Iterator[Row]:
    file = ParquetFile(path, options, notes)
    with broken(path, lambda: file.n_rows + 1 if file.n_rows else 0):
        yield from file.rows(Spelling(properties), properties)


def _read_excel(path: Path, options: FileOptions, properties: Properties, notes: Notes) -> Iterator[Row]:
    file, convert = ExcelFile(path, options, notes), converters(properties)
    with broken(path, lambda: file.n_rows + 1 if file.n_rows else 0):
        for row in file.rows(Spelling(properties)):
            yield _converted(row, convert)


_READERS: dict[str, Callable[[Path, FileOptions, Properties, Notes], Iterator[Row]]] = {
    "csv": _read_csv,
    "jsonl": _read_json,
    "json": _read_json,
    "parquet": _read_parquet,
    "excel": _read_excel,
}


def _converted(row: Row, convert: Mapping[str, Callable[[Any], Any]]) -> Row:
    for name, function in convert.items():
        value = row.get(name)
        if value is not None and type(value) is not str:
            row[name] = function(value)
    return row


@contextlib.contextmanager
def broken(path: Path, row: Callable[[], int]) -> Iterator[None]:
    """Turn what the libraries raise on broken input into a `FileError`.

    Args:
        path: The file.
        row: The current row; 0 = before the first.
    """
    try:
        yield
    except FileError:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise FileError(path, row(), f"truncated or broken compression ({error})") from error
    except UnicodeError as error:
        encoding = error.encoding.upper() if isinstance(error, UnicodeDecodeError) else "text"
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise FileError(path, row(), f"not {encoding} ({reason}); set options: {{encoding: …}}") from error
    except csv.Error as error:
        reason = f"not valid CSV ({error}); if the file is whole, set options: delimiter, quote or escape"
        raise FileError(path, row(), reason) from error
    except (pa.ArrowException, OSError) as error:
        raise FileError(path, row(), f"cannot be read ({error})") from error
