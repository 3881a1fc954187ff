"""Every rule of docs/equality.md, by name."""

import duckdb
import pytest

from evaluators.compare.columns import ComparisonError
from tests.helpers.column_options import loosened
from tests.helpers.comparison import compare_and_match

ROWS = "select i as id, i % 7 as a, i * 1.5::double as b, 'n' || i as s from range(100) t(i)"


# Bags of rows


def test_equal_tables_match(compare):
    verdict = compare(ROWS, ROWS)
    assert verdict.is_match
    assert verdict.kind == "match"
    assert verdict.n_rows_gold == verdict.n_rows_output == 100


def test_row_order_does_not_matter(compare):
    assert compare(ROWS, f"{ROWS} order by id desc").is_match


def test_column_order_does_not_matter(compare):
    assert compare(ROWS, f"select s, b, a, id from ({ROWS})").is_match


@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_duplicates_count(compare, key):
    verdict = compare(ROWS, f"from ({ROWS}) union all from ({ROWS}) where id < 5", key=key)
    assert verdict.kind == "grain"
    assert verdict.n_rows_extra == verdict.n_rows_duplicated == 5


def test_lost_duplicates_count(compare):
    verdict = compare(f"from ({ROWS}) union all from ({ROWS}) where id < 5", ROWS)
    assert verdict.kind == "grain"
    assert verdict.n_rows_missing == 5


def test_swapped_multiplicities_are_a_mismatch(compare):
    verdict = compare("select unnest([1, 1, 2]) as x", "select unnest([1, 2, 2]) as x")
    assert verdict.kind == "grain"
    assert (verdict.n_rows_missing, verdict.n_rows_extra) == (1, 1)


@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_a_missing_row_is_a_mismatch(compare, key):
    verdict = compare(ROWS, f"from ({ROWS}) where id <> 5", key=key)
    assert verdict.kind == "missing_rows"
    assert (verdict.n_rows_missing, verdict.n_rows_extra) == (1, 0)
    assert verdict.sample[0].kind == "missing"
    assert verdict.sample[0].gold["id"] == "5"
    assert verdict.sample[0].output is None


@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_an_extra_row_is_a_mismatch(compare, key):
    verdict = compare(f"from ({ROWS}) where id <> 5", ROWS, key=key)
    assert verdict.kind == "extra_rows"
    assert (verdict.n_rows_missing, verdict.n_rows_extra) == (0, 1)


def test_scrambled_columns_are_a_mismatch(compare):
    scrambled = f"select id, a, b, 'n' || (99 - id) as s from ({ROWS})"
    verdict = compare(ROWS, scrambled)
    assert verdict.kind == "values"
    assert [column.column for column in verdict.columns] == ["s"]


def test_swapped_values_of_two_rows_are_a_mismatch(compare):
    verdict = compare("select * from (values (1, 2), (3, 4)) t(x, y)", "select * from (values (1, 4), (3, 2)) t(x, y)")
    assert not verdict.is_match


def test_two_empty_tables_match(compare):
    assert compare(f"from ({ROWS}) where false", f"from ({ROWS}) where false").is_match


def test_an_empty_output_is_a_mismatch(compare):
    verdict = compare(ROWS, f"from ({ROWS}) where false")
    assert verdict.kind == "missing_rows"
    assert verdict.summary == "The table is empty; gold has 100 rows."


def test_rows_where_gold_is_empty_are_a_mismatch(compare):
    assert compare(f"from ({ROWS}) where false", ROWS).kind == "extra_rows"


# Columns


def test_column_names_compare_without_case(compare):
    assert compare(ROWS, f'select id as "ID", a as "A", b as "B", s as "S" from ({ROWS})', key=["Id"]).is_match


def test_a_missing_scored_column_is_a_mismatch(compare):
    verdict = compare(ROWS, f"select id, a, s from ({ROWS})")
    assert verdict.kind == "columns"
    assert verdict.missing_columns == ("b",)


def test_a_missing_column_that_is_not_scored_does_not_matter(compare):
    assert compare(ROWS, f"select id, a, s from ({ROWS})", columns=["id", "S"]).is_match


