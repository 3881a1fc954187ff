"""Numbers in the shape of texts."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.shaped_texts import shaped_texts


@pytest.mark.parametrize(
    ("texts", "numbers", "n", "written"),
    [
        (["C-0001", "C-0002"], [7, 1234], 10_000, ["C-0007", "C-1234"]),
        (["C-0001", "C-0002"], [7, 123_456], 1_000_000, ["C-000007", "C-123456"]),
        (["DE", "FR"], [0, 675], 676, ["AA", "ZZ"]),
        (["DE", "FR"], [0, 676], 677, ["AAA", "BAA"]),
        (["ab-1x", "ab-2y"], [26, 27], 260, ["ab-1a", "ab-1b"]),
        (["", "?"], [3, 4], 10, ["3", "?4"]),
        (["5"], [5], 10, ["05"]),
    ],
)
def test_shapes(texts: list[str], numbers: list[int], n: int, written: list[str]) -> None:
    assert shaped_texts(texts, np.array(numbers), n) == written


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), unique=True, min_size=1),
    st.integers(0, 5000),
    st.integers(1, 5000),
)
def test_no_two_numbers_give_one_text(texts: list[str], first: int, step: int) -> None:
    n = 10**9
    seen = set(texts)
    for start in (first, first + step * len(texts)):
        written = shaped_texts(texts, np.arange(start, start + step * len(texts), step), n)
        assert not seen & set(written)
        assert len(set(written)) == len(texts)
        seen |= set(written)
        for text, new in zip(texts, written, strict=True):
            assert re.sub("[0-9A-Za-z]+", "", text) == re.sub("[0-9A-Za-z]+", "", new)
