"""Delivered files by format: CSV, JSON, Parquet, Excel, plain or compressed.

A file that ends in the middle is an error. What is detected and not stated is noted.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.column_types import Property
from sources.connectors.file_reading.csv_file import CsvFile
from sources.connectors.file_reading.delivered_file import Batch, DeliveredFile
from sources.connectors.file_reading.errors import Notes
from sources.connectors.file_reading.excel_file import ExcelFile
from sources.connectors.file_reading.json_file import JsonFile
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.parquet_file import ParquetFile

FORMATS: dict[str, type[DeliveredFile]] = {
    "csv": CsvFile,
    "jsonl": JsonFile,
    "json": JsonFile,
    "parquet": ParquetFile,
    "excel": ExcelFile,
}


def read_batches(
    path: Path,
    file_format: str,
    options: FileOptions | None = None,
    properties: Mapping[str, Property] | None = None,
    notes: Notes | None = None,
) -> Iterator[Batch]:
    """Yield the rows of a file, by column.

    Args:
        path: The file.
        file_format: One of `FORMATS`.
        options: How the file is written; None = everything is detected.
        properties: Types of the stream's columns; None = values as the file has them.
        notes: Takes what is detected.

    Raises:
        FileError: Broken or truncated, with the row.
    """
    file = FORMATS[file_format](path, options or FileOptions(), notes or Notes())
    yield from file.batches(Spelling(properties or {}), properties or {})
