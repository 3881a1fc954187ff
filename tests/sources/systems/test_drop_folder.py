import gzip
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from benchmark.errors import LockgateError
from benchmark.source_systems import FolderSystem
from sources.contract import Delivery
from sources.systems.drop_folder import DropFolder
from sources.systems.file_writing.deliveries import written_files

MORNING = datetime(2013, 3, 14, 9, tzinfo=UTC)
TABLE = pa.table({"code": ["A", "B, C", None], "name": ['say "x"', "Żar", ""], "seats": [1, None, 3]})


def file_content(delivery: Delivery) -> bytes:
    [file] = written_files([delivery], {})
    return file.content


@pytest.fixture
def folder(tmp_path: Path) -> DropFolder:
    folder = DropFolder(FolderSystem(name="reference", documentation="Read me.\n"), tmp_path / "reference")
    folder.start()
    return folder


def test_csv_is_quoted_where_needed_and_missing_is_empty() -> None:
    content = file_content(Delivery("reference", "a.csv", "a", MORNING, TABLE))
    assert content.decode() == 'code,name,seats\nA,"say ""x""",1\n"B, C",Żar,\n,,3\n'


def test_json_lines_keep_numbers_and_nulls() -> None:
    content = gzip.decompress(file_content(Delivery("reference", "a.jsonl.gz", "a", MORNING, TABLE)))
    assert content.decode().splitlines()[1] == '{"code": "B, C", "name": "Żar", "seats": null}'


def test_the_same_delivery_is_the_same_bytes() -> None:
    delivery = Delivery("reference", "a.jsonl.gz", "a", MORNING, TABLE)
    assert file_content(delivery) == file_content(delivery)


def test_an_unknown_suffix_is_refused() -> None:
    with pytest.raises(LockgateError, match=r"a\.xml has no known format"):
        file_content(Delivery("reference", "a.xml", "a", MORNING, TABLE))


def test_files_come_on_top_and_old_ones_stay(folder: DropFolder) -> None:
    folder.deliver([Delivery("reference", "a.csv", "a", MORNING, TABLE)])
    before = (folder.folder / "a.csv").stat()
    folder.deliver(
        [
            Delivery("reference", "a.csv", "a", MORNING, TABLE.slice(0, 1)),
            Delivery("reference", "b.csv", "b", MORNING, TABLE),
        ]
    )
    assert sorted(path.name for path in folder.folder.iterdir()) == ["README.txt", "a.csv", "b.csv"]
    assert (folder.folder / "a.csv").stat() == before
    assert before.st_mtime == MORNING.timestamp()


def test_readers_are_told_where_it_is(folder: DropFolder) -> None:
    assert folder.environment == {"REFERENCE_DIR": str(folder.folder)}


def test_a_new_day_removes_what_readers_left(folder: DropFolder) -> None:
    deliveries = [
        Delivery("reference", "a.csv", "a", MORNING, TABLE),
        Delivery("reference", "b.csv", "b", MORNING, TABLE),
    ]
    folder.replace(deliveries[:1])
    shown = {path.name: (path.read_bytes(), path.stat().st_mtime) for path in folder.folder.iterdir()}
    shown.pop("README.txt")
    inode = folder.folder.stat().st_ino
    (folder.folder / "a.csv").write_text("changed")
    (folder.folder / "README.txt").write_text("changed")
    (folder.folder / "b.csv").symlink_to("/etc/passwd")
    (folder.folder / "left").mkdir()
    (folder.folder / "left" / "gold.parquet").write_text("left")
    (folder.folder / ".hidden").write_text("left")
    folder.replace(deliveries)
    assert sorted(path.name for path in folder.folder.iterdir()) == ["README.txt", "a.csv", "b.csv"]
    assert (folder.folder / "README.txt").read_text() == "Read me.\n"
    assert not (folder.folder / "b.csv").is_symlink()
    assert {"a.csv": ((folder.folder / "a.csv").read_bytes(), MORNING.timestamp())} == shown
    assert folder.folder.stat().st_ino == inode, "it may be mounted"
