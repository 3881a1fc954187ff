"""JSON files: lines, arrays and pretty-printed objects, with every digit, however deep."""

import json
from decimal import Decimal
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.file_reading import json_file

ROWS = [{"id": 1, "o": {"x": [1, "a"]}}, {"id": 2, "o": None}]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, ROWS)),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\n".join(json.dumps(row, indent=4) for row in ROWS),
        "  \n\n" + json.dumps(ROWS, indent=2) + "\n\n",
        "".join(json.dumps(row, indent=1) for row in ROWS),
    ],
)
@pytest.mark.parametrize("file_format", ["json", "jsonl"])
def test_lines_arrays_and_pretty_objects(folder: Any, text: str, file_format: str) -> None:
    folder.write("a.json", text)
    assert folder.rows(file_format) == ROWS
    assert list(folder.properties(file_format)) == ["id", "o"]


def test_records_inside_of_a_document(folder: Any) -> None:
    folder.write("a.json", json.dumps({"meta": {"n": 2}, "result": {"items": ROWS}}, indent=1))
    assert folder.rows("json", record_path=["result", "items"]) == ROWS
    with pytest.raises(AirbyteTracedException, match=r"no list at options.record_path 'result.records'"):
        folder.rows("json", record_path=["result", "records"])
    folder.write("a.json", json.dumps({"result": {"items": []}}))
    assert folder.rows("json", record_path=["result", "items"]) == []


NUMBERS = {
    "big": 2**63 + 1,
    "long": Decimal("0.12345678901234567891"),
    "money": Decimal("12345678901234567.89"),
    "plain": 0.1,
    "whole": 1.0,
    "tiny": 1e-300,
    "huge": Decimal("1E+400"),
}


@pytest.mark.parametrize("is_array", [False, True])
def test_numbers_keep_their_digits(folder: Any, is_array: bool) -> None:
    text = ", ".join(f'"{name}": {number}' for name, number in NUMBERS.items())
    row = f'{{{text}, "nested": {{"list": [{NUMBERS["long"]}, {2**70}]}}}}'
    folder.write("a.json", f"[{row}]" if is_array else row)
    found = folder.rows("json")[0]
    assert found.pop("nested") == {"list": [NUMBERS["long"], 2**70]}
    assert found == NUMBERS
    assert {name: type(value) for name, value in found.items()} == {n: type(v) for n, v in NUMBERS.items()}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1, None, -5], {"type": ["null", "integer"]}),
        ([1, 2.5], {"type": ["null", "number"]}),
        ([2**53 + 1, 2.5], {"precision": 17, "scale": 1}),
        ([2**63], {"precision": 19, "scale": 0}),
        ([-(2**63)], {"type": ["null", "integer"]}),
        ([10**40], {"type": ["null", "string"]}),
        ([2**53 + 1, 1e300], {"type": ["null", "string"]}),
        ([Decimal("1.00000000000000000001"), 3], {"precision": 21, "scale": 20}),
        ([1, "a"], {"type": ["null", "string"]}),
        ([True, 1], {"type": ["null", "string"]}),
        ([{}, []], {"type": ["null", "object", "array"]}),
        ([None], {"type": ["null", "string"]}),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_column_type_holds_every_value_in_any_order(
    folder: Any, values: list[Any], wanted: Any, is_turned: bool
) -> None:
    for number, value in enumerate(reversed(values) if is_turned else values):
        shown = str(value) if isinstance(value, Decimal) else json.dumps(value)
        folder.write(f"a_{number}.jsonl", f'{{"v": {shown}}}\n')
    found = folder.properties("jsonl")["v"]
    if "precision" in wanted:
        wanted = {"type": ["null", "string"], "airbyte_type": "decimal", **wanted}
    assert found == wanted


@pytest.mark.parametrize("is_array", [False, True])
def test_two_thousand_levels(folder: Any, is_array: bool) -> None:
    deep = '{"a":' * 1000 + "[" * 1000 + "1" + "]" * 1000 + "}" * 1000
    row = f'{{"id": 1, "deep": {deep}}}'
    folder.write("a.json", f"[{row}]" if is_array else row)
    found = folder.rows("json")[0]["deep"]
    assert json.dumps(found, separators=(",", ":")) == deep


