"""Rows of a Parquet file."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.column_types import (
    ARRAY,
    BOOLEAN,
    DATE,
    INSTANT,
    INTEGER,
    NOTHING,
    NUMBER,
    OBJECT,
    TEXT,
    TIMESTAMP,
    Property,
    converted,
    decimal_property,
)
from sources.connectors.file_reading.compression import compression_of, open_bytes
from sources.connectors.file_reading.delivered_file import MOST_ROWS, Batch, DeliveredFile
from sources.connectors.file_reading.errors import Notes, broken
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.parquet_values import python_values
from sources.connectors.record_batch import Values

_BATCH_BYTES = 16 * 1024 * 1024
_TIME = TEXT | {"format": "time", "airbyte_type": "time_without_timezone"}


class ColumnType(NamedTuple):
    """Type of a column, and how far from zero its integers reach."""

    property: Property
    largest_integer: int


class ParquetFile(DeliveredFile):
    """One Parquet file, read some thousand rows at a time."""

    def properties(self) -> dict[str, ColumnType]:
        """Type of each column.

        Raises:
            FileError: The file cannot be read.
        """
        with broken(self.path, lambda: 0), self._open() as file:
            if file is None:
                return {}
            names = self._clean_names(file.schema_arrow.names)
            return {
                name: ColumnType(_property(field.type, file, index), _largest_integer(field.type, file, index))
                for index, (name, field) in enumerate(zip(names, file.schema_arrow, strict=True))
            }

    def _batches(self, spelling: Spelling, properties: Mapping[str, Property]) -> Iterator[Batch]:
        with self._open() as file:
            if file is None:
                return
            names = [spelling.of(name) for name in self._clean_names(file.schema_arrow.names)]
            for batch in file.iter_batches(batch_size=_rows_per_batch(file)):
                columns = {
                    name: _values(column, properties.get(name, {}))
                    for name, column in zip(names, batch.columns, strict=True)
                }
                yield Batch(batch.num_rows, columns)

    def _open(self) -> Any:
        return _Opened(self.path, self.options, self.notes)


class _Opened:
    """Context of an open file; None when the file holds no byte, as marker files do."""

    def __init__(self, path: Path, options: FileOptions, notes: Notes) -> None:
        self._path = path
        self._options = options
        self._notes = notes
        self._file: parquet.ParquetFile | None = None

    def __enter__(self) -> parquet.ParquetFile | None:
        if not self._path.stat().st_size:
            self._notes.add(self._path, "holds nothing (0 bytes)")
            return None
        self._file = parquet.ParquetFile(self._source())
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _source(self) -> Any:
        if compression_of(self._path, self._options, self._notes) == "none":
            return self._path
        with open_bytes(self._path, self._options, self._notes) as file:
            return pa.BufferReader(file.read())


def _rows_per_batch(file: parquet.ParquetFile) -> int:
    """So many rows that a batch of this file's widest row group stays within some megabytes."""
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    widest = max((group.total_byte_size / max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(MOST_ROWS, int(_BATCH_BYTES / max(widest, 1))))


def _property(kind: pa.DataType, file: parquet.ParquetFile, index: int) -> Property:
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_timestamp(kind) and kind.unit == "ns" and _has_nanoseconds(file, index):
        return TEXT  # a timestamp of the warehouse ends at microseconds
    for is_kind, prop in _PROPERTIES:
        if is_kind(kind):
            return prop(kind) if callable(prop) else prop
    return TEXT


_PROPERTIES: list[tuple[Callable[[pa.DataType], bool], Property | Callable[[Any], Property]]] = [
    (pa.types.is_null, NOTHING),
    (pa.types.is_boolean, BOOLEAN),
    (pa.types.is_uint64, decimal_property(20, 0)),
    (pa.types.is_integer, INTEGER),
    (pa.types.is_floating, NUMBER),
    (pa.types.is_decimal, lambda kind: decimal_property(max(kind.precision, kind.scale), max(kind.scale, 0))),
    (pa.types.is_date, DATE),
    (pa.types.is_timestamp, lambda kind: INSTANT if kind.tz else TIMESTAMP),
    (pa.types.is_time, _TIME),
    (pa.types.is_struct, OBJECT),
    (pa.types.is_map, OBJECT),
    (pa.types.is_list, ARRAY),
    (pa.types.is_large_list, ARRAY),
    (pa.types.is_fixed_size_list, ARRAY),
    (pa.types.is_list_view, ARRAY),
    (pa.types.is_large_list_view, ARRAY),
]


def _has_nanoseconds(file: parquet.ParquetFile, index: int) -> bool:
    """Whether some instant of a column has digits behind the microseconds."""
    name = file.schema_arrow.names[index]
    for batch in file.iter_batches(batch_size=MOST_ROWS, columns=[name]):
        nanoseconds = batch.column(0).cast(pa.int64()).drop_null()
        if np.any(nanoseconds.to_numpy(zero_copy_only=False) % 1000):
            return True
    return False


def _largest_integer(kind: pa.DataType, file: parquet.ParquetFile, index: int) -> int:
    """Largest distance from zero in a column, by its type and by the statistics of the file where it has them."""
    if not pa.types.is_integer(kind):
        return 0
    if kind.bit_width < 64:
        return int(2**kind.bit_width)
    leaf = _leaf_index(file, index)
    largest = 0
    for number in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(number).column(leaf).statistics
        if statistics is None or not statistics.has_min_max:
            return _largest_value(file, index)
        largest = max(largest, abs(int(statistics.min)), abs(int(statistics.max)))
    return largest


def _leaf_index(file: parquet.ParquetFile, index: int) -> int:
    """Position of a flat column among the leaves, of which nested columns have several."""
    name = file.schema_arrow.names[index]
    paths = [file.schema.column(leaf).path for leaf in range(len(file.schema.names))]
    return int(paths.index(name))


def _largest_value(file: parquet.ParquetFile, index: int) -> int:
    largest = 0
    for batch in file.iter_batches(batch_size=MOST_ROWS, columns=[file.schema_arrow.names[index]]):
        bounds = pc.min_max(batch.column(0))
        values = [bound for bound in (bounds["min"].as_py(), bounds["max"].as_py()) if bound is not None]
        largest = max([largest, *(abs(int(value)) for value in values)])
    return largest


def _values(column: pa.Array, prop: Property) -> Values:
    """Values of one column of a batch; as they are where the loader writes exactly this type."""
    kind = column.type
    if (prop == INTEGER and pa.types.is_integer(kind)) or (prop == TEXT and pa.types.is_string(kind)):
        return column.cast(pa.int64() if prop == INTEGER else pa.large_string())
    if (prop == NUMBER and pa.types.is_float64(kind)) or (prop == BOOLEAN and pa.types.is_boolean(kind)):
        return column
    if pa.types.is_decimal128(kind) and prop == decimal_property(kind.precision, kind.scale):
        return column
    return converted(python_values(column), prop)