def test_extra_columns_are_allowed_unless_strict(compare):
    extra = f"select *, 1 as more from ({ROWS})"
    assert compare(ROWS, extra).is_match
    assert compare(ROWS, extra).extra_columns == ("more",)
    verdict = compare(ROWS, extra, strict=True)
    assert verdict.kind == "columns"
    assert "more" in verdict.summary


def test_no_column_in_common_is_a_mismatch(compare):
    verdict = compare("select 1 as x, 2 as y", "select 1 as u, 2 as v")
    assert verdict.kind == "columns"
    assert verdict.missing_columns == ("x", "y")


def test_column_names_may_be_anything(compare):
    names = [
        '"',
        "a b",
        "select",
        "Größe",
        "日本",
        "x;drop table gold",
        "'",
        "rowid",
        "lockgate_source",
        "c0",
        "r0",
        "%s",
    ]
    listed = ", ".join(f"{i} as " + '"' + name.replace('"', '""') + '"' for i, name in enumerate(names))
    changed = listed.replace("3 as", "99 as")
    assert compare(f"select {listed}", f"select {listed}").is_match
    verdict = compare(f"select {listed}", f"select {changed}")
    assert [column.column for column in verdict.columns] == ["Größe"]


def test_non_ascii_names_that_differ_in_case_stay_apart(compare):
    gold = 'select 1 as "É", 2 as "é"'
    assert compare(gold, 'select 2 as "é", 1 as "É"').is_match
    assert not compare(gold, 'select 1 as "é", 2 as "É"').is_match
    assert compare('select 1 as "É"', 'select 1 as "é"').is_match


@pytest.mark.slow
def test_two_thousand_columns(compare):
    wide = ", ".join(f"(i * {n})::int as c{n}" for n in range(2_000))
    gold = f"select {wide} from range(20) t(i)"
    assert compare(gold, gold, key=["c1"]).is_match
    verdict = compare(gold, f"select * replace (c1234 + 1 as c1234) from ({gold})", key=["c1"])
    assert [(column.column, column.n_rows) for column in verdict.columns] == [("c1234", 20)]
    assert "c1234" in verdict.sample[0].gold


# Values, not storage types

