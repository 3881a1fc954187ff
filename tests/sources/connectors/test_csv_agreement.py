"""Well-formed CSV text is parsed by Arrow, other text by the standard library: nobody sees which."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmark.file_options import FileOptions
from sources.connectors.file_formats import read_batches
from sources.connectors.file_reading import csv_records
from sources.connectors.file_reading.csv_text import WellFormedText
from sources.connectors.file_reading.dialect import Dialect
from sources.connectors.file_reading.errors import FileError
from tests.helpers.examples import n_examples

_NO_COMMENT = "\x01\x02"
"""Begins no line, but with a comment sign every line is looked at: the slow way."""

fields = st.one_of(
    st.text(st.sampled_from("ab1é€ \t'"), max_size=4),
    st.sampled_from(
        ["", '""', '"a"', '"a,b"', '"a\nb"', '"a\r\nb"', '"""a"""', '"NA"', "NA", '5"', '"a"b', "\x00", " ", "\ufeff"]
    ),
)
lines = st.lists(fields, min_size=1, max_size=4).map(",".join)
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", "\r", "\n  \n"])
texts = st.lists(st.tuples(lines, ends), max_size=12).map(lambda parts: "".join(map("".join, parts)))


def outcome(path: Path, **options: Any) -> Any:
    """Rows, or the rows before the error and its sentence."""
    rows: list[dict[str, Any]] = []
    try:
        for batch in read_batches(path, "csv", FileOptions(header=True, delimiter=",", quote='"', **options)):
            rows += batch.rows()
    except FileError as error:
        return rows, str(error)
    return rows


@settings(deadline=None, max_examples=n_examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, st.sampled_from([("",), ("", "NA"), ("NA",)]))
@example('x,y\n"a\n', ("",))
@example("x,y\n1,2\n\n3,4\n5\n", ("",))
def test_both_ways_agree(monkeypatch: pytest.MonkeyPatch, text: str, null_values: tuple[str, ...]) -> None:
    monkeypatch.setattr(csv_records, "MOST_ROWS", 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(b"a,b\n" + text.encode())
        quick = outcome(path, encoding="utf-8", null_values=null_values)
        assert quick == outcome(path, encoding="utf-8", null_values=null_values, comment=_NO_COMMENT)


@pytest.mark.parametrize(
    ("text", "is_well_formed"),
    [
        ('a,"b, ""c""\n"\r\n,""', True),
        ("a,b\n\n", True),
        ('a,5"\n', False),
        ('a,"b"c\n', False),
        ('a,"b\n', False),
        ("a,b\rc,d", False),
        ("a,b\nc", False),
    ],
)
def test_only_text_beyond_doubt_is_parsed_quickly(text: str, is_well_formed: bool) -> None:
    table = WellFormedText(Dialect(), ("",), 2).table(text.splitlines(keepends=True))
    assert (table is not None) == is_well_formed
