"""Connection files: variables, modes that fit together, options that mean something for a format."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.connection import ConnectionSpec, fill_variables, read_connection
from benchmark.errors import SpecError
from benchmark.file_options import FileOptions

FILE_FORMATS = ("csv", "jsonl", "json", "parquet", "excel")
OPTIONS: dict[str, tuple[Any, str]] = {
    "compression": ("gzip", "csv jsonl json parquet"),
    "member": ("*.csv", "csv jsonl json parquet"),
    "encoding": ("utf-16", "csv jsonl json"),
    "delimiter": (";", "csv"),
    "quote": ("none", "csv"),
    "escape": ("\\", "csv"),
    "header": (True, "csv excel"),
    "skip_rows": (2, "csv excel"),
    "skip_footer": (2, "csv excel"),
    "comment": ("#", "csv"),
    "decimal": (",", "csv"),
    "number_columns": (["a"], "csv"),
    "null_values": (["NULL"], "csv"),
    "sheet": ("Sales", "excel"),
    "record_path": (["a"], "jsonl json"),
}
"""A value of each option, and the formats that it means something for."""


def stream(**changes: Any) -> dict[str, Any]:
    return {"name": "orders", **changes}


def connection(**changes: Any) -> ConnectionSpec:
    return ConnectionSpec.model_validate({"connection": "shop", "source": "postgres", "streams": [stream()], **changes})


@pytest.mark.parametrize("file_format", FILE_FORMATS)
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_taken_where_it_means_something(option: str, file_format: str) -> None:
    value, formats = OPTIONS[option]
    streams = [stream(pattern="*", format=file_format, options={option: value})]
    if file_format in formats.split():
        spec = connection(source="files", streams=streams)
        assert spec.streams[0].options.misplaced(file_format) == []
    else:
        with pytest.raises(ValueError, match=f"options mean nothing for format {file_format}: {option}"):
            connection(source="files", streams=streams)


def test_every_option_is_tried_here() -> None:
    """`columns` and `thousands` need another one beside them."""
    assert set(FileOptions.model_fields) - {"columns", "thousands"} == set(OPTIONS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": ["a"]}, "columns needs header"),
        ({"thousands": "."}, 'thousands needs decimal: ","'),
        ({"thousands": ".", "decimal": "."}, 'thousands needs decimal: ","'),
        ({"encoding": "utf-9"}, "encoding 'utf-9' is not known"),
        ({"delimiter": ""}, "delimiter"),
        ({"delimiter": "||"}, "delimiter"),
        ({"quote": "''"}, "quote"),
        ({"quote": ""}, "quote"),
        ({"escape": "no"}, "escape"),
        ({"comment": ""}, "comment"),
        ({"skip_rows": -1}, "skip_rows"),
        ({"skip_footer": -1}, "skip_footer"),
        ({"compression": "rar"}, "compression"),
        ({"decimal": "'"}, "decimal"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FileOptions.model_validate(options)


@pytest.mark.parametrize(
    "options",
    [
        {"columns": ["a"], "header": False},
        {"columns": ["a"], "header": True},
        {"thousands": ".", "decimal": ","},
        {"encoding": "Latin-1"},
        {"quote": "'"},
        {"escape": "none"},
        {},
    ],
)
def test_options_that_fit_are_taken(options: dict[str, Any]) -> None:
    assert FileOptions.model_validate(options).model_dump(exclude_unset=True) == {
        name: tuple(value) if isinstance(value, list) else value for name, value in options.items()
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"streams": [stream(pattern="*.csv")]}, "pattern, format and options are for source files"),
        ({"streams": [stream(format="csv")]}, "pattern, format and options are for source files"),
        ({"streams": [stream(options={"skip_rows": 0})]}, "pattern, format and options are for source files"),
        ({"source": "files", "streams": [stream(pattern="*.csv")]}, "source files needs pattern and format"),
        ({"source": "files", "streams": [stream(format="csv")]}, "source files needs pattern and format"),
        ({"manifest": {}}, "for source manifest, and for no other"),
        ({"source": "manifest"}, "key 'manifest' is needed"),
        ({"streams": [stream(), stream(name="ORDERS")]}, "listed twice"),
        ({"connection": "Shop"}, "connection"),
        ({"streams": [stream(name="a-b")]}, "name"),
        ({"streams": [stream(lookback="15 minutes")]}, "lookback is for an incremental sync"),
        (
            {"streams": [stream(sync_mode="incremental", destination_sync_mode="append", lookback=3)]},
            "lookback is for an incremental sync with cursor_field",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        connection(**changes)


LOOKBACK = {"sync_mode": "incremental", "destination_sync_mode": "append", "cursor_field": "at"}


@pytest.mark.parametrize("lookback", ["15 minutes", "1 day", "0 seconds", "2 hours", 3, 0.5])
def test_a_lookback_is_a_time_or_a_number(lookback: Any) -> None:
    assert connection(streams=[stream(**LOOKBACK, lookback=lookback)]).streams[0].lookback == lookback


@pytest.mark.parametrize(
    "lookback", ["15", "minutes", "-1 day", "1 week", "1.5 hours", 0, -1, float("nan"), "inf", True]
)
def test_a_lookback_of_another_form_is_refused(lookback: Any) -> None:
    with pytest.raises(ValueError, match="lookback"):
        connection(streams=[stream(**LOOKBACK, lookback=lookback)])


def test_only_postgres_looks_back() -> None:
    with pytest.raises(ValueError, match="lookback is for source postgres and mysql"):
        connection(source="manifest", manifest={}, streams=[stream(**LOOKBACK, lookback="1 day")])


_NAMES = st.sampled_from(["A", "B_2", "_c", "MISSING", "GONE"])
_TEXTS = st.lists(st.one_of(_NAMES.map(lambda name: f"${{{name}}}"), st.text("a$ {}", max_size=4)), max_size=4).map(
    "".join
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.booleans(), _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("xyz", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)
KNOWN = {"A": "1", "B_2": "${A}", "_c": ""}


def fill(value: Any) -> Any:
    if isinstance(value, str):
        for name, text in KNOWN.items():
            value = value.replace(f"${{{name}}}", text)
    if isinstance(value, list):
        return [fill(item) for item in value]
    return {name: fill(item) for name, item in value.items()} if isinstance(value, dict) else value


@given(_VALUES)
def test_variables_are_filled_wherever_they_stand_and_once(value: Any) -> None:
    """What a variable holds is not looked into again; whatever is not filled stays as it is."""
    filled, problems = fill_variables(value, KNOWN)
    shown = repr(value)
    assert bool(problems) == ("${MISSING}" in shown or "${GONE}" in shown)
    if "B_2" not in shown:
        assert filled == fill(value)
    assert type(filled) is type(value)


def test_every_missing_variable_is_named_with_its_key() -> None:
    config = {"a": ["x", {"b": "${ONE}-${TWO}-${ONE}"}], "c": "${SET}", "d": "${ONE}"}
    filled, problems = fill_variables(config, {"SET": "s"})
    assert problems == [
        "key 'a[1].b': variable ONE is not set",
        "key 'a[1].b': variable TWO is not set",
        "key 'd': variable ONE is not set",
    ]
    assert filled["c"] == "s"


CONNECTION = "connection: {name}\nsource: postgres\nstreams: [{{name: orders}}]\n"


def test_a_connection_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONNECTION.format(name="b"))
    with pytest.raises(SpecError, match=r"a\.yaml: key 'connection': 'b' must be the file's name 'a'"):
        read_connection(tmp_path / "a.yaml", {})


def test_a_mistake_in_a_connection_has_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONNECTION.format(name="a") + "sauce: files\n")
    with pytest.raises(SpecError, match=r"a\.yaml: line 4: key 'sauce' is not known here"):
        read_connection(tmp_path / "a.yaml", {})