SAME = {
    "integer widths": ("1::tinyint", "1::hugeint"),
    "unsigned": ("1::utinyint", "1::bigint"),
    "the largest unsigned": ("18446744073709551615::ubigint", "18446744073709551615::hugeint"),
    "128 bits": ("(2::double ** 127)::uhugeint", "170141183460469231731687303715884105728::uhugeint"),
    "bignum": ("123::bignum", "123::bigint"),
    "decimal scales": ("1.50::decimal(10, 2)", "1.5::decimal(38, 10)"),
    "decimal without room for both": ("1.5::decimal(38, 30)", "1.5::decimal(38, 2)"),
    "integer and decimal": ("2::bigint", "2.00::decimal(10, 2)"),
    "decimal and double": ("0.1::decimal(3, 1)", "0.1::double"),
    "decimal and small double": ("0.00001::decimal(10, 8)", "1e-5::double"),
    "decimal and float": ("0.1::decimal(3, 1)", "0.1::float"),
    "float and decimal": ("0.1::float", "0.1::decimal(3, 1)"),
    "integer and double": ("9007199254740992::bigint", "9007199254740992::double"),
    "integer and large double": ("1152921504606846976::bigint", "1152921504606846976::double"),
    "double and integer": ("3::double", "3::int"),
    "float and double": ("1.5::float", "1.5::double"),
    "float widened": ("0.1::float", "0.1::float::double"),
    "double, last digits": ("0.3::double", "0.1::double + 0.2::double"),
    "negative": ("-100::double", "-100::double"),
    "NaN": ("'nan'::double", "-'nan'::double"),
    "infinity": ("'inf'::double", "'inf'::float"),
    "negative zero": ("0.0::double", "-0.0::double"),
    "negative zero and integer": ("0::int", "-0.0::double"),
    "enum and text": ("'a'::enum('a', 'b')", "'a'"),
    "two enums": ("'b'::enum('a', 'b')", "'b'::enum('b', 'c')"),
    "uuid and text": ("'00000000-0000-0000-0000-00000000000a'::uuid", "'00000000-0000-0000-0000-00000000000a'"),
    "date and midnight": ("date '2013-03-01'", "timestamp '2013-03-01'"),
    "midnight and date": ("timestamp '2013-03-01'", "date '2013-03-01'"),
    "timestamp and zone": ("timestamp '2013-03-01 05:00'", "timestamptz '2013-03-01 00:00:00-05'"),
    "date and zone": ("date '2013-03-01'", "timestamptz '2013-02-28 19:00:00-05'"),
    "timestamp precisions": ("timestamp_s '2013-03-01 05:00:01'", "timestamp_ns '2013-03-01 05:00:01'"),
    "milliseconds": ("timestamp_ms '2013-03-01 05:00:01.5'", "timestamp '2013-03-01 05:00:01.5'"),
    "infinite times": ("'infinity'::timestamp", "'infinity'::date"),
    "time precisions": ("time '12:00:01'", "'12:00:01'::time_ns"),
    "a day is 24 hours": ("interval '1 day'", "interval '24 hours'"),
    "a year is 12 months": ("interval '1 year'", "interval '12 months'"),
    "list and array": ("[1, 2]", "[1, 2]::bigint[2]"),
    "list of other numbers": ("[1, 2]", "[1.0::double, 2]"),
    "list of floats": ("[0.3::double]", "[0.1::double + 0.2::double]"),
    "struct fields by name": ("{'a': 1, 'b': 'x'}", "{'B': 'x', 'A': 1.0}"),
    "struct with float": ("{'a': 0.3::double}", "{'a': 0.1::double + 0.2::double}"),
    "map in another order": ("map {'a': 1, 'b': 2}", "map {'b': 2, 'a': 1}"),
    "map of floats": ("map {'a': 0.3::double, 'b': 1}", "map {'b': 1, 'a': 0.1::double + 0.2::double}"),
    "union": ("1::union(n int, s varchar)", "1::union(s varchar, n bigint)"),
    "json keys": ('\'{"a": 1, "b": [1, 2]}\'::json', '\'{"b":[1,2],"a":1}\'::json'),
    "json numbers": ("'[1, 100, 0.5]'::json", "'[1.0, 1e2, 5e-1]'::json"),
    "json escapes": ("'\"\\u0041\"'::json", "'\"A\"'::json"),
    "json in text": ("'{\"a\": 1}'::json", "'{\"a\":1}'"),
    "json in a list": ("['{\"a\": 1, \"b\": 2}'::json]", "['{\"b\":2,\"a\":1}'::json]"),
    "typed and untyped null": ("null::varchar", "null::int"),
    "blob": ("'a\\x00'::blob", "'a\\x00'::blob"),
    "bit": ("'0101'::bit", "'0101'::bit"),
}  # fmt: skip

