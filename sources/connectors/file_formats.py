"""Readers of one delivered file: CSV, JSON lines, Parquet, plain or compressed.

Each reader yields every row of the file as a mapping of JSON values, or raises `FileError` with the row at which the
file is broken. Nothing is guessed: a file that ends in the middle is an error.
"""

import contextlib
import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from sources.connectors.errors import ConnectorError

_LARGEST_CSV_FIELD_BYTES = 16 * 1024 * 1024
_PARQUET_BATCH_ROWS = 10_000

Row = dict[str, Any]


class FileError(ConnectorError):
    """A file is truncated or broken.

    Args:
        path: The file.
        row: Data row from 1 at which reading stopped; 0 = before the first.
        reason: What is wrong there.
    """

    def __init__(self, path: Path, row: int, reason: str) -> None:
        self.path = path
        self.row = row
        where = f"row {row}" if row else "start of the file"
        super().__init__(f"file '{path.name}', {where}: {reason}. Nothing of this file was kept.")


def read_rows(path: Path, file_format: str) -> Iterator[Row]:
    """Yield the rows of a file.

    Args:
        path: Compression by its suffix (`.gz`, `.zst`).
        file_format: `csv`, `jsonl` or `parquet`.

    Raises:
        FileError: Broken or truncated, with the row.
    """
    return _READERS[file_format](path)


def csv_columns(path: Path) -> list[str]:
    """Column names of a CSV file: as delivered, but trimmed, never empty and never twice.

    Raises:
        FileError: The file has no header or cannot be read.
    """
    with _text(path) as lines, _broken(path, lambda: 0):
        return _clean_header(path, next(_csv_reader(lines), []))


def _read_csv(path: Path) -> Iterator[Row]:
    row = 0
    with _text(path) as lines, _broken(path, lambda: row + 1 if row else 0):
        reader = _csv_reader(lines)
        names = _clean_header(path, next(reader, []))
        for fields in reader:
            if not fields:  # a blank line
                continue
            row += 1
            if len(fields) != len(names):
                reason = f"{len(fields)} fields where the header has {len(names)} (line {reader.line_num})"
                raise FileError(path, row, reason)
            yield {name: field or None for name, field in zip(names, fields, strict=True)}


def _read_jsonl(path: Path) -> Iterator[Row]:
    row = 0
    with _text(path) as lines, _broken(path, lambda: row + 1):
        for line in lines:
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except json.JSONDecodeError as error:
                raise FileError(path, row + 1, f"not valid JSON ({error.msg} at column {error.colno})") from error
            row += 1
            if not isinstance(value, dict):
                raise FileError(path, row, "not a JSON object")
            yield value


def _read_parquet(path: Path) -> Iterator[Row]:
    row = 0
    with _broken(path, lambda: row), parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_PARQUET_BATCH_ROWS):
            for value in batch.to_pylist():
                row += 1
                yield {name: _plain(field) for name, field in value.items()}


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
}


def _plain(value: Any) -> Any:
    """A Parquet value as JSON has it."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {name: _plain(field) for name, field in value.items()}
    if isinstance(value, list):
        return [_plain(field) for field in value]
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _csv_reader(lines: IO[str]) -> Any:
    csv.field_size_limit(_LARGEST_CSV_FIELD_BYTES)
    return csv.reader(lines, strict=True)


def _clean_header(path: Path, fields: list[str]) -> list[str]:
    if not any(field.strip() for field in fields):
        raise FileError(path, 0, "no header line")
    names: list[str] = []
    taken: set[str] = set()
    for number, field in enumerate(fields, start=1):
        base = name = field.strip() or f"column_{number}"
        count = 1
        while name.lower() in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name.lower())
        names.append(name)
    return names


@contextlib.contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    """The decompressed text; UTF-8, a byte order mark is skipped."""
    with contextlib.ExitStack() as stack:
        raw: Any = stack.enter_context(path.open("rb"))
        if path.suffix == ".gz":
            raw = stack.enter_context(gzip.open(raw))
        elif path.suffix == ".zst":
            raw = io.BufferedReader(_ZstdStream(raw))
        yield stack.enter_context(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))


class _ZstdStream(io.RawIOBase):
    """Zstandard through Arrow; Python's own library has it from 3.14 on."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._stream = pa.CompressedInputStream(pa.PythonFile(raw), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


@contextlib.contextmanager
def _broken(path: Path, row: Callable[[], int]) -> Iterator[None]:
    """Turn what the libraries raise on broken input into a `FileError` at the current row."""
    try:
        yield
    except FileError:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileError(path, row(), f"truncated or broken compression ({error})") from error
    except UnicodeDecodeError as error:
        raise FileError(path, row(), f"not UTF-8 ({error.reason})") from error
    except csv.Error as error:
        raise FileError(path, row(), f"not valid CSV ({error})") from error
    except (pa.ArrowException, OSError) as error:
        raise FileError(path, row(), f"cannot be read ({error})") from error
