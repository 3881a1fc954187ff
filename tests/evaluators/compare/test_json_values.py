"""JSON compares by its value, wherever in a column it stands."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.compare.types.json_value import canonical_json, number_text
from tests.helpers.examples import n_examples

_WHOLE = st.integers(-(10**30), 10**30).map(Decimal)
_NUMBERS = st.one_of(_WHOLE, st.decimals(allow_nan=False, allow_infinity=False, places=5), st.just(Decimal(0)))
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=4), _NUMBERS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=10,
)


def written(value: Any, draw: random.Random) -> str:
    """One of the many ways to write a value: keys in any order, spaces anywhere, numbers and letters in any form."""
    space = draw.choice(["", " ", "\n\t"])
    if isinstance(value, dict):
        members = [f"{space}{written(key, draw)}{space}:{written(item, draw)}" for key, item in value.items()]
        draw.shuffle(members)
        return "{" + ",".join(members) + space + "}"
    if isinstance(value, list):
        return f"[{space}" + f"{space},".join(written(item, draw) for item in value) + space + "]"
    if isinstance(value, Decimal):
        return written_number(value, draw)
    return json.dumps(value, ensure_ascii=draw.random() < 0.5)


def written_number(value: Decimal, draw: random.Random) -> str:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    whole = "".join(map(str, digits)) + "0" * (more := draw.randrange(3))
    return f"{'-' * sign}{whole.lstrip('0') or '0'}{draw.choice(['e', 'E'])}{exponent - more}"


def same(one: Any, other: Any) -> bool:
    """Python's `==` takes 1 and true for the same."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@settings(max_examples=n_examples(40), deadline=None)
@given(_VALUES, st.randoms())
def test_a_value_has_one_text_however_it_is_written(value: Any, draw: random.Random) -> None:
    assert canonical_json(written(value, draw)) == canonical_json(written(value, draw))


@settings(max_examples=n_examples(40), deadline=None)
@given(_VALUES, _VALUES, st.randoms())
def test_two_values_have_one_text_only_if_they_are_the_same(one: Any, other: Any, draw: random.Random) -> None:
    assert (canonical_json(written(one, draw)) == canonical_json(written(other, draw))) == same(one, other)


@settings(max_examples=n_examples(40), deadline=None)
@given(_VALUES, st.randoms())
def test_a_change_anywhere_changes_the_text(value: Any, draw: random.Random) -> None:
    text = canonical_json(written(value, draw))
    assert canonical_json(written([value], draw)) != text
    assert canonical_json(written({"": value}, draw)) != canonical_json(written({"a": value}, draw))
    if value is not None:
        here, there = {"a": value, "b": None}, {"a": None, "b": value}
        assert canonical_json(written(here, draw)) != canonical_json(written(there, draw))
    assert canonical_json(written([value, 1], draw)) != canonical_json(written([value], draw))


@pytest.mark.parametrize(
    ("texts", "canonical"),
    [
        (["0", "-0", "0.000", "0e7", "-0.0E-3"], "0"),
        (["1", "1.0", "10e-1", "0.1e1", "1E0", "1e+0", "1.000e00"], "1e0"),
        (["1500", "1.50e3", "15E+2", "0.15e4"], "15e2"),
        (["-0.25", "-25e-2", "-2.5E-01"], "-25e-2"),
        (["1e400", "10e399", "0.1e401"], "1e400"),
        (["1" + "0" * 5000, "1e5000"], "1e5000"),
    ],
)
def test_numbers_are_equal_by_value_at_any_length(texts: list[str], canonical: str) -> None:
    assert {number_text(text) for text in texts} == {canonical}


def test_a_number_whose_exponent_is_beyond_reason_stays_as_it_is() -> None:
    exponent = "9" * 400
    assert number_text(f"1e{exponent}") == f"1e{exponent}"
    assert canonical_json(f"[1e{exponent}]") == f"[1e{exponent}]"


def test_a_key_given_twice_counts_twice() -> None:
    assert canonical_json('{"a": 1, "a": 2}') == canonical_json('{"a": 2, "a": 1}')
    assert canonical_json('{"a": 1, "a": 2}') != canonical_json('{"a": 2}')


def test_what_only_duckdb_takes_for_json_keeps_its_texts_and_its_numbers() -> None:
    assert canonical_json('[1.0, "a  b", 2e0 ,]') == canonical_json('[1,"a  b",2.00,]')
    assert canonical_json('[1, "a  b",]') != canonical_json('[1, "a b",]')


WRAPS = {
    "itself": "{}",
    "a list": "[{}]",
    "a struct": "{{'f': {}}}",
    "a map": "map {{'k': {}}}",
    "a list of structs": "[{{'f': {}}}]",
    "a struct of maps": "{{'f': map {{1: [{}]}}}}",
}
SPELLINGS = ('{"a": 1, "b": [1.50]}', '{"b":[15e-1],"a":1.0}')
OTHERS = (
    '{"c": 1, "b": [1.50]}',
    '{"a": 2, "b": [1.50]}',
    '{"a": 1, "b": [1.50, null]}',
    '{"a": 1}',
    '{"a": "1", "b": [1.5]}',
)


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS.keys())
def test_json_inside_other_types_compares_by_value(compare, wrap: str) -> None:
    one, other = (wrap.format(f"'{text}'::json") for text in SPELLINGS)
    assert compare(f"select 1 as id, {one} as x", f"select 1 as id, {other} as x").is_match
    for text in OTHERS:
        different = wrap.format(f"'{text}'::json")
        assert not compare(f"select 1 as id, {one} as x", f"select 1 as id, {different} as x").is_match, text


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS.keys())
def test_a_variant_inside_other_types_compares_by_type_and_value(compare, wrap: str) -> None:
    def table(value: str) -> str:
        return f"select 1 as id, {wrap.format(f'({value})::variant')} as x"

    assert compare(table("{'a': 1, 'b': [1.5]}"), table("{'b': [1.50], 'a': 1::bigint}")).is_match
    for other in ("{'a': 1, 'c': [1.5]}", "{'a': '1', 'b': [1.5]}", "{'a': 1, 'b': [1.5, NULL]}", "1"):
        assert not compare(table("{'a': 1, 'b': [1.5]}"), table(other)).is_match, other