DIFFERENT = {
    "integers beyond 2^53": ("9007199254740993::bigint", "9007199254740992::bigint"),
    "128 bits with swapped halves": ("92233720368547758087::hugeint", "129127208515966861317::hugeint"),
    "decimal and near decimal": ("1.00000000001::decimal(20, 11)", "1::decimal(20, 11)"),
    "decimal and longer double": ("0.12::decimal(5, 2)", "0.12345::double"),
    "double, ninth digit": ("1.0::double", "1.00000001::double"),
    "zero and nearly zero": ("0::double", "1e-300::double"),
    "float and double of the same text": ("0.1::float", "0.1::double"),
    "sign": ("-100::double", "100::double"),
    "infinities": ("'inf'::double", "'-inf'::double"),
    "infinity and number": ("'inf'::double", "1e308::double"),
    "number and infinity": ("1e308::double", "'inf'::double"),
    "NaN and NULL": ("'nan'::double", "null::double"),
    "NaN and number": ("'nan'::double", "0::double"),
    "number and text": ("1", "'1'"),
    "text and number": ("'01'", "1"),
    "text and padded text": ("'01'", "'1'"),
    "boolean and number": ("true", "1"),
    "boolean and text": ("true", "'true'"),
    "null and empty text": ("null::varchar", "''"),
    "null and 'null'": ("null::varchar", "'null'"),
    "null and zero": ("null::int", "0"),
    "case": ("'A'", "'a'"),
    "trailing space": ("'a'", "'a '"),
    "unicode form": ("'é'", "'e' || chr(769)"),
    "uuid in upper case": ("'00000000-0000-0000-0000-00000000000a'::uuid", "'00000000-0000-0000-0000-00000000000A'"),
    "blob and text": ("'a'::blob", "'a'"),
    "bit and padded bit": ("'1'::bit", "'01'::bit"),
    "date and text": ("date '2013-03-01'", "'2013-03-01'"),
    "date and noon": ("date '2013-03-01'", "timestamp '2013-03-01 12:00'"),
    "microseconds": ("timestamp '2013-03-01 00:00:00.000001'", "timestamp '2013-03-01'"),
    "nanoseconds": ("timestamp_ns '2013-03-01 00:00:00.000000001'", "timestamp '2013-03-01'"),
    "timestamp and another zone": ("timestamp '2013-03-01 05:00'", "timestamptz '2013-03-01 05:00:00-05'"),
    "infinite past and future": ("'infinity'::timestamp", "'-infinity'::timestamp"),
    "infinity and a late time": ("'infinity'::date", "date '9999-12-31'"),
    "time zones of a time": ("'12:00:00+02'::timetz", "'10:00:00+00'::timetz"),
    "time and time with zone": ("time '12:00'", "'12:00:00+00'::timetz"),
    "a month is not 30 days": ("interval '1 month'", "interval '30 days'"),
    "list order": ("[1, 2]", "[2, 1]"),
    "list nesting": ("[[1], [2]]", "[[1, 2]]"),
    "list borders": ("['a,b']", "['a', 'b']"),
    "list borders with escapes": ("['a\\', 'b']", "['a\\,=b']"),
    "empty list and null": ("[]::int[]", "null::int[]"),
    "empty list and list of null": ("[]::int[]", "[null]::int[]"),
    "list of null and null": ("[null]::int[]", "null::int[]"),
    "null in another place": ("[1, null]", "[null, 1]"),
    "struct values": ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"),
    "struct fields": ("{'a': 1}", "{'a': 1, 'b': null}"),
    "struct of null and null": ("{'a': null::int}", "null::struct(a int)"),
    "map values": ("map {'a': 1, 'b': 2}", "map {'a': 2, 'b': 1}"),
    "map and its empty": ("map {'a': null::int}", "map([]::varchar[], []::int[])"),
    "map of floats": ("map {'a': 1.0::double}", "map {'a': 1.1::double}"),
    "union members": ("1::union(n int, s varchar)", "'1'::union(n int, s varchar)"),
    "json types": ("'1'::json", "'\"1\"'::json"),
    "json arrays are ordered": ("'[1, 2]'::json", "'[2, 1]'::json"),
    "json null and null": ("'null'::json", "null::json"),
    "json large integers": ("'9007199254740993'::json", "'9007199254740992'::json"),
    "json very large integers": ("'18446744073709551617'::json", "'18446744073709551616'::json"),
    "json dotted keys": ('\'{"a.b": 1}\'::json', '\'{"a": {"b": 1}}\'::json'),
    "json and text that is none": ("'{\"a\": 1}'::json", "'{a: 1}'"),
}  # fmt: skip

DIFFERENT_FROM_EXACT = {
    "integer and double beyond 2^53": ("9007199254740993::bigint", "9007199254740992::double"),
    "integer and printed double": ("1152921504606847000::bigint", "1152921504606846976::double"),
    "decimal and double sum": ("0.3::decimal(3, 1)", "0.1::double + 0.2::double"),
    "decimal and whole double": ("9007199254740993::decimal(20, 2)", "9007199254740992::double"),
    "integer and near double": ("1::int", "1.0000000001::double"),
}
"""Gold is exact and the output is not; the other way round gold's own tolerance applies."""


@pytest.mark.parametrize(("gold", "output"), SAME.values(), ids=SAME)
def test_same_values(compare, gold, output):
    verdict = compare(f"select {gold} as x from range(3)", f"select {output} as x from range(3)")
    assert verdict.is_match, verdict


