"""Whatever a submission writes into a table, the page keeps its shape and runs nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from orchestration.dagster_ui.markdown import MAX_CELL, cell, escape, percent, table

_BARE = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]()#~!|]")
"""A sign of Markdown's that no backslash disarms."""
TEXT = st.text(st.one_of(st.sampled_from("\\`*_[]()#~!|<>&\n\r\t \x00\x1b\u202e\u200b"), st.characters()), max_size=60)


@given(TEXT)
def test_a_text_is_one_line_of_plain_characters(text: str) -> None:
    shown = escape(text)
    assert shown.isprintable()
    assert not _BARE.search(shown)
    assert not set("<>") & set(shown)
    assert not re.search(r"&(?!lt;|gt;|amp;)", shown)


@given(st.lists(st.one_of(st.none(), TEXT), min_size=1, max_size=5))
def test_a_row_has_as_many_cells_as_values(values: list[str | None]) -> None:
    row = table(["x"] * len(values), [[cell(value) for value in values]]).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row.replace("\\\\", ""))) == len(values) + 1


@given(TEXT)
def test_null_is_told_from_every_text(text: str) -> None:
    assert cell(text) != cell(None)


@given(st.text("ab ", max_size=6), st.text("ab ", max_size=6))
def test_two_texts_that_differ_in_blanks_at_the_ends_look_different(first: str, second: str) -> None:
    if first.split() == second.split() and first != second and (first.strip() == second.strip()):
        assert cell(first) != cell(second)


@given(st.integers(0, 500))
def test_a_text_is_cut_only_where_it_is_too_long_and_says_its_length(size: int) -> None:
    shown = escape("x" * size)
    assert shown.count("x") == min(size, MAX_CELL)
    assert (f"({size} characters" in shown.replace("\\", "")) == (size > MAX_CELL)


def test_a_share_is_a_percentage() -> None:
    assert [percent(value) for value in (None, 0.0, 1 / 3, 1.0)] == ["–", "0.0 %", "33.3 %", "100.0 %"]
