"""Delivered files through the whole load, into DuckDB."""
# ruff: noqa: DTZ001 - files hold instants without a zone

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

FILE_AND_ROW = ["_source_file", "_source_row"]
DEDUP: dict[str, Any] = {
    "sync_mode": "incremental",
    "destination_sync_mode": "append_dedup",
    "primary_key": FILE_AND_ROW,
}


class Folder:
    """A drop folder that is loaded as table `raw_drop.t`."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.path: Path = bench.folder / "drop"
        self.path.mkdir()

    def load(self, file_format: str = "csv", pattern: str = "*", **stream: Any) -> Any:
        content: dict[str, Any] = {"name": "t", "pattern": pattern, "format": file_format, **stream}
        self.bench.write("drop", {"source": "files", "config": {"directory": str(self.path)}, "streams": [content]})
        return self.bench.load()

    def rows(self, columns: str = "* exclude (_airbyte_raw_id, _airbyte_extracted_at, _airbyte_meta)") -> list[Any]:
        found: list[Any] = self.bench.query(f"select {columns} from raw_drop.t order by _source_file, _source_row")
        return found


@pytest.fixture
def drop(bench: Any) -> Folder:
    return Folder(bench)


@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
@pytest.mark.parametrize("key", [FILE_AND_ROW, ["_source_file", "id"]])
@pytest.mark.parametrize("content", ["id\n1\n", "id\n", ""])
def test_a_shorter_delivery_leaves_no_rows_of_the_longer_one(
    drop: Folder, sync_mode: str, key: list[str], content: str
) -> None:
    options: dict[str, Any] = {**DEDUP, "sync_mode": sync_mode, "primary_key": key}
    (drop.path / "a.csv").write_text("id\n1\n2\n3\n")
    (drop.path / "b.csv").write_text("id\n4\n5\n")
    assert drop.load(**options).is_ok
    kept = drop.bench.query("select _airbyte_raw_id from raw_drop.t where _source_file = 'b.csv' order by 1")
    (drop.path / "a.csv").write_text(content)
    assert drop.load(**options).is_ok
    assert drop.rows("_source_file, id") == [("a.csv", "1")] * content.count("1") + [("b.csv", "4"), ("b.csv", "5")]
    assert kept == drop.bench.query("select _airbyte_raw_id from raw_drop.t where _source_file = 'b.csv' order by 1")


def test_a_file_that_is_gone_or_broken_keeps_its_rows(drop: Folder) -> None:
    (drop.path / "a.csv").write_text("id,x\n1,a\n2,b\n")
    (drop.path / "b.csv").write_text("id,x\n3,c\n")
    assert drop.load(**DEDUP).is_ok
    (drop.path / "b.csv").unlink()
    (drop.path / "a.csv").write_text("id,x\n1,a\n2")
    assert not drop.load(**DEDUP).is_ok
    assert drop.rows("id") == [("1",), ("2",), ("3",)]


def test_a_key_without_the_file_keeps_what_another_file_may_have_brought(drop: Folder) -> None:
    (drop.path / "a.csv").write_text("id,x\n1,a\n2,a\n")
    assert drop.load(**{**DEDUP, "primary_key": ["id"]}).is_ok
    (drop.path / "a.csv").write_text("id,x\n1,b\n")
    assert drop.load(**{**DEDUP, "primary_key": ["id"]}).is_ok
    assert drop.rows("id, x") == [("1", "b"), ("2", "a")]


def test_what_was_detected_is_a_warning_of_the_report(drop: Folder) -> None:
    (drop.path / "a.csv").write_bytes("id;name\n1;Zoë\n".encode("cp1252"))
    report = drop.load()
    assert report.is_ok
    assert [sentence.split(": ", 1)[1] for sentence in report.streams[0].warnings] == [
        "file 'a.csv': read as Windows-1252, since line 2 (byte 0xeb) is not UTF-8; "
        "if wrong, set options: {encoding: …}",
        "file 'a.csv': read as CSV with fields separated by semicolon",
    ]
    (drop.path / "b.csv").write_text("id;name\n1;Zoë\n2\n")
    failed = drop.load().streams[0]
    assert failed.status == "failed"
    assert "row 2: 1 fields where the header has 2 (line 3)" in str(failed.error)
    assert failed.warnings


def test_options_are_checked(drop: Folder) -> None:
    (drop.path / "a.csv").write_text("id;name\n1;x\n")
    assert "delimeter" in drop.load(options={"delimeter": ";"}).errors[0]
    assert (
        "options mean nothing for format parquet: delimiter"
        in drop.load("parquet", options={"delimiter": ";"}).errors[0]
    )
    assert "encoding 'utf-9' is not known" in drop.load(options={"encoding": "utf-9"}).errors[0]
    assert drop.load(options={"delimiter": ";"}).streams[0].warnings == ()


def test_null_and_empty_text_stay_apart(drop: Folder) -> None:
    (drop.path / "a.csv").write_text('a,b\n"",\n,""\n')
    assert drop.load().is_ok
    assert drop.rows("a, b") == [("", None), (None, "")]


def test_json_numbers_keep_their_digits(drop: Folder) -> None:
    long = "0.12345678901234567891"
    lines = [
        f'{{"id": 9007199254740993, "mixed": 9007199254740993, "long": {long}, "o": {{"n": [{long}, {2**70}]}}}}',
        '{"id": 9007199254740992, "mixed": 0.5, "long": 1, "o": {"n": 12345678901234567.89}}',
    ]
    (drop.path / "a.jsonl").write_text("\n".join(lines))
    assert drop.load("jsonl", **DEDUP).is_ok
    assert drop.rows("id, mixed, long") == [
        (9007199254740993, Decimal("9007199254740993.0"), Decimal(long)),
        (9007199254740992, Decimal("0.5"), Decimal(1)),
    ]
    nested = [json.loads(text, parse_float=Decimal)["n"] for (text,) in drop.rows("o::varchar")]
    assert nested == [[Decimal(long), 2**70], Decimal("12345678901234567.89")]


def test_unsigned_ids_stay_apart_as_keys(drop: Folder) -> None:
    ids = [2**64 - 1, 2**64 - 2, 5]
    parquet.write_table(pa.table({"id": pa.array(ids, pa.uint64())}), drop.path / "a.parquet")
    assert drop.load("parquet", **{**DEDUP, "primary_key": ["id"]}).is_ok
    assert sorted(int(row[0]) for row in drop.rows("id")) == sorted(ids)


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_day_and_an_instant_in_one_column(drop: Folder, is_turned: bool) -> None:
    arrays = [pa.array([date(2013, 3, 1)]), pa.array([datetime(2013, 3, 2, 5, 6)])]
    for number, array in enumerate(reversed(arrays) if is_turned else arrays):
        parquet.write_table(pa.table({"at": array}), drop.path / f"{number}.parquet")
        assert drop.load("parquet", **DEDUP).is_ok
    assert sorted(drop.rows('"at"')) == [(datetime(2013, 3, 1),), (datetime(2013, 3, 2, 5, 6),)]


def test_instants_of_any_year(drop: Folder) -> None:
    days = pa.array([-735_160, 3_000_000], pa.int32()).cast(pa.date32())
    micros = pa.array([-(63_500_000_000 * 10**6), 3 * 10**17], pa.timestamp("us", "UTC"))
    parquet.write_table(pa.table({"day": days, "at": micros}), drop.path / "a.parquet")
    assert drop.load("parquet").is_ok
    assert drop.rows('"day"::varchar, epoch("at")') == [
        ("0044-03-15 (BC)", -63_500_000_000.0),
        ("10183-09-21", 300_000_000_000.0),
    ]


def test_a_column_that_turns_null_keeps_its_type(drop: Folder) -> None:
    (drop.path / "a.jsonl").write_text('{"id": 1, "x": 5}\n')
    assert drop.load("jsonl", **DEDUP).is_ok
    (drop.path / "a.jsonl").unlink()
    (drop.path / "b.jsonl").write_text('{"id": 2, "x": null}\n')
    assert drop.load("jsonl", **DEDUP).is_ok
    assert drop.rows("x, typeof(x)") == [(5, "BIGINT"), (None, "BIGINT")]


def test_deep_json_arrives(drop: Folder) -> None:
    deep = "[" * 2000 + "1" + "]" * 2000
    (drop.path / "a.jsonl").write_text(f'{{"id": 1, "deep": {deep}}}\n')
    report = drop.load("jsonl")
    assert report.is_ok, report.errors
    assert drop.rows("deep::varchar") == [(deep,)]


def test_fields_of_many_megabytes_arrive(drop: Folder) -> None:
    (drop.path / "a.csv").write_text("id,x\n" + "".join(f"{n},{'y' * 18_000_000}\n" for n in range(4)))
    report = drop.load()
    assert report.is_ok, report.errors
    assert drop.rows("length(x)") == [(18_000_000,)] * 4


def test_columns_of_the_loader_itself(drop: Folder) -> None:
    (drop.path / "a.csv").write_text("_airbyte_raw_id,_AIRBYTE_META,_source_row,Id,id\na,b,c,d,e\n")
    report = drop.load()
    assert report.is_ok, report.errors
    columns = "_airbyte_raw_id_2, _airbyte_meta_2, _source_row_2, Id, id_2"
    assert drop.rows(columns) == [("a", "b", "c", "d", "e")]


def test_zero_bytes_then_rows(drop: Folder) -> None:
    (drop.path / "a.csv").write_bytes(b"")
    first = drop.load(**DEDUP)
    assert first.is_ok
    assert "holds no header and no rows" in first.streams[0].warnings[0]
    (drop.path / "a.csv").write_text("id\n1\n")
    assert drop.load(**DEDUP).is_ok
    assert drop.rows("id") == [("1",)]