@pytest.mark.parametrize(("gold", "output"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_values(compare, gold, output):
    assert not compare(f"select {gold} as x", f"select {output} as x").is_match
    keyed = compare(f"select 1 as k, {output} as x", f"select 1 as k, {gold} as x", key=["k"])
    assert not keyed.is_match
    assert [column.column for column in keyed.columns] == ["x"]
    assert len(keyed.sample) == 1


@pytest.mark.parametrize(("gold", "output"), DIFFERENT_FROM_EXACT.values(), ids=DIFFERENT_FROM_EXACT)
def test_exact_gold_is_exact_against_binary_numbers(compare, gold, output):
    assert not compare(f"select {gold} as x", f"select {output} as x").is_match
    assert compare(f"select {output} as x", f"select {gold} as x").is_match


# NULL


def test_null_equals_null_only(compare):
    assert compare("select unnest([1, null, 2]) as x", "select unnest([2, 1, null]) as x").is_match
    assert not compare("select unnest([1, null]) as x", "select unnest([1, 1]) as x").is_match


def test_null_is_a_key_like_any_other(compare):
    gold = "select * from (values (1, 'a'), (null, 'b')) t(k, v)"
    assert compare(gold, gold, key=["k"]).is_match
    verdict = compare(gold, "select * from (values (1, 'a'), (null, 'c')) t(k, v)", key=["k"])
    assert (verdict.kind, verdict.columns[0].n_rows, verdict.n_rows_missing) == ("values", 1, 0)


def test_columns_that_are_all_null_match_whatever_their_types(compare):
    assert compare(
        "select i, null::varchar as x from range(3) t(i)", "select i, null::int as x from range(3) t(i)"
    ).is_match


# Keys


def test_keys_are_exact_even_as_double(compare):
    gold = "select 1.0::double as k, 1 as v"
    assert compare(gold, "select 1.0000000001::double as k, 1 as v").is_match
    assert not compare(gold, "select 1.0000000001::double as k, 1 as v", key=["k"]).is_match


def test_double_keys_against_integers_are_exact_beyond_2_53(compare):
    gold = "select 9007199254740992::double as k"
    assert compare(gold, "select 9007199254740992::bigint as k", key=["k"]).is_match
    assert not compare(gold, "select 9007199254740993::bigint as k", key=["k"]).is_match


def test_a_key_that_gold_repeats_leaves_a_bag(compare):
    gold = "select * from (values (1, 'a'), (1, 'b'), (2, 'c')) t(k, v)"
    assert compare(gold, "select * from (values (2, 'c'), (1, 'b'), (1, 'a')) t(k, v)", key=["k"]).is_match
    verdict = compare(gold, "select * from (values (1, 'a'), (1, 'x'), (2, 'c')) t(k, v)", key=["k"])
    assert [column.column for column in verdict.columns] == ["v"]


def test_composite_keys(compare):
    gold = "select i // 10 as a, i % 10 as b, i as v from range(100) t(i)"
    verdict = compare(gold, f"select * replace (if(a = 3 and b = 4, -1, v) as v) from ({gold})", key=["a", "b"])
    assert verdict.columns[0].n_rows == 1
    assert verdict.sample[0].gold == {"a": "3", "b": "4", "v": "34"}


# What a task may loosen


def test_relative_tolerance_is_a_fraction_of_gold(compare):
    options = {"x": loosened(relative=0.01)}
    assert compare("select 100.0::double as x", "select 101.0::double as x", options=options).is_match
    assert not compare("select 100.0::double as x", "select 101.1::double as x", options=options).is_match
    assert compare("select 100 as x", "select 99 as x", options=options).is_match
    assert not compare("select 100 as x", "select 98 as x", options=options).is_match


def test_absolute_tolerance_includes_its_limit(compare):
    options = {"x": loosened(absolute=0.01)}
    for gold, output in [
        ("1.02::double", "1.03::double"),
        ("1.02::decimal(9, 2)", "1.03::decimal(9, 2)"),
        ("0::double", "0.01::double"),
    ]:
        assert compare(f"select {gold} as x", f"select {output} as x", options=options).is_match
        assert compare(f"select {output} as x", f"select {gold} as x", options=options).is_match
    assert not compare("select 1.02::double as x", "select 1.0301::double as x", options=options).is_match
    assert not compare("select 1.02::decimal(9, 4) as x", "select 1.0301::decimal(9, 4) as x", options=options).is_match


def test_tolerance_on_large_integers_is_exact(compare):
    options = {"x": loosened(absolute=1)}
    assert compare("select 9007199254740993 as x", "select 9007199254740994 as x", options=options).is_match
    assert not compare("select 9007199254740993 as x", "select 9007199254740995 as x", options=options).is_match


def test_tolerance_on_times_is_in_seconds(compare):
    options = {"x": loosened(absolute=60)}
    gold = "select timestamp '2013-03-01 12:00' as x"
    assert compare(gold, "select timestamp '2013-03-01 12:01' as x", options=options).is_match
    assert not compare(gold, "select timestamp '2013-03-01 12:01:01' as x", options=options).is_match
    assert not compare("select 'infinity'::timestamp as x", gold, options=options).is_match


def test_tolerance_does_not_let_null_nan_or_infinity_pass(compare):
    options = {"x": loosened(absolute=1e300, relative=0.5)}
    for value in ("null::double", "'nan'::double", "'inf'::double"):
        assert compare(f"select {value} as x", f"select {value} as x", options=options).is_match
        assert not compare("select 1::double as x", f"select {value} as x", options=options).is_match
        assert not compare(f"select {value} as x", "select 1::double as x", options=options).is_match


def test_an_ignored_column_must_be_there(compare):
    options = {"b": loosened(ignore=True)}
    assert compare(ROWS, f"select * replace (0 as b) from ({ROWS})", options=options).is_match
    assert compare(ROWS, f"select * exclude (b) from ({ROWS})", options=options).kind == "columns"


def test_an_unordered_list_is_a_bag(compare):
    options = {"x": loosened(unordered_list=True)}
    assert compare("select [1, 2, 2] as x", "select [2, 1, 2] as x", options=options).is_match
    assert not compare("select [1, 2, 2] as x", "select [2, 1, 1] as x", options=options).is_match
    assert compare("select [0.3::double, 1] as x", "select [1, 0.1::double + 0.2] as x", options=options).is_match
    assert compare("select [{'a': 1}, {'a': 2}] as x", "select [{'a': 2}, {'a': 1}] as x", options=options).is_match


def test_elements_of_an_unordered_list_meet_by_what_is_exact(compare):
    options = {"x": loosened(unordered_list=True, absolute=0.01)}
    gold = "select [{'a': 1.0::double, 'b': 'x'}, {'a': 1.001::double, 'b': 'y'}] as x"
    assert compare(
        gold, "select [{'a': 1.0005::double, 'b': 'y'}, {'a': 1.001, 'b': 'x'}] as x", options=options
    ).is_match
    assert not compare(
        gold, "select [{'a': 1.0005::double, 'b': 'x'}, {'a': 1.0, 'b': 'x'}] as x", options=options
    ).is_match
    assert not compare(
        gold, "select [{'a': 1.02::double, 'b': 'y'}, {'a': 1.0, 'b': 'x'}] as x", options=options
    ).is_match


@pytest.mark.parametrize(("gold", "output"), [
    ("18446744073709551615::ubigint", "18446744073709551620::hugeint"), ("'1234'::bignum", "1231"),
    ("1231", "'1234'::bignum"), ("127::tinyint", "126::tinyint"), ("9223372036854775807", "9223372036854775806"),
], ids=["ubigint", "bignum", "against bignum", "tinyint", "bigint"])  # fmt: skip
def test_integers_round_at_the_edge_of_their_type(compare, gold, output):
    options = {"x": loosened(round_digits=-1)}
    assert compare(f"select {gold} as x", f"select {output} as x", options=options).is_match
    assert not compare(f"select {gold} as x", "select 10 as x", options=options).is_match


@pytest.mark.parametrize(("value", "other"), [
    ("[0.0::double]", "[-0.0::double]"), ("['nan'::double]", "[-'nan'::double]"),
    ("{'a': 0.0::double}", "{'a': -0.0::double}"), ("map {0.0::double: 1}", "map {-0.0::double: 1}"),
    ("['123'::bignum]", "[123]"), ("['a'::enum('a', 'b')]", "['a']"),
    ("(1.5::double)::union(n double, s varchar)", "(1.5::float)::union(n float, s varchar)"),
], ids=["zero in list", "NaN in list", "zero in struct", "zero as map key", "bignum", "enum", "union"])  # fmt: skip
def test_scalar_rules_hold_inside_nested_values(compare, value, other):
    assert compare(f"select {value} as x", f"select {other} as x").is_match


def test_tolerances_do_not_overflow_at_the_edge_of_their_type(compare):
    options = {"x": loosened(absolute=1)}
    edges = [
        ("(-9223372036854775808)::bigint", "9223372036854775807"),
        ("18446744073709551615::ubigint", "-1::bigint"),
        ("(-170141183460469231731687303715884105728)::hugeint", "170141183460469231731687303715884105727::hugeint"),
    ]
    for low, high in edges:
        assert not compare(f"select {low} as x", f"select {high} as x", options=options).is_match


def test_rounding_rounds_both_sides(compare):
    options = {"x": loosened(round_digits=2)}
    assert compare("select 1.234::double as x", "select 1.231::double as x", options=options).is_match
    assert compare("select 30.30::decimal(9, 2) as x", "select 10.1::double + 20.2 as x", options=options).is_match
    assert compare("select 9.999::decimal(4, 3) as x", "select 10::int as x", options=options).is_match
    assert not compare("select 1.234::double as x", "select 1.236::double as x", options=options).is_match
    assert compare("select 149 as x", "select 101 as x", options={"x": loosened(round_digits=-2)}).is_match


def test_options_name_columns_without_case(compare):
    assert compare("select 1.0 as x", "select 2.0 as x", options={"X": loosened(absolute=1)}).is_match


def test_nothing_is_loosened_for_other_columns(compare):
    options = {"x": loosened(absolute=1)}
    assert not compare("select 1 as x, 1 as y", "select 2 as x, 2 as y", options=options).is_match


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": ["nope"]}, "no key column 'nope'; it has: id, a, b, s"),
        ({"columns": ["nope"]}, "no column 'nope'"),
        ({"columns": []}, "No column of .* is compared"),
        ({"options": {"nope": loosened(ignore=True)}}, "no column with options 'nope'"),
        ({"key": ["id"], "options": {"id": loosened(absolute=1)}}, "'id' .* is part of the key, which is exact"),
        ({"options": {"s": loosened(absolute=1)}}, "'s' .* is VARCHAR: an absolute tolerance is for numbers"),
        ({"options": {"s": loosened(round_digits=1)}}, "'s' .* is VARCHAR: rounding is for numbers"),
        ({"options": {"b": loosened(relative=1)}}, "relative tolerance 1.0; it must be below 1"),
        ({"options": {"b": loosened(unordered_list=True)}}, "only a list can be unordered"),
        ({"options": {name: loosened(ignore=True) for name in "abs"} | {"id": loosened(ignore=True)}}, "is compared"),
    ],
)  # fmt: skip
def test_a_spec_that_does_not_fit_gold_is_an_error_and_no_verdict(compare, arguments, message):
    with pytest.raises(ComparisonError, match=message):
        compare(ROWS, ROWS, **arguments)


