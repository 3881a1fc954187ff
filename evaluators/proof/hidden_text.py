"""All texts that a file can be read as: as it is, unpacked, or decoded."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import gzip
import html
import io
import lzma
import quopri
import re
import sqlite3
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator

MAX_BYTES = 32 * 1024 * 1024
"""How much of one file is looked at, packed or unpacked."""
_MAX_DEPTH = 3
_MIN_DECODED = 16
"""Bytes; shorter words look like base64 by chance."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}(?:\s+[A-Za-z0-9+/_-]{24,}={0,2})*")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[\s:]?){24,}")

_UNPACKERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES),
    b"BZh": lambda data: bz2.BZ2Decompressor().decompress(data, MAX_BYTES),
    b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data, MAX_BYTES),
    b"\x78\x01": lambda data: zlib.decompressobj().decompress(data, MAX_BYTES),
    b"\x78\x9c": lambda data: zlib.decompressobj().decompress(data, MAX_BYTES),
    b"\x78\xda": lambda data: zlib.decompressobj().decompress(data, MAX_BYTES),
}
_UNPACK_ERRORS = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)


def texts_of(data: bytes) -> Iterator[str]:
    """Every text that a file may hide.

    Args:
        data: Content of the file; what lies beyond `MAX_BYTES` is not looked at.

    Yields:
        The text itself, then what comes out of archives, compression, SQLite, base64, hexadecimal, escapes, HTML
        entities, URL and mail encoding, ROT13 and reading backwards.
    """
    for blob in _blobs(data[:MAX_BYTES], _MAX_DEPTH):
        text = _decoded(blob)
        yield text
        for undo in _UNDO:
            changed = undo(text)
            if changed != text:
                yield changed


def _decoded(blob: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if blob.startswith(mark):
            return blob.decode(encoding, errors="replace")
    if blob[:400].count(0) > len(blob[:400]) // 3:  # every other byte of Latin text is zero
        return blob.decode("utf-16-le" if blob[1:2] == b"\0" else "utf-16-be", errors="replace")
    return blob.decode("utf-8", errors="replace")


def _blobs(data: bytes, depth: int) -> Iterator[bytes]:
    yield data
    if depth:
        for inner in _unpacked(data):
            yield from _blobs(inner, depth - 1)


def _unpacked(data: bytes) -> Iterator[bytes]:
    for magic, unpack in _UNPACKERS.items():
        if data.startswith(magic):
            try:
                yield unpack(data)
            except _UNPACK_ERRORS:
                continue
    yield from _members(data)
    if data.startswith(b"SQLite format 3"):
        yield from _sqlite_rows(data)
    for pattern, decode in ((_BASE64, _from_base64), (_HEX, _from_hex)):
        for found in pattern.finditer(data):
            lines = found.group(0).split()  # one text in lines, or several texts below one another
            for text in dict.fromkeys([b"".join(lines), *lines]):
                if len(decoded := decode(text)) >= _MIN_DECODED:
                    yield decoded


def _from_base64(text: bytes) -> bytes:
    digits = text.rstrip(b"=")
    whole = len(digits) - (len(digits) % 4 == 1)  # one digit more is less than a byte
    try:
        return base64.b64decode(digits[:whole].translate(bytes.maketrans(b"-_", b"+/")) + b"==")  # maybe too much
    except binascii.Error:
        return b""  # padding between the lines; each is looked at by itself


def _from_hex(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b":", b"").decode())


def _members(data: bytes) -> Iterator[bytes]:
    """Files of a zip (an Excel workbook, too) or tar archive."""
    try:
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from (archive.open(info).read(MAX_BYTES) for info in archive.infolist()[:1000])
        elif data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar:
                    if (file := tar.extractfile(member)) is not None:
                        yield file.read(MAX_BYTES)
    except (*_UNPACK_ERRORS, RuntimeError, NotImplementedError):
        return


def _sqlite_rows(data: bytes) -> Iterator[bytes]:
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.deserialize(data)
            yield "\n".join(connection.iterdump()).encode()
        except sqlite3.Error:
            return


def _unescaped(text: str) -> str:
    r"""Undo `\n`, `\t`, `\"` and hexadecimal escapes."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found.group(1), 16)), text)
    return re.sub(r"\\[nrt]", " ", text)


def _from_mail(text: str) -> str:
    return quopri.decodestring(text.encode()).decode("utf-8", errors="replace") if "=" in text else text


_UNDO: tuple[Callable[[str], str], ...] = (
    _unescaped,
    html.unescape,
    urllib.parse.unquote_plus,
    _from_mail,
    lambda text: codecs.encode(text, "rot13"),
    lambda text: text[::-1],
)
