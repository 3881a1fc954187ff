"""Compression is known by content, whatever the name says; a file that ends in the middle is an error."""

import bz2
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

TEXT = "id,x\n" + "".join(f"{number},{random.Random(number).random()}\n" for number in range(3000))


def _zip(content: bytes, **others: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/a.csv", content)
        archive.writestr("__MACOSX/x/._a.csv", b"junk")
        archive.writestr("x/.DS_Store", b"junk")
        for name, other in others.items():
            archive.writestr(f"x/{name}.csv", other)
    return buffer.getvalue()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda content: bytes(pa.compress(content, "zstd", asbytes=True)),
    "zip": _zip,
}


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("name", ["a.csv.{}", "A.CSV.{}", "a.csv", "a.txt", "a"])
def test_compression_by_content(folder: Any, kind: str, name: str) -> None:
    folder.write(name.format(kind if "A" not in name else kind.upper()), COMPRESS[kind](TEXT.encode()))
    assert len(folder.rows("csv")) == 3000
    assert bool(folder.warnings("csv")) == ("{" not in name)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_concatenated_parts_are_one_file(folder: Any, kind: str) -> None:
    compress = COMPRESS[kind]
    folder.write(f"a.csv.{kind}", compress(TEXT.encode()) + compress(b"3000,1\n") + compress(b""))
    assert len(folder.rows("csv")) == 3001


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_truncated(folder: Any, kind: str, file_format: str) -> None:
    text = (
        TEXT
        if file_format == "csv"
        else "".join(f'{{"id": {n}, "x": {random.Random(n).random()}}}\n' for n in range(3000))
    )
    content = COMPRESS[kind](text.encode())
    for part in (len(content) - 3, len(content) // 2, 20):
        folder.write(f"a.{kind}", content[:part])
        with pytest.raises(AirbyteTracedException, match=rf"file 'a.{kind}', .*Nothing of this file was kept"):
            folder.rows(file_format)


def test_gzip_with_junk_at_its_end(folder: Any) -> None:
    folder.write("a.csv.gz", gzip.compress(TEXT.encode()) + b"\x00" * 100)
    assert len(folder.rows("csv")) == 3000
    folder.write("a.csv.gz", gzip.compress(TEXT.encode()) + b"junk")
    with pytest.raises(AirbyteTracedException, match="truncated or broken compression"):
        folder.rows("csv")


def test_a_name_that_promises_compression(folder: Any) -> None:
    folder.write("a.csv.gz", TEXT)
    with pytest.raises(AirbyteTracedException, match=r"the name says gzip, .*set options: \{compression: none\}"):
        folder.rows("csv")
    assert len(folder.rows("csv", compression="none")) == 3000


def test_zip_of_several_files(folder: Any) -> None:
    folder.write("a.zip", _zip(TEXT.encode(), b=b"id\n1\n"))
    with pytest.raises(AirbyteTracedException, match=r"2 files of the zip archive fit.*member.*x/a.csv, x/b.csv"):
        folder.rows("csv")
    assert folder.rows("csv", member="*/b.csv") == [{"id": "1"}]


def test_files_that_programs_put_beside_others_are_not_read(folder: Any) -> None:
    folder.write("part-0000.csv", "id\n1\n")
    for name in ("_SUCCESS", "_committed_123", ".part-0000.csv.crc", ".DS_Store", "~$a.xlsx", "Thumbs.db"):
        folder.write(name, b"\x00\x01junk")
    assert folder.rows("csv") == [{"id": "1"}]
    folder.write("_export.csv", "id\n2\n")
    assert folder.rows("csv") == [{"id": "2"}, {"id": "1"}]