# Relations


def test_a_relation_that_is_not_there_was_not_built(connection):
    connection.execute(f"create table gold as {ROWS}")
    for name in ("output", "main.output", "nowhere.output", "memory.main.output"):
        verdict = compare_and_match(connection, "gold", name)
        assert verdict.kind == "not_built"
        assert verdict.summary == f"{name} was not built."


def test_python_variables_are_not_relations(connection):
    gold = [1]  # noqa: F841 - DuckDB would look at it
    output = connection.sql("select 1 as id")  # noqa: F841
    connection.execute("create table real_gold as select 1 as id")
    assert compare_and_match(connection, "real_gold", "output").kind == "not_built"


def test_a_view_that_fails_equals_nothing(connection):
    connection.execute(f"create table gold as {ROWS}")
    connection.execute(f"create view failing as select id, a, b, cast(s as int)::varchar as s from ({ROWS})")
    verdict = compare_and_match(connection, "gold", "failing")
    assert verdict.kind == "not_built"
    assert "Could not convert string" in verdict.summary
    connection.execute("create table base as select 1 as id")
    connection.execute("create view broken as select id from base")
    connection.execute("drop table base")
    assert compare_and_match(connection, "gold", "broken").kind == "not_built"


def test_gold_that_cannot_be_read_is_our_fault(connection):
    connection.execute("create table output as select 1 as id")
    with pytest.raises(ComparisonError, match="Gold table gold cannot be read"):
        compare_and_match(connection, "gold", "output")
    connection.execute("create view gold as select cast(x as int) as id from (values ('a')) t(x)")
    with pytest.raises(ComparisonError, match="cannot be read"):
        compare_and_match(connection, "gold", "output")


