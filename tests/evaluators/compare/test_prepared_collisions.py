"""Tables prepared by somebody who knows the code and DuckDB's `hash`: values with one hash, in tables too large to be
compared cell by cell."""

import struct
from collections.abc import Callable

import duckdb
import pytest

from benchmark.scorecard import Verdict
from tests.helpers.comparison import compare_and_match

Compare = Callable[..., Verdict]
_FACTOR, _MASK = 0xD6E8FEB86659FD93, 2**64 - 1
_INVERSE = pow(_FACTOR, -1, 2**64)


def mixed(word: int, factor: int) -> int:
    """DuckDB's hash of a 64-bit word; with the inverse factor, the word of a hash."""
    for _ in range(2):
        word = (word ^ word >> 32) * factor & _MASK
    return word ^ word >> 32


def hash_of(word: int) -> int:
    return mixed(word, _FACTOR)


def word_of(hashed: int) -> int:
    return mixed(hashed, _INVERSE)


def wide(upper: int, lower: int) -> int:
    return (upper << 64) + lower


def neighbour(upper: int, lower: int) -> int:
    """A 128-bit number with the same hash and, as DOUBLE, the same value."""
    return wide(upper + 1, word_of(hash_of(lower) ^ hash_of(upper) ^ hash_of(upper + 1)))


UPPER, LOWER = 2**58 + 12_345, 987_654_321
HASH_OF_NULL = 13787848793156543929
NULLS_DOUBLE = struct.unpack("<d", struct.pack("<Q", word_of(HASH_OF_NULL)))[0]
NULLS_MICROSECONDS = word_of(HASH_OF_NULL) - 2**64
BYTES = "00000000000000010000000000000001AABB"
FLIPPED = "00000000000000810000000000000081AABB"

EQUAL_HASHES = {
    "halves swapped": (f"{wide(5, 7)}::hugeint", f"{wide(7, 5)}::hugeint"),
    "halves swapped, unsigned": (f"'{wide(5, 7)}'::uhugeint", f"'{wide(7, 5)}'::uhugeint"),
    "hugeint, same as a double": (f"{wide(UPPER, LOWER)}::hugeint", f"{neighbour(UPPER, LOWER)}::hugeint"),
    "decimal, same as a double": (
        f"'{wide(UPPER, LOWER)}'::decimal(38, 0)", f"'{neighbour(UPPER, LOWER)}'::decimal(38, 0)",
    ),
    "uuid": (
        "'00000000-0000-0005-0000-000000000007'::uuid", "'80000000-0000-0007-8000-000000000005'::uuid",
    ),
    "bytes": (f"unhex('{BYTES}')", f"unhex('{FLIPPED}')"),
    "text": ("'ghjalme#bbbbbbb#zz'", "'ghjalmecbbbbbbbczz'"),
    "interval": ("interval 1 month", "interval 30 days"),
    "a double for NULL": (f"'{NULLS_DOUBLE!r}'::double", "null::double"),
    "a timestamp for NULL": (f"make_timestamp({NULLS_MICROSECONDS})", "null::timestamp"),
    "an unsigned integer for NULL": (f"'{word_of(HASH_OF_NULL)}'::ubigint", "null::ubigint"),
    "empty list and NULL": ("[]::int[]", "null::int[]"),
    "list of NULL and NULL": ("[null]::int[]", "null::int[]"),
}  # fmt: skip
"""Two values of one type that DuckDB's `hash` cannot tell apart."""


@pytest.fixture
def compare(connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """By checksums alone, as for tables of more than a million cells."""
    monkeypatch.setattr("evaluators.compare.tables.EXACT_CELLS", 0)

    def run(gold: str, output: str) -> Verdict:
        connection.execute(f"create or replace table gold as {gold}")
        connection.execute(f"create or replace table output as {output}")
        return compare_and_match(connection, "gold", "output")

    return run


@pytest.mark.parametrize(("first", "second"), EQUAL_HASHES.values(), ids=EQUAL_HASHES)
def test_duckdb_hashes_the_two_alike(connection: duckdb.DuckDBPyConnection, first: str, second: str) -> None:
    """The attack works on DuckDB's own function; else the next test would show nothing."""
    assert connection.execute(f"select hash({first}) = hash({second})").fetchone() == (True,)


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside a column"])
@pytest.mark.parametrize(("first", "second"), EQUAL_HASHES.values(), ids=EQUAL_HASHES)
def test_values_with_one_hash_differ(compare: Compare, first: str, second: str, alone: bool) -> None:
    beside = "" if alone else ", 1 as other"
    for gold, output in ((first, second), (second, first)):
        verdict = compare(f"select {gold} as v{beside}", f"select {output} as v{beside}")
        assert not verdict.is_match
        assert verdict.n_rows_compared == 1 or verdict.n_rows_missing == verdict.n_rows_extra == 1
        assert compare(f"select {gold} as v{beside}", f"select {gold} as v{beside}").is_match


@pytest.mark.parametrize("n", range(20))
def test_no_salt_in_front_saves_a_text(compare: Compare, n: int) -> None:
    """In 4 of 10 salts these two have one hash: bit 6 of bytes 8 and 16 differs. Each comparison draws another salt."""
    first, second = (f"{n:07}{mark}abcdefg{mark}tail" for mark in "#c")
    assert not compare(f"select '{first}' as v", f"select '{second}' as v").is_match


def test_short_texts_of_all_lengths_differ(compare: Compare) -> None:
    texts = ["", "a", "é" * 8, "é" * 7 + "e", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnoq", "a" * 17]
    for i, first in enumerate(texts):
        assert compare(f"select '{first}' as v", f"select '{first}' as v").is_match
        for second in texts[i + 1 :]:
            assert not compare(f"select '{first}' as v", f"select '{second}' as v").is_match
        assert not compare(f"select '{first}' as v", "select null::varchar as v").is_match


def test_changes_in_two_columns_do_not_cancel_out(compare: Compare) -> None:
    """Differences that pass DuckDB's hash of a word most often: its highest bit, and the one 32 below it."""
    changes = [1 << 63 | 1 << 31, 1 << 63, 1 << 31, 1]
    for i, first in enumerate(changes):
        for second in changes[i:]:
            gold = "select '0'::ubigint as a, '0'::ubigint as b, '0'::ubigint as c"
            output = f"select '{first}'::ubigint as a, '{second}'::ubigint as b, '0'::ubigint as c"
            assert not compare(gold, output).is_match


def test_values_swapped_between_rows_do_not_cancel_out(compare: Compare) -> None:
    gold = "select i::bigint as a, i * 1.5::double as b, 'n' || i as c from range(64) t(i)"
    for swapped in ("63 - i as a, b, c", "a, (63 - i) * 1.5::double as b, c", "a, b, 'n' || (63 - i) as c"):
        assert not compare(gold, f"select {swapped} from (select *, a as i from ({gold}))").is_match


def test_many_copies_shift_nothing_out_of_the_sum(compare: Compare) -> None:
    two = "select i % 2 as a from range(131072) t(i)"
    assert not compare(two, "select 0 as a from range(131072)").is_match
    assert not compare(two, "select i % 3 // 2 as a from range(131072) t(i)").is_match
