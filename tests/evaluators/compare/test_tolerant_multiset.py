"""Bags of rows with tolerances."""

import random
from itertools import permutations

import pytest

from evaluators.compare.rows.tolerant_multiset import largest_matching
from tests.helpers.column_options import loosened


def rows(*values: tuple[object, ...]) -> str:
    names = ", ".join("xyz"[: len(values[0])])
    listed = ", ".join("(" + ", ".join(map(str, value)) + ")" for value in values)
    return f"select * from (values {listed}) t({names})"


def test_equal_rows_are_not_paired_first(compare):
    options = {"x": loosened(absolute=1)}
    assert compare(rows((-1,), (0,)), rows((0,), (1,)), options=options).is_match
    assert compare(rows((0,), (1,), (2,)), rows((1,), (2,), (3,)), options=options).is_match
    assert not compare(rows((0,), (1,), (2,)), rows((2,), (3,), (3,)), options=options).is_match


def test_each_row_has_one_partner(compare):
    options = {"x": loosened(absolute=1)}
    assert not compare(rows((0,), (5,)), rows((0,), (0,)), options=options).is_match
    assert not compare(rows((0,), (0,)), rows((0,)), options=options).is_match


def test_exact_columns_keep_rows_apart(compare):
    options = {"y": loosened(absolute=1)}
    assert compare(rows((1, 0.0), (2, 10.0)), rows((2, 10.5), (1, 0.5)), options=options).is_match
    assert not compare(rows((1, 0.0), (2, 10.0)), rows((1, 10.5), (2, 0.5)), options=options).is_match


def test_two_tolerances_need_a_matching(compare):
    options = {"x": loosened(absolute=1), "y": loosened(absolute=1)}
    # in the order of x the first pair fails on y; crossing over works
    assert compare(rows((0, 0), (1, 5)), rows((0, 5), (1, 0)), options=options).is_match
    assert not compare(rows((0, 0), (1, 5)), rows((0, 5), (1, 2)), options=options).is_match


def test_float_noise_without_key(compare):
    gold = "select i % 3 as g, sin(i)::double as a, cos(i)::double as b from range(500) t(i)"
    noise = "select g, a * (1 + 1e-13) as a, b * (1 - 1e-13) as b from"
    assert compare(gold, f"{noise} ({gold}) order by b").is_match
    assert not compare(gold, f"{noise} ({gold}) where a > -0.999999 union all select 0, 2.0, 2.0").is_match


def test_float_noise_in_nested_values_without_key(compare):
    gold = "select [sin(i), cos(i)] as l, {'a': i, 'b': sqrt(i)} as s from range(200) t(i)"
    noisy = f"select [l[1] * (1 + 1e-13), l[2]] as l, {{'a': s.a, 'b': s.b * (1 + 1e-13)}} as s from ({gold})"
    assert compare(gold, noisy).is_match
    assert not compare(gold, f"select [l[1] * (1 + 1e-7), l[2]] as l, s from ({gold})").is_match


def test_null_nan_and_infinity_meet_only_themselves(compare):
    gold = "select unnest(['nan'::double, 'inf', '-inf', 1, null]) as x, unnest([1, 2, 3, 4, 5]::double[]) as y"
    options = {"x": loosened(absolute=10), "y": loosened(absolute=10)}
    assert compare(gold, f"from ({gold}) order by y desc", options=options).is_match
    for value in ("'nan'::double", "'inf'::double", "2"):
        assert not compare(gold, f"select coalesce(x, {value}) as x, y from ({gold})", options=options).is_match


@pytest.mark.parametrize("seed", range(25))
def test_against_all_permutations(compare, seed):
    draw = random.Random(seed)
    size = draw.randint(1, 5)
    gold = [(draw.randint(0, 4), draw.randint(0, 4)) for _ in range(size)]
    output = [(x + draw.choice([-1, 0, 1]), y + draw.choice([-1, 0, 0, 1, 2])) for x, y in gold]
    draw.shuffle(output)
    near = any(
        all(abs(a[0] - b[0]) <= 1 and abs(a[1] - b[1]) <= 1 for a, b in zip(gold, chosen, strict=True))
        for chosen in permutations(output)
    )
    one = any(
        all(a[0] == b[0] and abs(a[1] - b[1]) <= 1 for a, b in zip(gold, chosen, strict=True))
        for chosen in permutations(output)
    )
    both = {"x": loosened(absolute=1), "y": loosened(absolute=1)}
    assert compare(rows(*gold), rows(*output), options=both).is_match == near
    assert compare(rows(*gold), rows(*output), options={"y": both["y"]}).is_match == one


def test_largest_matching_against_enumeration():
    draw = random.Random(1)
    for _ in range(200):
        n = draw.randint(1, 5)
        edges = {i: [j for j in range(n) if draw.random() < 0.4] for i in range(n)}
        best = max(sum(j in edges[i] for i, j in enumerate(chosen)) for chosen in permutations(range(n)))
        assert largest_matching(edges) == best


def test_largest_matching_on_a_long_chain():
    n = 20_000
    edges = {i: [i, i + 1] if i else [1] for i in range(n)}
    assert largest_matching(edges) == n
