"""Where a mistake in a YAML file is, by line and key."""

from datetime import date
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from benchmark.errors import SpecError
from benchmark.yaml_files import line_of_key, parse_yaml, read_spec, read_text, validate_spec
from benchmark.yaml_guard import check_shape, load_yaml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = Field(default=1, ge=1)
    colour: Literal["red", "blue"] = "red"


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = {}
    folder: str = ""


GOOD = """\
# a comment
title: A whole

parts:
  - name: first
    size: 2
  - {name: second, size: 3}
by_name:
  third:
    name: 3rd

    colour: blue
"""


def read(tmp_path: Path, text: str) -> Whole:
    path = tmp_path / "whole.yaml"
    path.write_text(text)
    return read_spec(path, Whole)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("title: A whole", "title: [1]", "line 2: key 'title': Input should be a valid string"),
        ("size: 2", "size: two", "line 6: key 'parts.0.size': .*valid integer.* \\(got 'two'\\)"),
        ("size: 2", "size: 0", "line 6: key 'parts.0.size': .*greater than or equal to 1 \\(got 0\\)"),
        (
            "size: 2",
            "sise: 2",
            "line 6: key .parts.0.sise. is not known here; did you mean .size.\\? allowed: colour, name",
        ),
        ("name: second, ", "", "line 7: key 'parts.1.name' is missing"),
        ("size: 3", "size: -3", "line 7: key 'parts.1.size'"),
        ("name: 3rd", "colour: red", "line 12: not valid YAML: key 'colour' is given twice"),
        ("colour: blue", "colour: green", "line 12: key 'by_name.third.colour': .*'red' or 'blue' \\(got 'green'\\)"),
        ("name: 3rd", "size: 1", "line 9: key 'by_name.third.name' is missing"),
        ("by_name:", "by_nane:", "line 8: key 'by_nane' is not known"),
        ("parts:", "parts: 3\nother:", "line 4: key 'parts': Input should be a list"),
        ("by_name:", "title: again\nby_name:", "line 8: not valid YAML: key 'title' is given twice"),
    ],
)
def test_a_mistake_is_named_by_line_and_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert read(tmp_path, GOOD).parts[1].size == 3
    assert old in GOOD
    with pytest.raises(SpecError, match=problem) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert str(caught.value).startswith(f"{tmp_path}/whole.yaml: ")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, "parts:\n- {size: 0}\ncolour: red\n")
    lines = [str(problem).partition(":")[0] for problem in caught.value.problems]
    assert lines == ["key 'title' is missing", "line 2", "line 2", "line 3"]


@given(n_before=st.integers(0, 30), n_inside=st.integers(0, 5), at=st.integers(0, 4))
def test_lines_are_counted_over_comments_and_blanks(n_before: int, n_inside: int, at: int) -> None:
    """Whatever stands between them, the line is that of the key itself."""
    lines = ["# c"] * n_before + ["title: x", "parts:"]
    for n in range(5):
        lines += ["", "  # c"] * n_inside + [f"- name: p{n}", f"  size: {'bad' if n == at else n + 1}"]
    text = "\n".join(lines)
    with pytest.raises(SpecError) as caught:
        validate_spec(parse_yaml(text, Path("x")), Whole, Path("x"), text)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"line {lines.index('  size: bad') + 1}: key 'parts.{at}.size'")


def test_a_problem_in_content_without_text_has_a_key_and_no_line() -> None:
    with pytest.raises(SpecError, match=r"^x: key 'parts\.0\.name' is missing$"):
        validate_spec({"title": "x", "parts": [{}]}, Whole, Path("x"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", "line 3: not valid YAML: key 'a' is given twice", id="twice"),
        pytest.param("a:\n  b: 1\n  b: 1\n", "line 3: not valid YAML: key 'b' is given twice", id="twice, deeper"),
        pytest.param("a:\n- {c: 1, c: 2}\n", "line 2: not valid YAML: key 'c' is given twice", id="twice, on a line"),
        pytest.param("1: a\n1: b\n", "line 2: not valid YAML: key '1' is given twice", id="a number twice"),
        pytest.param("a: [1, 2\nb: 3\n", r"line 2: not valid YAML", id="a bracket"),
        pytest.param("a: 1\n\tb: 2\n", "line 2: not valid YAML", id="a tab"),
        pytest.param("a: !!python/object:os.system {}\n", "line 1: not valid YAML", id="a Python object"),
        pytest.param("a: \x07\n", "not valid YAML", id="a control character"),
        pytest.param("a: *b\n", "line 1: not valid YAML", id="an alias of nothing"),
        pytest.param("", "the top level must be a mapping of keys", id="empty"),
        pytest.param("- a\n", "the top level must be a mapping", id="a list"),
        pytest.param("a\n", "the top level must be a mapping", id="a word"),
        pytest.param("a: 1\n---\nb: 2\n", "line 2: not valid YAML", id="two documents"),
    ],
)
def test_what_is_no_mapping_is_refused(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=f"^task.yaml: {says}"):
        parse_yaml(text, Path("task.yaml"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nday: 2024-13-01\n", "line 2: not valid YAML: key 'day': '2024-13-01' is not a valid date .*month"),
        ("a:\n- b: 1\n- b: !!int abc\n", "line 3: not valid YAML: key 'a.1.b': 'abc' is not a valid whole number$"),
        ("a: !!int ''\n", "line 1: not valid YAML: key 'a': '' is not a valid whole number"),
        ("a: !!float x\n", "line 1: not valid YAML: key 'a': 'x' is not a valid number"),
        ("a: !!bool maybe\n", "line 1: not valid YAML: key 'a': 'maybe' is not a valid bool"),
        ("a: !!timestamp soon\n", "line 1: not valid YAML: key 'a': 'soon' is not a valid date or time"),
        ("a: 2024-01-01T25:00:00\n", "line 1: not valid YAML: key 'a': .* is not a valid date or time .*hour"),
        ("a: 2024-01-01T00:00:00+99:00\n", "line 1: not valid YAML: key 'a': .* is not a valid date or time"),
        ("a: !!binary \u00e4\n", "line 1: not valid YAML: key 'a': failed to convert base64"),
        ("2024-13-01: a\n", "line 1: not valid YAML: '2024-13-01' is not a valid date"),
        pytest.param("a: " + "9" * 5000, "line 1: .*'9{40}\\.\\.\\.' is not a valid whole number$", id="5,000 digits"),
        pytest.param("a: ['\ud800']\n", "not valid YAML: a character is half of one", id="half a character"),
    ],
)
def test_a_scalar_that_cannot_be_is_named_by_line_and_key(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=f"^task.yaml: {says}"):
        parse_yaml(text, Path("task.yaml"))


