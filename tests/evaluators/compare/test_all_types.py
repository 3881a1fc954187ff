"""What holds for every type: a checksum sees each change, a sample shows values, numbers round and widen alike."""

import pytest

from tests.helpers.column_options import loosened
from tests.helpers.value_pools import POOLS


@pytest.fixture
def _checksums_alone(monkeypatch):
    """What decides on tables that are too large to be compared cell by cell."""
    monkeypatch.setattr("evaluators.compare.tables.EXACT_CELLS", 0)


@pytest.mark.usefixtures("_checksums_alone")
@pytest.mark.parametrize("type_name", POOLS)
def test_a_checksum_sees_each_value_of_a_type(compare, type_name):
    """A row with each value, in columns of their own; then each stands where the one before it stood."""
    values = [f"({value})::{type_name}" for value in POOLS[type_name]]
    turned = [*values[1:], values[0]]

    def table(places):
        return "select 1 as id, " + ", ".join(f"{value} as c{i}" for i, value in enumerate(places))

    assert compare(table(values), table(values)).is_match
    verdict = compare(table(values), table(turned), key=["id"])
    assert {found.column for found in verdict.columns} == {f"c{i}" for i in range(len(values))}


SHOWN = {
    "true": "true",
    "42::tinyint": "42",
    "-1.50::decimal(9, 2)": "-1.50",
    "0.1::float": "0.1",
    "'nan'::double": "nan",
    "'a''b'": "a'b",
    "'\\xAB\\x00'::blob": "\\xAB\\x00",
    "date '2013-03-10'": "2013-03-10",
    "timestamp '2013-03-10 01:02:03.5'": "2013-03-10 01:02:03.5",
    "time '01:02:03'": "01:02:03",
    "interval 1 month": "1 month",
    "[1, NULL]": "[1, NULL]",
    "{'a': 1}": "{'a': 1}",
    "map {'k': 2}": "{k=2}",
    "'[1, 2]'::json": "[1, 2]",
    "'00000000-0000-0001-0000-000000000000'::uuid": "00000000-0000-0001-0000-000000000000",
    "'101'::bit": "101",
}


@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_a_sample_shows_every_value_as_a_text(compare, key):
    columns = [f"c{i}" for i in range(len(SHOWN))]
    gold = "select 1 as id, " + ", ".join(f"{value} as {name}" for value, name in zip(SHOWN, columns, strict=True))
    nulls = "select 1 as id, " + ", ".join(f"if(false, c, NULL) as {c}".replace("c,", f"{c},") for c in columns)
    verdict = compare(gold, f"{nulls} from ({gold})", key=key)
    (row,) = [row for row in verdict.sample if row.kind == "differs"] or [verdict.sample[0]]
    assert {name: (row.gold or {}).get(name) for name in columns} == dict(zip(columns, SHOWN.values(), strict=True))
    outputs = [row.output for row in verdict.sample if row.output]
    assert outputs
    assert {outputs[0].get(name) for name in columns} == {None}


@pytest.mark.parametrize("wrap", ["{}", "[{}]", "{{'f': {}}}"])
def test_bytes_inside_other_types_compare(compare, wrap):
    one, other = (wrap.format(f"'{text}'::blob") for text in ("\\x00\\xFF,", "\\x00\\xFE,"))
    assert compare(f"select {one} as x", f"select {one} as x").is_match
    assert not compare(f"select {one} as x", f"select {other} as x").is_match


NUMBER_TYPES = {
    "decimal(9, 4)": "1.0049",
    "decimal(38, 10)": "1.0049",
    "decimal(9, 3)": "1.004",
    "double": "1.0049",
    "float": "1.0049",
    "integer": "1",
    "hugeint": "1",
    "bignum": "1",
}


@pytest.mark.parametrize("output", NUMBER_TYPES)
@pytest.mark.parametrize("gold", NUMBER_TYPES)
def test_numbers_of_all_types_round_alike(compare, gold, output):
    """To two digits each of these is 1."""
    options = {"x": loosened(round_digits=2)}
    left, right = (f"select '{NUMBER_TYPES[name]}'::{name} as x" for name in (gold, output))
    assert compare(left, right, options=options).is_match
    assert not compare(left, f"select '2'::{output} as x", options=options).is_match


VARIANTS = {
    "whole": (
        "1::tinyint",
        "1::bigint",
        "1::hugeint",
        "1.0::decimal(4, 1)",
        "1.000::decimal(38, 3)",
        "1.0::double",
        "1::float",
    ),
    "of digits": ("12345678901234567890.12::decimal(38, 2)", "12345678901234567890.120::decimal(38, 3)"),
    "below nothing": (
        "-2.5::decimal(9, 1)",
        "-2.50::decimal(18, 2)",
        "-2.500::decimal(38, 3)",
        "-2.5::float",
        "-2.5::double",
    ),
    "a tenth": ("0.1::float", "0.1::double", "0.1::decimal(2, 1)"),
    "large": ("1e300::double",),
    "not a number": ("'nan'::double", "'nan'::float"),
    "infinite": ("'inf'::double",),
    "infinite, below": ("'-inf'::double", "'-inf'::float"),
    "a day": ("date '1970-01-02'", "timestamp '1970-01-02'", "timestamp_ns '1970-01-02'"),
    "a moment": ("timestamp '1970-01-02 00:00:00.000001'",),
    "a nanosecond": ("timestamp_ns '1970-01-02 00:00:00.000000001'",),
    "a time": ("time '00:00:01'",),
    "texts": ("'x'", "'x'::enum('x')"),
    "a long text": (f"'{'x' * 70}'",),
    "bytes": ("'x'::blob",),
    "an id": ("'00000000-0000-0001-0000-000000000000'::uuid",),
    "true": ("true",),
    "false": ("false",),
    "a list": ("[1, 2]", "[1.0, 2::double]"),
    "another list": ("[2, 1]",),
    "nothing in a list": ("[]",),
    "fields": ("{'a': 1, 'b': 'x'}", "{'b': 'x', 'a': 1.0}"),
    "other names": ("{'a': 1, 'c': 'x'}",),
    "many elements": (f"{list(range(300))}",),
    "many fields": ("{" + ", ".join(f"'f{i}': {i}" for i in range(300)) + "}",),
    "a far field": ("{" + ", ".join(f"'f{i}': {i % 299}" for i in range(300)) + "}",),
}


def test_variants_are_equal_by_kind_and_value(compare):
    """Each writing of a value in a column of its own, beside the first one; then beside that of the next value."""
    groups = list(VARIANTS.values())
    pairs = [(group[0], value, groups[i - 1][0]) for i, group in enumerate(groups) for value in group]
    gold, same, other = (
        "select 1 as id, " + ", ".join(f"({value})::variant as c{i}" for i, value in enumerate(values))
        for values in zip(*pairs, strict=True)
    )
    verdict = compare(gold, same, key=["id"])
    assert verdict.is_match, verdict.summary
    verdict = compare(gold, other, key=["id"])
    assert {found.column for found in verdict.columns} == {f"c{i}" for i in range(len(pairs))}