def test_any_catalog_schema_and_quoting(connection):
    connection.execute("attach ':memory:' as other")
    connection.execute('create schema "S é"')
    connection.execute('create schema other."a.b"')
    connection.execute(f'create table "S é"."T.x" as {ROWS}')
    connection.execute(f'create view other."a.b"."select" as {ROWS}')
    connection.execute(f"create temp table scratch as {ROWS}")
    assert compare_and_match(connection, '"S é"."T.x"', 'other."a.b".select').is_match
    assert compare_and_match(connection, 'memory."s É"."t.X"'.replace("É", "é"), "scratch").is_match
    assert compare_and_match(connection, "temp.scratch", "scratch").is_match


def test_nothing_is_left_behind(connection, compare):
    compare(ROWS, f"select * replace (b + 1 as b) from ({ROWS})")
    compare(
        ROWS,
        f"select * replace (b + 1 as b, id + 1 as id) from ({ROWS})",
        options={"b": loosened(absolute=0.5), "id": loosened(absolute=0.5)},
    )
    tables = connection.execute("select table_name from duckdb_tables()").fetchall()
    assert sorted(tables) == [("gold",), ("output",)]


# The session does not matter


@pytest.mark.parametrize("setting", [
    "set TimeZone = 'America/New_York'", "set TimeZone = 'Asia/Kathmandu'", "set threads = 4",
    "set default_null_order = 'nulls_first'", "set default_order = 'desc'", "set ieee_floating_point_ops = false",
    "set integer_division = true", "set preserve_insertion_order = false", "set lambda_syntax = 'DISABLE_SINGLE_ARROW'",
])  # fmt: skip
def test_settings_do_not_change_a_verdict(connection, compare, setting):
    connection.execute(setting)
    for name in (
        "timestamp and zone",
        "date and zone",
        "json keys",
        "map in another order",
        "list of floats",
        "struct with float",
    ):
        gold, output = SAME[name]
        assert compare(f"select {gold} as x", f"select {output} as x").is_match
    for name in ("timestamp and another zone", "case", "list order", "null in another place"):
        gold, output = DIFFERENT[name]
        assert not compare(f"select {gold} as x", f"select {output} as x").is_match