TOO_DEEP = "lists and mappings are nested more than 100 deep"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("a: " + "[" * 100_000, TOO_DEEP, id="100,000 brackets"),
        pytest.param("a: " + "[" * 2_000 + "]" * 2_000, TOO_DEEP, id="brackets that are closed"),
        pytest.param("a: " + "{a: " * 100_000, TOO_DEEP, id="braces"),
        pytest.param("- " * 5_000 + "a", TOO_DEEP, id="dashes"),
        pytest.param("".join(" " * n + "a:\n" for n in range(500)), TOO_DEEP, id="indents"),
        pytest.param(
            "a: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 500)), TOO_DEEP, id="aliases"
        ),
        pytest.param(
            "a: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)),
            "its aliases stand for more than 1,000,000 values",
            id="aliases that grow",
        ),
        pytest.param("a: &a [*a]\n", r"'\*a' stands inside of what it names", id="an alias of itself"),
    ],
)
def test_a_text_that_is_too_deep_or_too_large_is_refused(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=rf"^task.yaml: line \d+: not valid YAML: {says}"):
        parse_yaml(text, Path("task.yaml"))
    assert line_of_key(text, "a") is None


def test_what_people_write_is_not_too_deep() -> None:
    deep = "a: " + "[" * 99 + "]" * 99
    assert list(parse_yaml(deep, Path("x"))) == ["a"]
    assert parse_yaml("a: &a {b: 1}\nc: [*a, *a]\n", Path("x"))["c"] == [{"b": 1}, {"b": 1}]


@given(
    st.recursive(st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner), max_leaves=60)
)
def test_the_guard_changes_nothing_that_is_read(content: object) -> None:
    text = yaml.safe_dump({"top": content}, default_flow_style=False)
    assert load_yaml(text) == yaml.safe_load(text) == parse_yaml(text, Path("x"))
    check_shape(text)


def test_the_same_key_in_two_mappings_and_merged_mappings_are_no_mistake() -> None:
    text = "base: &b {x: 1, y: 2}\nmine: {<<: *b, y: 3}\n"
    assert parse_yaml(text, Path("x")) == {"base": {"x": 1, "y": 2}, "mine": {"x": 1, "y": 3}}


@pytest.mark.parametrize(
    "text",
    [
        "base: &b {x: 1}\nmine: {<<: *b, y: 1, y: 2}\n",
        "base: &b {x: 1}\nmine:\n  y: 1\n  <<: *b\n  y: 2\n",
        "1: a\ntrue: b\n",
    ],
    ids=["beside a merge", "around a merge", "equal to Python"],
)
def test_a_key_given_twice_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="is given twice"):
        parse_yaml(text, Path("x"))


def test_values_beside_the_file_count_as_given(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text("title: x\n")
    assert read_spec(path, Whole, folder="f").folder == "f"
    with pytest.raises(SpecError, match=r"whole\.yaml: key 'size' is not known here"):
        read_spec(path, Whole, size=1)


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        pytest.param(lambda path: None, "file not found", id="absent"),
        pytest.param(lambda path: path.mkdir(), "cannot be read: .*directory", id="a folder"),
        pytest.param(lambda path: path.write_bytes(b"t: \xe4"), "cannot be read: .*utf-8", id="Latin-1"),
        pytest.param(lambda path: path.symlink_to(path), "cannot be read: ", id="a link to itself"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, prepare, says: str) -> None:
    path = tmp_path / "t.yaml"
    prepare(path)
    with pytest.raises(SpecError, match=f"t.yaml: {says}"):
        read_text(path)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("21:30", "21:30"), ("7:05:00", "7:05:00"), ("1:30.5", "1:30.5"), ("12", 12), ("-3", -3), ("1_000", 1000),
        ("0x1f", 31), ("0b11", 3), ("017", 15), ("0", 0), ("1.5", 1.5), ("-.5e+1", "-.5e+1"), (".5", 0.5),
        ("1e3", "1e3"),
        (".inf", float("inf")), ("true", True), ("2024-03-01", date(2024, 3, 1)), ("~", None),
    ],
)  # fmt: skip
def test_a_time_of_day_is_no_number_to_the_base_of_60(written: str, value: object) -> None:
    assert parse_yaml(f"key: {written}", Path("x.yaml")) == {"key": value}
