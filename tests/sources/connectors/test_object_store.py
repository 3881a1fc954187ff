"""The object store's connector against a real server of the S3 protocol."""

import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pyarrow import parquet

from sources.connectors.errors import ConnectorError
from sources.connectors.glob_pattern import compiled, literal_start
from sources.connectors.messages import stream_state
from sources.connectors.object_store import ObjectStoreSource
from sources.connectors.object_store_client import ObjectStoreClient, StoredObject
from sources.systems.object_store.store import NewObject, ObjectStore
from tests.helpers.object_stores import FIRST_DAY, config, new_store, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    store = new_store(tmp_path)
    yield store
    store.stop()


def stream(pattern: str, file_format: str = "csv", **options: Any) -> dict[str, Any]:
    return {"name": "s", "pattern": pattern, "format": file_format, "options": options}


def content(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in record.items() if not name.startswith("_source")} for record in records]


def test_rows_carry_their_key_and_come_in_the_order_of_delivery(store: ObjectStore, now: datetime, reader: Any) -> None:
    put(store, {"in/2013-03-02/a.csv": "id\n2\n", "in/2013-03-01/a.csv": "id\n1\n0\n", "out/a.csv": "id\n9\n"})
    records = reader.records(ObjectStoreSource(now), config(store, stream("*/a.csv"), prefix="in"), "s")
    assert records == [
        {"id": "2", "_source_file": "in/2013-03-02/a.csv", "_source_row": 1},
        {"id": "1", "_source_file": "in/2013-03-01/a.csv", "_source_row": 1},
        {"id": "0", "_source_file": "in/2013-03-01/a.csv", "_source_row": 2},
    ]


def test_values_are_exact_in_every_format(store: ObjectStore, now: datetime, reader: Any) -> None:
    buffer = io.BytesIO()
    price = pa.array([Decimal("12345678901234567890.12"), None], pa.decimal128(30, 2))
    parquet.write_table(pa.table({"id": [2**63 - 1, 1], "price": price}), buffer)
    rows = '{"id": 9223372036854775807, "price": 12345678901234567890.12}\n{"id": 1, "price": null}\n'
    lines = pa.compress(rows.encode(), "zstd", asbytes=True)
    put(store, {"a.parquet": buffer.getvalue(), "a.jsonl.gz": gzip.compress(rows.encode()), "a.jsonl.zst": lines})
    for pattern, file_format in [("*.parquet", "parquet"), ("*.gz", "jsonl"), ("*.zst", "jsonl")]:
        source = ObjectStoreSource(now)
        records = content(reader.records(source, config(store, stream(pattern, file_format)), "s"))
        assert [record["id"] for record in records] == [2**63 - 1, 1]
        assert [str(record["price"]) for record in records] == ["12345678901234567890.12", "None"]


def test_only_new_and_changed_objects_are_read(store: ObjectStore, now: datetime, reader: Any) -> None:
    first = [NewObject(f"{day}.csv", f"id\n{day}\n".encode(), FIRST_DAY + timedelta(days=day)) for day in (1, 2, 3)]
    store.show(first)
    settings = config(store, stream("*.csv"))
    states = reader.states(ObjectStoreSource(now), settings, "s", "incremental")
    assert [sorted(state["files"]) for state in states] == [
        ["1.csv"],
        ["1.csv", "2.csv"],
        ["1.csv", "2.csv", "3.csv"],
    ]
    late = FIRST_DAY + timedelta(days=9)
    same_bytes = NewObject("1.csv", b"id\n1\n", late)
    other_bytes = NewObject("2.csv", b"id,name\r\n2,x\r\n", late)
    store.show([*first, same_bytes, other_bytes, NewObject("4.csv", b"ID\n4\n", late - timedelta(days=1))])
    source = ObjectStoreSource(now, {"s": states[-1]})
    known = [stream_state("s", states[-1])]
    records = content(reader.records(source, settings, "s", "incremental", states=known))
    assert [{key: value for key, value in record.items() if value} for record in records] == [
        {"id": "4"},
        {"id": "2", "name": "x"},
    ]
    again = reader.states(source, settings, "s", "incremental", states=known)[-1]
    assert list(again["properties"]) == ["id", "name"]
    source = ObjectStoreSource(now, {"s": again})
    assert reader.records(source, settings, "s", "incremental", states=[stream_state("s", again)]) == []


