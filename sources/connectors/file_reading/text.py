"""Text of a delivered file: which encoding it has, and its lines."""

import codecs
import contextlib
import functools
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.compression import open_bytes
from sources.connectors.file_reading.errors import FileError, Notes

_CHUNK_BYTES = 64 * 1024
_MARKS = [  # longer ones first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_WITH_MARK = {"utf-8": "utf-8-sig"}
"""Codecs that keep a byte order mark as a character, and those that skip it."""
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_LETTER = re.compile(rb"[\x80-\xfe]")
"""A file whose only byte outside ASCII is 0xFF is hardly text in Windows-1252."""
_ADVICE = "say which encoding it has, for example options: {encoding: cp1252}, or deliver it again"


@contextlib.contextmanager
def open_text(path: Path, options: FileOptions, notes: Notes) -> Iterator[IO[str]]:
    """Open the decoded text, line ends as they are, without a byte order mark."""
    encoding = encoding_of(path, options, notes)
    with (
        open_bytes(path, options, notes) as raw,
        io.TextIOWrapper(raw, encoding=encoding, newline="") as text,
    ):
        yield text


def encoding_of(path: Path, options: FileOptions, notes: Notes) -> str:
    """Say in which encoding a file is written.

    The whole file is looked at, since the first letter outside ASCII can be in its last line. A file that is UTF-8 but
    for some bytes is broken, and is not taken for another encoding.

    Raises:
        FileError: It is no text, or in an encoding that only its sender knows.
    """
    if options.encoding is not None:
        name = codecs.lookup(options.encoding).name
        return _WITH_MARK.get(name, _marked_utf16(path, name, options, notes))
    status = path.stat()
    encoding, note = _detected(path, options, status.st_mtime_ns, status.st_size, status.st_ino)
    if note:
        notes.add(path, note)
    return encoding


def _marked_utf16(path: Path, name: str, options: FileOptions, notes: Notes) -> str:
    """UTF-16 of a stated byte order, but with a byte order mark: the codec would keep the mark as a character."""
    if name not in ("utf-16-le", "utf-16-be"):
        return name
    with open_bytes(path, options, notes) as file:
        return "utf-16" if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else name


@functools.lru_cache(maxsize=4096)  # a load asks for each file several times
def _detected(path: Path, options: FileOptions, *version: int) -> tuple[str, str | None]:
    scan = _Utf8Scan()
    with open_bytes(path, options, Notes()) as file:
        try:
            head = file.read(_CHUNK_BYTES)
            if (marked := _marked(head)) is not None:
                return marked
            while head:
                scan.add(head)
                head = file.read(_CHUNK_BYTES)
        except (EOFError, OSError, zlib.error, lzma.LZMAError):
            return scan.verdict(path, is_cut=True)  # whoever reads the rows says at which row
    return scan.verdict(path)


def _marked(head: bytes) -> tuple[str, str | None] | None:
    """Encodings that the first bytes show."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, None if name == "utf-8-sig" else f"read as {name.upper()} (byte order mark)"
    if (utf16 := _utf16_by_zeros(head)) is not None:
        return utf16, f"read as {utf16.upper()} (every second byte is zero)"
    return None


def _utf16_by_zeros(head: bytes) -> str | None:
    """UTF-16 without a mark: text of Western languages has a zero in nearly every second byte."""
    n_pairs = len(head) // 2
    if not n_pairs or b"\x00" not in head:
        return None
    even, odd = head[: 2 * n_pairs : 2].count(0), head[1 : 2 * n_pairs : 2].count(0)
    if odd > 0.5 * n_pairs and even < 0.05 * n_pairs:
        return "utf-16-le"
    if even > 0.5 * n_pairs and odd < 0.05 * n_pairs:
        return "utf-16-be"
    return None


class _Utf8Scan:
    """Looks at all bytes of a file: are they UTF-8, and if not, what else."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._n_lines = 0
        self._bad: tuple[int, int] | None = None
        """Line and value of the first byte that is not UTF-8."""
        self._has_multibyte = False
        self._is_cp1252 = True
        self._has_letter = False

    def add(self, chunk: bytes) -> None:
        if not chunk.isascii():
            self._has_multibyte = self._has_multibyte or _MULTIBYTE.search(chunk) is not None
            self._is_cp1252 = self._is_cp1252 and _NOT_CP1252.search(chunk) is None
            self._has_letter = self._has_letter or _LETTER.search(chunk) is not None
        if self._bad is None:
            pending = self._decoder.getstate()[0]
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError as error:
                seen = pending + chunk
                line = self._n_lines + seen[: error.start].count(b"\n") + 1
                self._bad = line, seen[error.start]
        self._n_lines += chunk.count(b"\n")

    def verdict(self, path: Path, is_cut: bool = False) -> tuple[str, str | None]:
        pending = self._decoder.getstate()[0] if self._bad is None and not is_cut else b""
        if self._bad is None and not pending:
            return "utf-8", None
        # A lone first byte at the end is a letter of a one-byte encoding, or a letter of UTF-8 that was cut: C2 and C3
        # begin the common letters of UTF-8 and are rare as last letters elsewhere.
        if pending and (len(pending) > 1 or self._has_multibyte or pending[0] in (0xC2, 0xC3)):
            reason = f"not UTF-8: cut inside a letter at its end, line {self._n_lines + 1}; deliver it again"
            raise FileError(path, 0, reason)
        line, byte = self._bad or (self._n_lines + 1, pending[0])
        where = f"line {line} (byte 0x{byte:02x})"
        if self._has_multibyte:
            raise FileError(path, 0, f"not UTF-8 in {where}, though elsewhere it is; {_ADVICE}")
        if not (self._is_cp1252 and self._has_letter):
            raise FileError(path, 0, f"not UTF-8 in {where}, nor Windows-1252; {_ADVICE}")
        return "cp1252", f"read as Windows-1252, since {where} is not UTF-8; if wrong, set options: {{encoding: …}}"
