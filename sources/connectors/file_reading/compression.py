"""Opening a delivered file: its compression is known by its first bytes, since names are often wrong."""

import bz2
import contextlib
import fnmatch
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.errors import FileError, Notes

_FIRST_BYTES = {
    "gzip": b"\x1f\x8b",
    "xz": b"\xfd7zXZ\x00",
    "zip": b"PK\x03\x04",
    "zstd": b"\x28\xb5\x2f\xfd",
}
_SUFFIXES = {
    ".gz": "gzip",
    ".gzip": "gzip",
    ".bz2": "bz2",
    ".xz": "xz",
    ".zip": "zip",
    ".zst": "zstd",
    ".zstd": "zstd",
}


def compression_of(path: Path, options: FileOptions, notes: Notes) -> str:
    """Say how a file is compressed: `none`, `gzip`, `bz2`, `xz`, `zip` or `zstd`.

    Raises:
        FileError: The name promises a compression that the content does not have.
    """
    if options.compression is not None:
        return options.compression
    with path.open("rb") as file:
        head = file.read(10)
    found = _by_first_bytes(head)
    promised = _SUFFIXES.get(path.suffix.lower(), "none")
    if not head or found == promised:
        return found
    if found == "none":
        raise FileError(
            path,
            0,
            f"truncated or broken compression (the name says {promised}, the content is not); "
            "if it is not compressed at all, set options: {compression: none}",
        )
    notes.add(path, f"read as {found}, though its name does not say so")
    return found


def _by_first_bytes(head: bytes) -> str:
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bz2"
    return next((name for name, magic in _FIRST_BYTES.items() if head.startswith(magic)), "none")


@contextlib.contextmanager
def open_bytes(path: Path, options: FileOptions, notes: Notes) -> Iterator[IO[bytes]]:
    """Open the decompressed content; concatenated gzip, bz2, xz and zstd streams are one content."""
    kind = compression_of(path, options, notes)
    with contextlib.ExitStack() as stack:
        if kind == "zip":
            yield stack.enter_context(_open_member(path, options))
            return
        raw = stack.enter_context(path.open("rb"))
        yield stack.enter_context(_OPENERS[kind](raw))


_OPENERS: dict[str, Callable[[Any], Any]] = {
    "none": lambda raw: raw,
    "gzip": lambda raw: gzip.GzipFile(fileobj=raw),
    "bz2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zstd": lambda raw: io.BufferedReader(_ZstdStream(raw)),
}


@contextlib.contextmanager
def _open_member(path: Path, options: FileOptions) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if _is_data(name)]
        if "[Content_Types].xml" in names and options.member is None:
            raise FileError(path, 0, "looks like an Excel workbook; set format: excel")
        wanted = [name for name in names if options.member is None or fnmatch.fnmatch(name, options.member)]
        if len(wanted) != 1:
            listed = ", ".join(names[:10]) or "nothing"
            raise FileError(
                path,
                0,
                f"{len(wanted)} files of the zip archive fit; name one with options: {{member: …}}; it holds {listed}",
            )
        try:
            member = archive.open(wanted[0])
        except RuntimeError as error:  # zipfile's way to say that a password is needed
            raise FileError(
                path, 0, f"the zip archive is encrypted ({error}); deliver it without a password"
            ) from error
        with member:
            yield member


def _is_data(name: str) -> bool:
    """Whether a member is a delivered file, and not a folder or what macOS puts beside each file."""
    return not name.endswith("/") and not name.startswith("__MACOSX/") and not Path(name).name.startswith(".")


class _ZstdStream(io.RawIOBase):
    """Zstandard through Arrow; Python's own library has it from 3.14 on."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)