def test_collations_do_not_change_a_verdict(connection):
    connection.execute("set default_collation = 'nocase'")
    connection.execute("create table gold (x varchar collate nocase, k int)")
    connection.execute("create table output (x varchar collate nocase, k int)")
    connection.execute("insert into gold values ('A', 1), ('b', 2)")
    connection.execute("insert into output values ('a', 1), ('b', 2)")
    assert not compare_and_match(connection, "gold", "output").is_match
    assert not compare_and_match(connection, "gold", "output", key=["k"]).is_match
    assert compare_and_match(connection, "gold", "output", key=["x"]).n_rows_missing == 1


def test_locked_configuration_is_no_obstacle(compare, connection):
    connection.execute("set enable_external_access = false; set lock_configuration = true")
    assert compare(ROWS, ROWS).is_match
    assert not compare("select '{\"a\": 1}'::json as j", "select '{\"a\": 2}'::json as j").is_match


def test_a_read_only_database_is_no_obstacle(tmp_path):
    with duckdb.connect(tmp_path / "w.duckdb") as connection:
        connection.execute(
            f"create table gold as {ROWS}; create table output as select * replace (b + 1 as b) from gold"
        )
    with duckdb.connect(tmp_path / "w.duckdb", read_only=True) as connection:
        verdict = compare_and_match(connection, "gold", "output")
    assert [column.column for column in verdict.columns] == ["b"]
