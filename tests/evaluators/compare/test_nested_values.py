"""Nested values compare by the rules of what is in them, however they are nested."""

import pytest

from evaluators.compare.tables import compare_tables
from tests.helpers.column_options import loosened

WRAPS = {
    "itself": "{}",
    "list": "[{}]",
    "list_of_lists": "[[], [{}], NULL]",
    "struct": "{{'f': {}, 'g': 1}}",
    "map": "map {{'k': {}}}",
    "list_of_structs": "[{{'f': {}}}, NULL]",
    "struct_of_lists": "{{'f': [NULL, {}]}}",
    "map_of_lists": "map {{1: [{}], 2: []}}",
    "union_": "union_value(u := {})",
}
WIDE = "123456789012345678901234567890"
UNION = "union(n integer, m integer)"
SAME = {
    "a field's place": ("{'a': 1, 'b': 'x'}", "{'b': 'x', 'a': 1}"),
    "a field's case": ("{'Total': 1}", "{'total': 1}"),
    "a field's case in two alphabets": ("{'É': 1, 'b': 2}", "{'é': 1, 'B': 2}"),
    "a field's type": ("{'a': 1::tinyint}", "{'a': 1.00::decimal(9, 2)}"),
    "a member's case": ("union_value(N := 1)", "union_value(n := 1)"),
    "a member beside it": ("union_value(n := 1)", "union_value(n := 1)::union(s varchar, n integer)"),
    "an entry's place": ("map {'a': 1, 'b': 2}", "map {'b': 2, 'a': 1}"),
    "a key's type": ("map {1: 'x'}", "map {1::hugeint: 'x'}"),
    "a number's type": ("1.5::double", "1.5::decimal(4, 2)"),
    "a number's scale": ("1.50::decimal(38, 20)", "1.5::decimal(3, 1)"),
    "wide numbers of two scales": (
        f"{WIDE}::decimal(38, 0)",
        f"{WIDE}.0::decimal(38, 1)",
    ),
    "an enum": ("'x'::enum('x', 'y')", "'x'"),
    "a clock": ("timestamp '2013-03-10'", "date '2013-03-10'"),
    "a zone": ("timestamptz '2013-03-10 02:00:00+02'", "timestamp '2013-03-10'"),
    "a time of day": ("time '12:00'", "'12:00'::time_ns"),
    "nothing": ("NULL::integer", "NULL::bigint"),
}
DIFFERENT = {
    "a field": ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"),
    "a field's name": ("{'a': 1}", "{'b': 1}"),
    "a field's presence": ("{'a': 1}", "{'a': 1, 'b': NULL}"),
    "two fields' case": ("{'É': 1, 'é': 2}", "{'É': 2, 'é': 1}"),
    "a member": (f"union_value(n := 1)::{UNION}", f"union_value(m := 1)::{UNION}"),
    "a member that one side has": ("union_value(n := 1)", "union_value(m := 1)"),
    "a key": ("map {'a': 1}", "map {'b': 1}"),
    "a key's NULL": ("map {'a': NULL}", "map {}"),
    "an entry": ("map {'a': 1, 'b': 2}", "map {'a': 2, 'b': 1}"),
    "a digit": ("1.50::decimal(38, 20)", "1.51::decimal(3, 2)"),
    "a far digit": ("0.00000000000000000001::decimal(38, 20)", "0::decimal(3, 1)"),
    "wide numbers of two scales": (f"{WIDE}::decimal(38, 0)", f"{WIDE}.1::decimal(38, 1)"),
    "a text's case": ("'x'", "'X'"),
    "NULL": ("NULL::integer", "0"),
    "a nanosecond": ("'2013-03-10'::timestamp_ns", "'2013-03-10 00:00:00.000000001'::timestamp_ns"),
}  # fmt: skip


def table(value: str) -> str:
    """One row with a value nested in every way."""
    return "select 1 as id, " + ", ".join(f"{wrap.format(value)} as {name}" for name, wrap in WRAPS.items())


@pytest.mark.parametrize(("gold", "output"), SAME.values(), ids=SAME.keys())
def test_same_values_match_however_they_are_nested(compare, gold, output):
    for one, other in ((gold, output), (output, gold)):
        assert compare(table(one), table(other)).is_match


@pytest.mark.parametrize(("gold", "output"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_values_are_a_mismatch_however_they_are_nested(compare, gold, output):
    for one, other in ((gold, output), (output, gold)):
        verdict = compare(table(one), table(other), key=["id"])
        assert {found.column for found in verdict.columns} == set(WRAPS)
        assert not compare(table(one), table(other)).is_match


UNNAMED = {
    "a type": ("row(1, 'x')", "row(1::bigint, 'x')"),
    "types inside": ("[row(1, row(2))]", "[row(1, row(2.0))]"),
}


@pytest.mark.parametrize(("gold", "output"), UNNAMED.values(), ids=UNNAMED.keys())
def test_values_without_names_match_by_their_places(connection, gold, output):
    """Only views and files have them; a table of them cannot be made, so a mismatch is an error that the judge says."""
    connection.execute(f"create view gold as select {gold} as x; create view output as select {output} as x")
    assert compare_tables(connection, "gold", "output").is_match


ELEMENTS = [("integer", "1"), ("integer[]", "[1, 2]"), ("struct(a date)", "{'a': NULL}")]


@pytest.mark.parametrize(("type_name", "value"), ELEMENTS)
def test_arrays_are_lists(compare, type_name, value):
    gold, output = f"select [{value}]::{type_name}[1] as x", f"select [{value}]::{type_name}[] as x"
    assert compare(gold, output).is_match
    assert compare(output, gold).is_match
    assert not compare(gold, f"select [{value}, {value}]::{type_name}[] as x").is_match


@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
@pytest.mark.parametrize(
    ("gold", "near", "far"),
    [("100.0::double", "100.9::double", "101.1::double"), ("100.00::decimal(9, 2)", "99.01::decimal(9, 2)", "98.9")],
    ids=["double", "decimal"],
)
def test_a_tolerance_counts_wherever_the_number_stands(compare, gold, near, far, key):
    options = {name: loosened(relative=0.01) for name in WRAPS}
    assert compare(table(gold), table(near), key=key, options=options).is_match
    assert not compare(table(gold), table(near), key=key).is_match
    for name in WRAPS:
        others = {other: loosened(ignore=True) for other in WRAPS if other != name}
        assert not compare(table(gold), table(far), key=key, options=options | others).is_match, name


@pytest.mark.parametrize("inner", ["{}", "{{'n': {}, 's': 'x'}}", "[{}]", "map {{'k': {}}}"])
def test_an_unordered_list_has_its_elements_in_any_order_and_as_often(compare, inner):
    one, two, three = (inner.format(number) for number in (1, 2, 3))
    gold = f"select [{one}, {two}, {two}, {three}] as x"
    options = {"x": loosened(unordered_list=True)}
    assert compare(gold, f"select [{two}, {three}, {one}, {two}] as x", options=options).is_match
    for other in (f"[{one}, {one}, {two}, {three}]", f"[{one}, {two}, {three}]", f"[{one}, {two}, {two}, {two}]"):
        assert not compare(gold, f"select {other} as x", options=options).is_match
    assert not compare(gold, f"select [{two}, {three}, {one}, {two}] as x").is_match
