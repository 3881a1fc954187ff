"""The bytes of a table in each format."""

import gzip
import io
from typing import TYPE_CHECKING

from benchmark.delivered_files import FileFormat
from benchmark.errors import LockgateError
from sources.systems.file_writing.excel import workbook
from sources.systems.file_writing.fixed_width import fixed_width_lines
from sources.systems.file_writing.json_text import json_objects
from sources.systems.file_writing.texts import text_columns

if TYPE_CHECKING:
    import pyarrow


def file_content(table: "pyarrow.Table", written: FileFormat) -> bytes:
    """Write a table.

    Args:
        table: Instants are written in ISO 8601, in UTC, with as many digits as they have.
        written: The format.

    Raises:
        LockgateError: A value does not fit into the encoding or a width.
    """
    match written.type:
        case "parquet":
            return _parquet(table, written)
        case "excel":
            return workbook(table)
        case "csv":
            text = _csv(table, written)
        case "fixed_width":
            text = fixed_width_lines(table, written)
        case "jsonl":
            text = "".join(f"{line}\n" for line in json_objects(table))
        case "json":
            text = "[" + ",\n".join(json_objects(table)) + "]\n"
    return _compressed(_encoded(text, written), written)


def _csv(table: "pyarrow.Table", written: FileFormat) -> str:
    import csv

    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=written.delimiter,
        lineterminator=written.line_end,
        quoting=csv.QUOTE_ALL if written.quote == "all" else csv.QUOTE_MINIMAL,
    )
    if written.has_header:
        writer.writerow(table.column_names)
    columns = text_columns(table, written.decimal, written.null_text)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _encoded(text: str, written: FileFormat) -> bytes:
    try:
        return text.encode(written.encoding)
    except UnicodeEncodeError as error:
        signs = text[error.start : error.end]
        raise LockgateError(f"encoding {written.encoding} does not have {signs!r}.") from error


def _compressed(content: bytes, written: FileFormat) -> bytes:
    if written.compression == "gzip":
        return gzip.compress(content, mtime=0)
    if written.compression == "zstd":
        import pyarrow as pa

        return bytes(pa.compress(content, "zstd", asbytes=True))
    return content


def _parquet(table: "pyarrow.Table", written: FileFormat) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    codec = {"none": "snappy"}.get(written.compression, written.compression)
    parquet.write_table(table, sink, compression=codec)
    return bytes(sink.getvalue())
