import gzip
import json
import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pyarrow import parquet

from sources.connectors.files import FilesSource
from sources.connectors.messages import stream_state


def _config(folder: Path, pattern: str, file_format: str) -> dict[str, Any]:
    return {"directory": str(folder), "streams": [{"name": "s", "pattern": pattern, "format": file_format}]}


def _content(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in record.items() if not name.startswith("_source")} for record in records]


def test_csv_is_text_with_quotes_line_breaks_and_messy_names(tmp_path: Path, now: datetime, reader: Any) -> None:
    text = '\ufeff IATA Code ,name,,name\r\nJFK,"Kennedy, ""John""\nF.",007,\r\n\r\nEWR,"",1.50,ü\r\n'
    (tmp_path / "air ports (1).csv").write_text(text, encoding="utf-8", newline="")
    records = reader.records(FilesSource(now), _config(tmp_path, "air*.csv", "csv"), "s")
    assert records == [
        {
            "IATA Code": "JFK",
            "name": 'Kennedy, "John"\nF.',
            "column_3": "007",
            "name_2": None,
            "_source_file": "air ports (1).csv",
            "_source_row": 1,
        },
        {
            "IATA Code": "EWR",
            "name": "",
            "column_3": "1.50",
            "name_2": "ü",
            "_source_file": "air ports (1).csv",
            "_source_row": 2,
        },
    ]


def test_columns_of_all_files_are_known(tmp_path: Path, now: datetime, reader: Any) -> None:
    (tmp_path / "a_1.csv").write_text("id,name\n1,x\n")
    (tmp_path / "a_2.csv").write_text("id,country\n2,DE\n")
    stream = reader.discover(FilesSource(now), _config(tmp_path, "a_*.csv", "csv"))["s"]
    assert list(stream.json_schema["properties"]) == ["id", "name", "country", "_source_file", "_source_row"]


def test_json_lines_get_the_narrowest_type(tmp_path: Path, now: datetime, reader: Any) -> None:
    rows: list[dict[str, Any]] = [
        {"i": 1, "n": 1, "mixed": 1, "b": True, "o": {"x": 1}, "a": [1], "huge": 2**70, "none": None},
        {"i": None, "n": 1.5, "mixed": "x", "b": False, "late": "2013-03-01"},
    ]
    with gzip.open(tmp_path / "planes_1.jsonl.gz", "wt") as file:
        file.write("\n".join(json.dumps(row) for row in rows))
    config = _config(tmp_path, "planes_*.jsonl.gz", "jsonl")
    properties = reader.discover(FilesSource(now), config)["s"].json_schema["properties"]
    kinds = {name: schema["type"][1] for name, schema in properties.items() if not name.startswith("_")}
    assert kinds == {
        "i": "integer",
        "n": "number",
        "mixed": "string",
        "b": "boolean",
        "o": "object",
        "a": "array",
        "huge": "string",
        "none": "string",
        "late": "string",
    }
    every_field: dict[str, Any] = dict.fromkeys(kinds)
    assert _content(reader.records(FilesSource(now), config, "s")) == [every_field | row for row in rows]


def test_parquet_and_zstandard(tmp_path: Path, now: datetime, reader: Any) -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "day": [date(2013, 3, 1), None],
            "tags": [["a"], None],
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    with pa.CompressedOutputStream(str(tmp_path / "t.csv.zst"), "zstd") as file:
        file.write("id,name\n1,ü\n2,\n".encode())
    config = _config(tmp_path, "t.parquet", "parquet")
    assert _content(reader.records(FilesSource(now), config, "s")) == [
        {"id": 1, "price": "1.50", "day": "2013-03-01", "tags": ["a"]},
        {"id": 2, "price": None, "day": None, "tags": None},
    ]
    properties = reader.discover(FilesSource(now), config)["s"].json_schema["properties"]
    assert properties["price"] == {"type": ["null", "string"], "airbyte_type": "decimal", "precision": 10, "scale": 2}
    config = _config(tmp_path, "*.zst", "csv")
    assert _content(reader.records(FilesSource(now), config, "s")) == [
        {"id": "1", "name": "ü"},
        {"id": "2", "name": None},
    ]


