"""Parquet files: every type, with every digit; a column whose type differs between files has one that holds both."""
# ruff: noqa: DTZ001 - files hold instants without a zone

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pyarrow import parquet

DAY_US = 86_400 * 10**6
NAIVE = {"format": "date-time", "airbyte_type": "timestamp_without_timezone"}
AWARE = {"format": "date-time", "airbyte_type": "timestamp_with_timezone"}


def _write(folder: Any, name: str, **columns: Any) -> None:
    parquet.write_table(pa.table(columns), Path(folder.folder) / name)


def _decimal(precision: int, scale: int) -> dict[str, Any]:
    return {"airbyte_type": "decimal", "precision": precision, "scale": scale}


@pytest.mark.parametrize(
    ("array", "wanted", "extra"),
    [
        (pa.array([2**64 - 1, 0, None], pa.uint64()), ["18446744073709551615", "0", None], _decimal(20, 0)),
        (pa.array([2**32 - 1], pa.uint32()), [2**32 - 1], {}),
        (pa.array([Decimal("-1.50"), None], pa.decimal128(10, 2)), ["-1.50", None], _decimal(10, 2)),
        (pa.array([Decimal(10**50)], pa.decimal256(60, 0)), [str(10**50)], {}),
        (pa.array([0.1, None], pa.float32()), [0.1, None], {}),
        (pa.array([date(2013, 3, 1), None]), ["2013-03-01", None], {"format": "date"}),
        (pa.array([datetime(2013, 3, 1, 1, 2, 3, 450000)]), ["2013-03-01T01:02:03.450000"], NAIVE),
        (pa.array([0, None], pa.timestamp("ms", "Europe/Berlin")), ["1970-01-01T00:00:00+00:00", None], AWARE),
        (pa.array([10**17], pa.timestamp("us")), ["5138-11-16T09:46:40"], NAIVE),
        (pa.array([3 * 10**17], pa.timestamp("us")), ["11476-08-15T05:20:00"], NAIVE),
        (pa.array([-719_528 * DAY_US], pa.timestamp("us")), ["0001-01-01 (BC) 00:00:00"], NAIVE),
        (pa.array([-719_528 * DAY_US], pa.timestamp("us", "UTC")), ["0001-01-01 (BC) 00:00:00+00:00"], AWARE),
        (pa.array([-735_160], pa.int32()).cast(pa.date32()), ["0044-03-15 (BC)"], {"format": "date"}),
        (pa.array([3_000_000], pa.int32()).cast(pa.date32()), ["10183-09-21"], {"format": "date"}),
        (pa.array([2**63 - 1, -(2**63) + 1], pa.timestamp("us")), ["infinity", "-infinity"], NAIVE),
        (pa.array([10**9 + 1], pa.timestamp("ns")), ["1970-01-01T00:00:01.000000001"], {}),
        (pa.array([10**9], pa.timestamp("ns")), ["1970-01-01T00:00:01"], NAIVE),
        (pa.array([b"\x00\xff"]), ["00ff"], {}),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"], {}),
        (pa.array([None, None], pa.null()), [None, None], {}),
        (pa.array([uuid.UUID(int=1).bytes], pa.uuid()), [str(uuid.UUID(int=1))], {}),
    ],
)
def test_scalars(folder: Any, array: pa.Array, wanted: list[Any], extra: dict[str, Any]) -> None:
    _write(folder, "a.parquet", x=array)
    assert [row["x"] for row in folder.rows("parquet")] == wanted
    kind = (
        "string"
        if wanted[0] is None or isinstance(wanted[0], str)
        else "integer"
        if type(wanted[0]) is int
        else "number"
    )
    assert folder.properties("parquet")["x"] == {"type": ["null", kind], **extra}


NESTED = pa.struct(
    [
        ("price", pa.decimal128(38, 20)),
        ("money", pa.decimal128(10, 2)),
        ("at", pa.timestamp("us")),
        ("clock", pa.time64("us")),
        ("tags", pa.map_(pa.string(), pa.int64())),
        ("days", pa.list_(pa.date32())),
    ]
)


def test_structs_keep_numbers_and_times(folder: Any) -> None:
    value = {
        "price": Decimal("123456789012345678.12345678901234567891"),
        "money": Decimal("1.50"),
        "at": datetime(2013, 3, 1),
        "clock": time(1, 2, 3),
        "tags": [("a", 2**60 + 1)],
        "days": [date(2013, 3, 1), None],
    }
    _write(folder, "a.parquet", x=pa.array([value, None, {}], NESTED))
    found = [row["x"] for row in folder.rows("parquet")]
    assert found[0] == {
        "price": value["price"],
        "money": 1.5,
        "at": "2013-03-01T00:00:00",
        "clock": "01:02:03.000000",
        "tags": {"a": 2**60 + 1},
        "days": ["2013-03-01", None],
    }
    assert found[1:] == [None, dict.fromkeys(value)]


