"""The rows of a file in other bytes, as another program writes them."""

import codecs
import gzip
import io
import re
import zipfile

_QUOTED_OR_LINE_END = re.compile(r'"[^"]*"|\r?\n')


def other_bytes(content: bytes) -> bytes:
    """Write a file once more: another level of compression, other line ends, another codec; the same rows."""
    if content.startswith(b"\x1f\x8b"):
        return gzip.compress(gzip.decompress(content), compresslevel=1, mtime=1)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstandard(content)
    if content.startswith(b"PAR1"):
        return _parquet(content)
    if content.startswith(b"PK"):
        return _archive(content)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _other_line_ends(content.decode("utf-16")).encode("utf-16")
    return _other_line_ends(content.decode("latin-1")).encode("latin-1")


def _other_line_ends(text: str) -> str:
    """Line ends inside of quotes belong to a value and stay."""
    other = "\n" if "\r\n" in text else "\r\n"
    return _QUOTED_OR_LINE_END.sub(lambda found: found.group() if found.group()[0] == '"' else other, text)


def _zstandard(content: bytes) -> bytes:
    import pyarrow as pa

    rows = pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()
    return bytes(pa.Codec("zstd", compression_level=9).compress(rows, asbytes=True)) + _EMPTY_FRAME


_EMPTY_FRAME = bytes.fromhex("502a4d1800000000")
"""A frame that readers skip; without it, small files are the same bytes at any level."""


def _parquet(content: bytes) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    table = parquet.read_table(pa.BufferReader(content))
    parquet.write_table(table, sink, compression="gzip", row_group_size=max(table.num_rows // 2, 1))
    return bytes(sink.getvalue())


def _archive(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (1990, 1, 1, 0, 0, 0))
            archive.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED, compresslevel=1)
    return target.getvalue()
