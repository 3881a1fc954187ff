"""A text is found in whatever form a file keeps it; a file that is damaged, or blows up, is read as far as it goes."""

import base64
import bz2
import codecs
import gzip
import io
import lzma
import quopri
import sqlite3
import tarfile
import textwrap
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from evaluators.proof import hidden_text
from evaluators.proof.hidden_text import texts_of

TEXT = "select city, sum(fare) as total from staging.rides where über > 2 group by city"
BYTES = TEXT.encode()
LONGER = BYTES + b" and more of it" * 5
KEY = base64.b64encode(b"a key that stands above")


def zipped(*contents: bytes, password_bit: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip whose headers may say that it is encrypted, or packed in a way that nobody knows."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, content in enumerate(contents):
            archive.writestr(f"{i}.txt", content)
    data = bytearray(buffer.getvalue())
    for at, offset in ((0, 6), (data.index(b"PK\x01\x02"), 8)):
        data[at + offset] |= password_bit
        data[at + offset + 2] = method
    return bytes(data)


def tarred(*contents: bytes) -> bytes:
    """A folder, then files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for i, content in enumerate(contents):
            info = tarfile.TarInfo(f"folder/{i}.txt")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


ENCODED = {
    "as it is": BYTES,
    "UTF-16, high byte first, with its mark": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-16, high byte first": TEXT.encode("utf-16-be"),
    "UTF-16, low byte first": TEXT.encode("utf-16-le"),
    "zlib, fast": zlib.compress(BYTES, 1),
    "zlib": zlib.compress(BYTES),
    "zlib, small": zlib.compress(BYTES, 9),
    "the second file of a zip": zipped(b"other", BYTES),
    "the second file of a tar": tarred(b"other", BYTES),
    "three layers": base64.b64encode(gzip.compress(bz2.compress(BYTES))),
    "an archive of an archive": zipped(tarred(lzma.compress(BYTES))),
    "base64 without padding": base64.b64encode(BYTES).rstrip(b"="),
    "base64 in lines of any length": "\n".join(textwrap.wrap(base64.b64encode(LONGER).decode(), 33)).encode(),
    "base64 for URLs among words": b"the key is " + base64.urlsafe_b64encode(BYTES + b"???>>>") + b" as ever",
    "base64 below base64": KEY + b"\n" + base64.b64encode(BYTES),
    "base64 of an archive below base64": KEY + b"\n" + base64.b64encode(gzip.compress(BYTES)),
    "base64 below a long path": b"dbt/models/marts/network/routes\n" + base64.b64encode(BYTES),
    "hexadecimal in capitals": b"0x " + BYTES.hex().upper().encode(),
    "hexadecimal with colons": BYTES.hex(":").encode(),
    "hexadecimal of an archive below a digest": b"0f" * 32 + b"\n" + gzip.compress(BYTES).hex().encode(),
    "quoted-printable": quopri.encodestring(BYTES),
    "escapes of Python": "".join(f"\\x{ord(c):02x}" for c in TEXT).encode(),
    "escapes of JSON": "".join(f"\\u{ord(c):04X}" for c in TEXT).encode(),
    "escaped ends of lines": TEXT.replace(" ", "\\n").encode(),
    "entities": "".join(f"&#{ord(c)};" for c in TEXT).encode(),
    "a URL": urllib.parse.quote(TEXT).encode(),
    "a query string": urllib.parse.quote_plus(TEXT).encode(),
    "ROT13": codecs.encode(TEXT, "rot13").encode(),
    "backwards": TEXT[::-1].encode(),
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED.keys())
def test_a_text_is_found_however_it_is_encoded(data: bytes) -> None:
    assert any(TEXT in text for text in texts_of(data))


def test_the_rows_of_a_database_are_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with sqlite3.connect(tmp_path / "kept") as connection:
        connection.execute("create table kept (code, n)")
        connection.execute("insert into kept values (?, 4711)", [TEXT])
    connection.close()
    assert any(f"'{TEXT}',4711" in text for text in texts_of((tmp_path / "kept").read_bytes()))
    assert list(Path().iterdir()) == [], "it is read in memory"


DAMAGED = {
    "gzip that ends early": gzip.compress(BYTES)[:-12],
    "gzip of nothing": b"\x1f\x8b\x08\x00 and so on and so forth",
    "bzip2 of nothing": b"BZh9 and so on and so forth",
    "xz of nothing": b"\xfd7zXZ and so on",
    "zlib of nothing": b"\x78\x9c and so on",
    "a zip that ends early": zipped(BYTES)[:60],
    "an encrypted zip": zipped(BYTES, password_bit=1),
    "a zip packed otherwise": zipped(BYTES, method=99),
    "a tar that ends early": tarred(BYTES)[:1030],
    "a tar of nothing": b"x" * 257 + b"ustar" + b"x" * 300,
    "SQLite of nothing": b"SQLite format 3\0" + b"x" * 200,
    "base64 of no length that there is": b"A" * 25,
    "base64 of no length, with padding": b"A" * 25 + b"==",
    "base64 of no length in lines": b"A" * 25 + b"=\n" + b"B" * 24,
    "hexadecimal with half a byte": b"ab " * 30 + b"a",
    "mail of no characters": b"=FF=FE=C3 and so on",
    "half a character": b"\xff\xfe\x41",
    "nothing": b"",
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_read_as_far_as_it_goes(data: bytes) -> None:
    found = list(texts_of(data))
    assert found[0].encode("utf-16" if data[:2] == codecs.BOM_UTF16_LE else "utf-8", errors="replace")[:8] or not data
    assert not any(TEXT in text for text in found)


def test_what_stands_before_the_damage_is_found() -> None:
    assert any(TEXT in text for text in texts_of(tarred(BYTES, b"x" * 4000)[:3000]))


PACKERS: dict[str, Callable[..., bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
}
PACKERS |= {f"zlib {level}": partial(zlib.compress, level=level) for level in (1, 6, 9)}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS.keys())
def test_a_small_file_that_unpacks_to_a_large_one_is_read_as_far_as_the_limit(pack, monkeypatch) -> None:
    monkeypatch.setattr(hidden_text, "MAX_BYTES", 2_000)
    found = list(texts_of(pack(b"so and " * 100_000)))
    assert max(len(text) for text in found) == 2_000
    assert any(text == ("so and " * 286)[:2_000] for text in found)


def test_what_lies_beyond_the_limit_of_a_file_is_not_looked_at(monkeypatch) -> None:
    monkeypatch.setattr(hidden_text, "MAX_BYTES", 2_000)
    assert {len(text) for text in texts_of(b". " * 5_000)} == {2_000}


def test_layers_beyond_the_third_are_left_alone() -> None:
    packed = BYTES
    for depth in range(1, 5):
        packed = zlib.compress(packed)
        assert any(TEXT in text for text in texts_of(packed)) is (depth <= 3)