def test_incremental_reads_new_and_changed_files_only(tmp_path: Path, now: datetime, reader: Any) -> None:
    config = _config(tmp_path, "a_*.csv", "csv")
    (tmp_path / "a_1.csv").write_text("id\n1\n")
    (tmp_path / "a_2.csv").write_text("id\n2\n")
    states = reader.states(FilesSource(now), config, "s", sync_mode="incremental")
    assert [list(state["files"]) for state in states] == [["a_1.csv"], ["a_1.csv", "a_2.csv"]]
    options = {"sync_mode": "incremental", "states": [stream_state("s", states[-1])]}
    assert reader.records(FilesSource(now), config, "s", **options) == []
    (tmp_path / "a_1.csv").write_text("id\n9\n")
    (tmp_path / "a_3.csv").write_text("id\n3\n")
    assert _content(reader.records(FilesSource(now), config, "s", **options)) == [{"id": "9"}, {"id": "3"}]
    assert len(reader.records(FilesSource(now), config, "s", states=options["states"])) == 3, "full refresh reads all"


def _truncated_gzip(path: Path) -> None:
    # Incompressible, so that many rows can be read before the end is missing.
    draws = random.Random(0)
    rows = (json.dumps({"id": n, "x": draws.random()}) for n in range(5000))
    path.write_bytes(gzip.compress("\n".join(rows).encode())[:-5000])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.csv", b"id,name\n1,a\n2\n", r"file 'x.csv', row 2: 1 fields where the header has 2 \(line 3\)"),
        ("x.csv", b'id,name\n1,a\n2,"b', r"file 'x.csv', row 2: not valid CSV"),
        ("x.csv", b"id\n1\n\xff\n", r"file 'x.csv', .*not UTF-8"),
        ("x.csv.gz", b"not gzip at all", r"file 'x.csv.gz', start of the file: truncated or broken compression"),
        ("x.csv.gz", gzip.compress(b"id\n1\n2\n", mtime=0)[:-6], r"file 'x.csv.gz', .*truncated or broken compression"),
        ("x.jsonl", b'{"id": 1}\n{"id": 2', r"file 'x.jsonl', row 2: not valid JSON"),
        ("x.jsonl", b'{"id": 1}\n[2]\n', r"file 'x.jsonl', row 2: not a JSON object"),
        ("x.jsonl.zst", b"nonsense", r"file 'x.jsonl.zst', start of the file: truncated or broken compression"),
        ("x.parquet", b"PAR1 and then nothing", r"file 'x.parquet', start of the file: cannot be read"),
    ],
)
def test_broken_file_names_file_and_row(
    tmp_path: Path, now: datetime, reader: Any, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AirbyteTracedException, match=f"{reason}.*Nothing of this file was kept"):
        reader.records(FilesSource(now), _config(tmp_path, "x.*", name.split(".")[1]), "s", sync_mode="incremental")


def test_file_cut_in_the_middle_sends_no_checkpoint(tmp_path: Path, now: datetime, reader: Any) -> None:
    _truncated_gzip(tmp_path / "x.jsonl.gz")
    messages = reader.messages(FilesSource(now), _config(tmp_path, "x.*", "jsonl"), "s", sync_mode="incremental")
    seen = []
    with pytest.raises(AirbyteTracedException, match=r"row \d{3,4}: "):
        seen.extend(messages)
    assert not any(message.state for message in seen)


def test_no_file_says_what_is_there(tmp_path: Path, now: datetime, reader: Any) -> None:
    (tmp_path / "other.txt").write_text("x")
    with pytest.raises(AirbyteTracedException, match=r"no file in .* matches pattern 'x_\*.csv'. There is: other.txt"):
        reader.records(FilesSource(now), _config(tmp_path, "x_*.csv", "csv"), "s")


def test_patterns_and_links_stay_inside(tmp_path: Path, now: datetime, reader: Any) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("id\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(Exception, match="must stay inside the folder"):
        reader.discover(FilesSource(now), _config(inside, "../*.csv", "csv"))
    with pytest.raises(AirbyteTracedException, match="no file in"):
        reader.records(FilesSource(now), _config(inside, "*.csv", "csv"), "s")