def test_a_small_object_is_downloaded_once_and_a_changed_one_again(
    store: ObjectStore, now: datetime, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloaded = []
    download = ObjectStoreClient._download

    def noted(self: ObjectStoreClient, found: StoredObject, path: Path) -> None:
        downloaded.append(found.key)
        download(self, found, path)

    monkeypatch.setattr(ObjectStoreClient, "_download", noted)
    large = '{"id": 3, "text": "' + "x" * 300_000 + '"}\n'
    put(store, {"a.jsonl": '{"id": 1}\n', "b.jsonl": large})
    settings = config(store, stream("*.jsonl", "jsonl"))
    assert [record["id"] for record in reader.records(ObjectStoreSource(now), settings, "s")] == [1, 3]
    assert sorted(downloaded) == ["a.jsonl", "b.jsonl", "b.jsonl"]
    put(store, {"a.jsonl": '{"id": 2}\n', "b.jsonl": large})
    assert [record["id"] for record in reader.records(ObjectStoreSource(now), settings, "s")] == [2, 3]
    assert sorted(downloaded) == ["a.jsonl", "a.jsonl", "b.jsonl", "b.jsonl", "b.jsonl", "b.jsonl"]


def test_the_oldest_small_objects_make_room(
    store: ObjectStore, now: datetime, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.connectors.object_store_client._KEPT_BYTES", 25)
    put(store, {f"{i}.jsonl": f'{{"id": {i}}}\n' for i in range(9)})
    records = reader.records(ObjectStoreSource(now), config(store, stream("*.jsonl", "jsonl")), "s")
    assert [record["id"] for record in records] == list(range(9))


def test_failures_at_first_are_outlived(store: ObjectStore, now: datetime, reader: Any) -> None:
    put(store, {"a.csv": "id\n1\n"}, n_failures=2)
    assert content(reader.records(ObjectStoreSource(now), config(store, stream("a.csv")), "s")) == [{"id": "1"}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bucket": "other"}, "bucket 'other' at .*: there is no such bucket; check config.bucket"),
        ({"secret_access_key": "wrong"}, "the secret key is wrong; check config.secret_access_key"),
        ({"access_key_id": "AKIA"}, "the access key is not known; check config.access_key_id"),
        ({"access_key_id": ""}, "belong together"),
        ({"endpoint_url": "nonsense"}, "settings of bucket 'deliveries' are not valid"),
    ],
)
def test_what_is_wrong_is_said(
    store: ObjectStore, now: datetime, reader: Any, changes: dict[str, Any], words: str
) -> None:
    put(store, {"a.csv": "id\n1\n"})
    with pytest.raises(ConnectorError, match=words):
        reader.discover(ObjectStoreSource(now), config(store, stream("a.csv"), **changes))


def test_a_pattern_without_objects_names_some_keys(store: ObjectStore, now: datetime, reader: Any) -> None:
    put(store, {"in/a.csv": "id\n1\n"})
    with pytest.raises(AirbyteTracedException, match=r"matches 'in/\*.json'. There is: in/a.csv"):
        reader.records(ObjectStoreSource(now), config(store, stream("*.json"), prefix="in/"), "s")


def test_a_truncated_object_is_an_error_with_its_place(store: ObjectStore, now: datetime, reader: Any) -> None:
    put(store, {"a.csv": "id,name\n1,x\n", "b.csv.gz": gzip.compress(b"id,name\n2,y\n" * 999)[:-20]})
    with pytest.raises(AirbyteTracedException, match=r"file 'b.csv.gz'.*truncated"):
        reader.records(ObjectStoreSource(now), config(store, stream("*")), "s")


def test_markers_and_folders_are_no_deliveries(store: ObjectStore, now: datetime, reader: Any) -> None:
    put(store, {"d/": "", "d/_SUCCESS": "", "d/.hidden": "x", "d/part-0.csv": "id\n1\n"})
    assert len(reader.records(ObjectStoreSource(now), config(store, stream("d/*")), "s")) == 1


def test_strange_keys_stay_in_their_folder(store: ObjectStore, now: datetime, reader: Any) -> None:
    put(store, {"a/..": "id\n1\n", "a/" + "ü" * 300 + ".csv": "id\n2\n", "a/\n.csv": "id\n3\n"})
    keys = {
        record["_source_file"]
        for record in reader.records(ObjectStoreSource(now), config(store, stream("a/[!z]*")), "s")
    }
    assert keys == {"a/" + "ü" * 300 + ".csv", "a/\n.csv"}


PATTERNS = ["*.csv", "a/*.csv", "**/*.csv", "a/**/x.csv", "a/b?.csv", "a/[bc]*", "a/[!b]*", "a/**", "a.csv", "a*/b*"]
KEYS = ["a.csv", "a/b.csv", "a/c.csv", "a/b/x.csv", "a/x.csv", "a/b1.csv", "ab/b.csv", "a/b/c/x.csv", "x/a.csv"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_mean_what_they_mean_in_a_folder(tmp_path: Path, pattern: str) -> None:
    for key in KEYS:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_text("")
    in_folder = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob(pattern) if path.is_file()}
    if pattern == "a/**":  # of a folder, such a pattern gives the folders alone
        in_folder = {key for key in KEYS if key.startswith("a/")}
    assert {key for key in KEYS if compiled(pattern).fullmatch(key)} == in_folder
    assert all(key.startswith(literal_start(pattern)) for key in in_folder)


@pytest.mark.slow
def test_json_of_many_small_objects(store: ObjectStore, now: datetime, reader: Any) -> None:
    at = datetime(2013, 3, 1, tzinfo=UTC)
    store.show([NewObject(f"n/{i:04}.jsonl", json.dumps({"i": i}).encode(), at) for i in range(300)])
    records = reader.records(ObjectStoreSource(now), config(store, stream("n/*.jsonl", "jsonl")), "s")
    assert [record["i"] for record in records] == list(range(300))