@pytest.mark.parametrize("is_array", [False, True])
def test_too_many_levels_are_a_sentence(folder: Any, is_array: bool) -> None:
    row = f'{{"deep": {"[" * 100_000}{"]" * 100_000}}}'
    folder.write("a.json", f"[{row}]" if is_array else row)
    with pytest.raises(AirbyteTracedException, match=r"file 'a.json', row 1: .*more than 5,000 levels"):
        folder.rows("json")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": 1}\n{"id": 2', r"row 2: not valid JSON .*line 2"),
        ('{"id": 1}\n\n\n{"id" 2}\n', r"row 2: not valid JSON .*line 4"),
        ('[{"id": 1}, {"id": 2}', r"row 3: not valid JSON"),
        ('[{"id": 1}, {"id": 2', r"row 2: not valid JSON"),
        ('{\n  "id": 1,\n', r"row 1: not valid JSON"),
        ('{"id": 1}\n[2]\n', r"row 2: not a JSON object"),
        ("[1, 2]", r"row 1: not a JSON object"),
        ("id,name\n1,a\n", r"row 1: not valid JSON"),
    ],
)
def test_broken_json(folder: Any, text: str, reason: str) -> None:
    folder.write("a.json", text)
    with pytest.raises(AirbyteTracedException, match=f"file 'a.json', {reason}"):
        folder.rows("json")


def test_keys_that_differ_in_case(folder: Any) -> None:
    folder.write("a_1.jsonl", '{"Id": 1, "name": "a"}\n{"name": "b", "ID": 2}\n')
    folder.write("a_2.jsonl", '{"id": 3, "Name": "c"}\n')
    assert list(folder.properties("jsonl")) == ["Id", "name"]
    assert [(row["Id"], row["name"]) for row in folder.rows("jsonl")] == [(1, "a"), (2, "b"), (3, "c")]


def test_two_keys_of_one_object_that_differ_in_case_are_two_columns(folder: Any) -> None:
    folder.write("a.jsonl", '{"Id": 1, "id": 10}\n{"id": 20, "Id": 2}\n{"id": 30}\n{"_source_row": 5}\n')
    assert list(folder.properties("jsonl")) == ["Id", "id_2"]
    rows = folder.rows("jsonl")
    assert rows[:3] == [{"Id": 1, "id_2": 10}, {"id_2": 20, "Id": 2}, {"Id": None, "id_2": 30}]


def test_utf16_json(folder: Any) -> None:
    folder.write("a.jsonl", "\n".join(map(json.dumps, ROWS)).encode("utf-16"))
    folder.write("b.json", json.dumps(ROWS, ensure_ascii=False).encode("utf-16"))
    assert folder.rows("json") == ROWS + ROWS


def test_values_of_many_megabytes(folder: Any) -> None:
    long = "x" * (20 * 1024 * 1024)
    folder.write("a.jsonl", json.dumps({"text": long}) + "\n" + json.dumps({"text": "y"}))
    folder.write("b.json", json.dumps([{"text": long}]))
    assert [len(row["text"]) for row in folder.rows("json")] == [len(long), 1, len(long)]


def test_rows_of_which_each_has_other_keys(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "_MOST_CELLS", 100)
    rows = [{f"key_{n}": n, "shared": None if n % 3 else n / 4} for n in range(100)]
    folder.write("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert list(folder.properties("jsonl")) == ["key_0", "shared", *(f"key_{n}" for n in range(1, 100))]
    found = folder.rows("jsonl")
    assert [{name: row[name] for name in wanted} for row, wanted in zip(found, rows, strict=True)] == rows
    assert all(row.get("key_99") is None for row in found[:99])


def test_one_line_that_needs_care_changes_no_other(folder: Any) -> None:
    lines = ['{"x": 1.5}', "", ' {"x": 0.12345678901234567890} ', '{"x": 2e400}', '{"x": 7}\r', '{"x": null}']
    folder.write("a.jsonl", "\n".join(lines))
    expected = [1.5, Decimal("0.12345678901234567890"), Decimal("2e400"), 7, None]
    assert [row["x"] for row in folder.rows("jsonl")] == expected