def test_maps(folder: Any) -> None:
    texts = pa.array([[("a", Decimal("1.25")), ("b", None)], None, []], pa.map_(pa.string(), pa.decimal128(5, 2)))
    numbers = pa.array([[(1, "x")], [], None], pa.map_(pa.int64(), pa.string()))
    doubled = pa.array([[("a", 1), ("a", 2)], [("a", 1)], None], pa.map_(pa.string(), pa.int64()))
    _write(folder, "a.parquet", texts=texts, numbers=numbers, doubled=doubled)
    rows = folder.rows("parquet")
    assert [row["texts"] for row in rows] == [{"a": 1.25, "b": None}, None, {}]
    assert [row["numbers"] for row in rows] == [[{"key": 1, "value": "x"}], [], None]
    assert [row["doubled"] for row in rows] == [[{"key": "a", "value": 1}, {"key": "a", "value": 2}], {"a": 1}, None]


@pytest.mark.parametrize(
    ("first", "second", "wanted", "values"),
    [
        (
            pa.array([date(2013, 3, 1)]),
            pa.array([datetime(2013, 3, 2, 5)]),
            NAIVE,
            ["2013-03-01", "2013-03-02T05:00:00"],
        ),
        (pa.array([1]), pa.array([0.5]), {"type": ["null", "number"]}, [1, 0.5]),
        (pa.array([2**53 + 1]), pa.array([0.5]), {}, ["9007199254740993", "0.5"]),
        (pa.array([1]), pa.array([Decimal("1.25")]), _decimal(21, 2), ["1", "1.25"]),
        (pa.array([Decimal("1.25")]), pa.array([Decimal("0.12345")]), _decimal(6, 5), ["1.25", "0.12345"]),
        (pa.array([1]), pa.array(["x"]), {}, ["1", "x"]),
        (pa.array([True]), pa.array([1]), {}, ["true", "1"]),
        (pa.array([None], pa.null()), pa.array([1]), {"type": ["null", "integer"]}, [None, 1]),
        (pa.array([1], pa.int32()), pa.array([2**40]), {"type": ["null", "integer"]}, [1, 2**40]),
        (pa.array([2**64 - 1], pa.uint64()), pa.array([-1]), _decimal(20, 0), ["18446744073709551615", "-1"]),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_types_that_differ_between_files(
    folder: Any, first: pa.Array, second: pa.Array, wanted: dict[str, Any], values: list[Any], is_turned: bool
) -> None:
    _write(folder, "b.parquet" if is_turned else "a.parquet", x=first)
    _write(folder, "a.parquet" if is_turned else "b.parquet", x=second)
    assert folder.properties("parquet")["x"] == {"type": ["null", "string"], **wanted}
    found = [row["x"] for row in folder.rows("parquet")]
    assert found == (values[::-1] if is_turned else values)


def test_type_of_three_files_does_not_depend_on_their_order(folder: Any) -> None:
    arrays = [pa.array([1]), pa.array([Decimal("1.25")]), pa.array([0.5])]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        for place, number in enumerate(order):
            _write(folder, f"{place}.parquet", x=arrays[number])
        assert folder.properties("parquet")["x"] == {"type": ["null", "number"]}


def test_nanoseconds_become_text_and_not_less(folder: Any) -> None:
    _write(folder, "a.parquet", x=pa.array([timedelta(days=1)]), y=pa.array([1], pa.timestamp("ns")))
    assert folder.rows("parquet") == [{"x": "1 day, 0:00:00", "y": "1970-01-01T00:00:00.000000001"}]


def test_parts_beside_a_marker(folder: Any) -> None:
    (folder.folder / "out").mkdir()
    _write(folder, "out/part-0.parquet", x=pa.array([1]))
    _write(folder, "out/_metadata", x=pa.array([], pa.int64()))
    folder.write("out/_SUCCESS", b"")
    assert folder.rows("parquet", "out/*") == [{"x": 1}]


def test_wide_rows_come_in_small_batches(folder: Any) -> None:
    _write(folder, "a.parquet", x=pa.array([f"{number}" * 1_000_000 for number in range(60)]))
    assert [len(row["x"]) for row in folder.rows("parquet")] == [1_000_000] * 10 + [2_000_000] * 50


def test_a_file_cut_in_its_data_is_an_error(folder: Any) -> None:
    _write(folder, "a.parquet", x=pa.array(range(100_000)))
    content = bytearray((folder.folder / "a.parquet").read_bytes())
    content[1000:2000] = b"\xff" * 1000
    folder.write("a.parquet", bytes(content))
    with pytest.raises(AirbyteTracedException, match=r"file 'a.parquet', .*cannot be read"):
        folder.rows("parquet")
