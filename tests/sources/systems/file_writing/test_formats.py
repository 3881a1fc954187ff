"""Every format that a world can deliver is read back by the connector with the same values."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from benchmark.delivered_files import DeliveredFiles, FileFormat
from benchmark.errors import LockgateError
from benchmark.file_options import FileOptions
from sources.connectors.errors import ConnectorError
from sources.connectors.file_formats import read_batches
from sources.contract import Delivery
from sources.systems.faults import FileFaults
from sources.systems.file_writing.content import file_content
from sources.systems.file_writing.deliveries import written_files
from sources.systems.file_writing.other_bytes import other_bytes

MORNING = datetime(2013, 3, 14, 9, tzinfo=UTC)
TABLE = pa.table(
    {
        "id": pa.array([1, 2**53 + 1, None], pa.int64()),
        "name": ['say "ü"; a,b', "two\nlines", None],
        "price": pa.array([Decimal("12345678901234567.89"), Decimal("0.10"), None], pa.decimal128(20, 2)),
        "at": pa.array([1_362_100_000_000_000, 1_362_100_000_250_000, None], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2013, 3, 1), None, None], pa.date32()),
        "is_new": [True, False, None],
    }
)
FLAT: list[dict[str, Any]] = [
    {"id": "1", "name": 'say "ü"; a,b', "price": "12345678901234567.89", "at": "2013-03-01T01:06:40Z",
     "day": "2013-03-01", "is_new": "true"},
    {"id": "9007199254740993", "name": "two\nlines", "price": "0.10", "at": "2013-03-01T01:06:40.25Z",
     "day": None, "is_new": "false"},
    {"id": None, "name": None, "price": None, "at": None, "day": None, "is_new": None},
]  # fmt: skip
CSV: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "semicolons": ({"delimiter": ";", "encoding": "cp1252", "line_end": "\r\n"}, {"encoding": "cp1252"}),
    "tabs": ({"delimiter": "\t", "encoding": "utf-16"}, {}),
    "null text": ({"null_text": "NULL"}, {"null_values": ["NULL"]}),
    "no header": ({"header": False}, {"header": False, "columns": TABLE.column_names}),
    "gzip": ({"compression": "gzip"}, {}),
    "zstd": ({"compression": "zstd"}, {}),
}


def rows(path: Path, content: bytes, file_format: str, **options: Any) -> list[dict[str, Any]]:
    path.write_bytes(content)
    batches = read_batches(path, file_format, FileOptions.model_validate(options))
    return [row for batch in batches for row in batch.rows()]


@pytest.mark.parametrize("case", CSV)
def test_csv(tmp_path: Path, case: str) -> None:
    written, options = CSV[case]
    content = file_content(TABLE, FileFormat(type="csv", **written))
    assert rows(tmp_path / "a", content, "csv", **options) == FLAT
    assert rows(tmp_path / "a", other_bytes(content), "csv", **options) == FLAT
    assert other_bytes(content) != content


def test_decimal_comma(tmp_path: Path) -> None:
    content = file_content(TABLE.select(["price"]), FileFormat(type="csv", delimiter=";", decimal=",", quote="all"))
    assert content.decode().splitlines()[1] == '"12345678901234567,89"'
    assert rows(tmp_path / "a", content, "csv", decimal=",")[0] == {"price": "12345678901234567.89"}


@pytest.mark.parametrize("written", [{"type": "jsonl"}, {"type": "json"}, {"type": "jsonl", "compression": "zstd"}])
def test_json(tmp_path: Path, written: dict[str, Any]) -> None:
    items = [[{"sku": "a", "n": 1}], [], None]
    address = [{"city": "Ulm", "at": {"lat": 1.5}}, None, {"city": None, "at": None}]
    table = TABLE.append_column("items", pa.array(items)).append_column("address", pa.array(address))
    content = file_content(table, FileFormat(**written))
    found = rows(tmp_path / "a", content, "jsonl")
    assert [row["items"] for row in found] == items
    assert [row["address"] for row in found] == address
    assert [str(row["price"]) for row in found] == ["12345678901234567.89", "0.1", "None"]
    assert [row["id"] for row in found] == [1, 2**53 + 1, None]
    assert [row["at"] for row in found] == [row["at"] for row in FLAT]
    assert rows(tmp_path / "a", other_bytes(content), "jsonl") == found


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_parquet(tmp_path: Path, compression: Any) -> None:
    content = file_content(TABLE, FileFormat(type="parquet", compression=compression))
    found = rows(tmp_path / "a", content, "parquet")
    assert [str(row["price"]) for row in found] == ["12345678901234567.89", "0.10", "None"]
    assert [row["id"] for row in found] == [1, 2**53 + 1, None]
    assert rows(tmp_path / "a", other_bytes(content), "parquet") == found
    assert other_bytes(content) != content


def test_excel(tmp_path: Path) -> None:
    content = file_content(TABLE, FileFormat(type="excel"))
    found = rows(tmp_path / "a.xlsx", content, "excel")
    assert [row["name"] for row in found] == ['say "ü"; a,b', "two\nlines"]
    assert found[0]["price"] == "12345678901234567.89", "a number that Excel would round is text"
    assert [float(found[1]["price"]), found[0]["id"], found[1]["is_new"]] == [0.1, 1, False]
    assert rows(tmp_path / "a.xlsx", other_bytes(content), "excel") == found


def test_fixed_width() -> None:
    table = pa.table({"code": ["A", "BCD"], "seats": [7, None]})
    written = FileFormat(type="fixed_width", widths={"code": 4, "seats": 5}, has_header=False)
    assert file_content(table, written).decode() == "A       7\nBCD      \n"
    with pytest.raises(LockgateError, match="column code has 2 places, and 'BCD' needs 3"):
        file_content(table, FileFormat(type="fixed_width", widths={"code": 2, "seats": 5}))


def test_a_sign_that_an_encoding_does_not_have_is_an_error_with_the_file() -> None:
    files = {"a": DeliveredFiles(pattern="a_{date}.csv", format=FileFormat(type="csv", encoding="ascii"))}
    with pytest.raises(LockgateError, match=r"File a_1\.csv of shop: encoding ascii does not have 'ü'"):
        list(written_files([Delivery("shop", "a_1.csv", "a", MORNING, TABLE)], files))


@pytest.mark.parametrize("written", ["csv", "jsonl.gz", "csv.zst", "parquet", "xlsx"])
def test_a_cut_file_can_be_told(tmp_path: Path, written: str) -> None:
    table = pa.table({"id": range(500), "name": [f"name {number * 7919}" for number in range(500)]})
    [file] = written_files([Delivery("shop", f"a.{written}", "a", MORNING, table)], {}, FileFaults(3, cut=("a",)))
    kind = {"xlsx": "excel", "csv.zst": "csv", "jsonl.gz": "jsonl"}.get(written, written)
    with pytest.raises(ConnectorError):
        rows(tmp_path / file.name, file.content, kind)


def test_of_two_files_with_one_name_the_later_counts() -> None:
    twice = [Delivery("shop", "a.jsonl.gz", "a", MORNING, TABLE.slice(0, n)) for n in (1, 2)]
    [file] = written_files(twice, {})
    assert len(gzip.decompress(file.content).splitlines()) == 2


@pytest.mark.parametrize(
    ("pattern", "number", "name"),
    [
        ("orders/date={date}/part-{number:04}.parquet", 7, "orders/date=2013-03-09/part-0007.parquet"),
        ("{date:%Y/%m/%d}.csv", 1, "2013/03/09.csv"),
    ],
)
def test_names(pattern: str, number: int, name: str) -> None:
    assert DeliveredFiles(pattern=pattern, format="csv").file_name(date(2013, 3, 9), number) == name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"pattern": "../{date}.csv"}, "must be a relative path"),
        ({"pattern": "/a.csv"}, "must be a relative path"),
        ({"pattern": "{day}.csv"}, "there is no day; use {date}"),
        ({"pattern": "{date.__class__}"}, "there is no date.__class__"),
        ({"pattern": "{date"}, "use {date}"),
        ({"pattern": "a_{date}.csv", "rows_per_file": 10}, "needs {number}"),
        ({"pattern": "a.csv"}, "needs {date}"),
        ({"pattern": "a.csv", "format": {"type": "parquet", "delimiter": ";"}}, "format parquet: delimiter"),
        ({"pattern": "a.csv", "format": {"type": "csv", "encoding": "utf-99"}}, "encoding 'utf-99' is not known"),
        ({"pattern": "a.txt", "format": "fixed_width"}, "needs widths"),
    ],
)
def test_mistakes_are_said(content: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("{", r"\{").replace("}", r"\}")):
        DeliveredFiles.model_validate({"format": "csv", **content})


def test_the_file_that_comes_again_has_rows() -> None:
    """An empty one would show nothing: rows that are read twice cannot be told from rows that are read once."""
    empty, full, last = written_files(
        [
            Delivery("shop", "a_1.csv", "a", MORNING, TABLE.slice(0, 0)),
            Delivery("shop", "a_2.csv", "a", MORNING, TABLE),
            Delivery("shop", "a_3.csv", "a", MORNING, TABLE),
        ],
        {},
        FileFaults(3, again=("a",)),
    )
    assert (empty.written_at, last.written_at) == (MORNING, MORNING)
    assert full.written_at > MORNING
    assert full.content != last.content
