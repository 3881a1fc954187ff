"""Hashes that nobody can predict: the argument why two different tables never have equal checksums.

DuckDB's `hash` is fast, public and easy to invert. Whoever knows it writes down two values with one hash: a HUGEINT
with its halves swapped, a DOUBLE that has the hash of NULL, two texts of 16 bytes in which two bits differ. A salt in
front of a text does not help: flipping the highest bit of bytes 8 and 16 leaves DuckDB's hash as it was, whatever the
salt. So each comparison draws secrets, and every value meets a secret *before* anything is lost:

1.  A value of at most 64 bits is brought to 64 bits by a one-to-one mapping and XORed with a salt. Two different
    values stay different for certain, so a row that differs in one such column has another row hash for certain.
2.  A longer number is cut into such words. Nothing is left out: HUGEINT and UHUGEINT give their two halves, a wide
    DECIMAL the halves of its whole part and its fraction, a UUID five pieces of its text.
3.  A text of up to 16 ASCII characters gives its first eight characters, its hash and its length, each salted. The
    first eight characters are one word; with them and the length known, DuckDB's hash of the text is one-to-one in
    the rest.
4.  Any other text, and each value without a fixed form (nested values, JSON, BIGNUM, BIT, INTERVAL, VARIANT and so
    on) as a text that is equal only where the value is, goes through SHA-1 behind 128 secret bits. Without them
    nobody can prepare a collision: the known attacks on SHA-1 need the state that they start from. An honest pair of
    texts collides with a chance of 2^-64.
5.  NULL stays NULL where it meets the salt, so no value can be chosen that has its hash.
6.  A row's hash is DuckDB's hash of all these words, hashed once more. In a row that differs in two columns or more,
    the two changes would have to cancel out after each went through a keyed multiplication; the best differences that
    we know of do that less than once in a million comparisons, for one row, and which comparison cannot be known.
7.  Row hashes are added up as exact integers, not modulo 2^64, so that many copies of a row do not shift bits out.
    XOR would let pairs of rows vanish; a sum of unknown numbers does not. Two different tables pass with a chance of
    about 2^-63 unless somebody searched for the differences of point 6.

The number of a part (`evaluators.compare.large.partitions`) has no secret. It only says where a row is added, and a
difference shows in whichever part it is. Tables of up to `EXACT_CELLS` cells are compared by value on top of this.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from benchmark.duckdb_sql import Sql, all_of, case, fn, literal
from evaluators.compare.columns import Plan, ScoredColumn
from evaluators.compare.types.comparator import HashInput, Side

_MAX_SHORT_TEXT = 16
"""Bytes; up to here a text is two words of eight."""
_WORD = 8


class ColumnKey(NamedTuple):
    """The secrets of one column in one comparison."""

    salts: tuple[int, ...]
    """Numbers below 2^63, one per word of a value; used again from the start where there are more words."""
    text: str
    """What stands before a text that is digested."""


def draw_keys(n_columns: int) -> list[ColumnKey]:
    """Secrets for so many columns. They change no verdict, only what an attacker would have to know."""
    return [
        ColumnKey(tuple(secrets.randbits(63) for _ in range(_MAX_WORDS)), secrets.token_hex(16))
        for _ in range(n_columns)
    ]


_MAX_WORDS = 6
"""Words of the longest value: a UUID has five."""


def row_hash(plan: Plan, side: Side, keys: Sequence[ColumnKey]) -> Sql:
    """A UBIGINT per row that cannot be predicted without the keys."""
    words = [word for column, key in zip(plan.columns, keys, strict=True) for word in _salted(column, side, key)]
    return fn("hash", fn("hash", *words)) if words else "CAST(0 AS UBIGINT)"


def column_hash(column: ScoredColumn, side: Side, key: ColumnKey) -> Sql:
    """The same for one column's values."""
    return fn("hash", fn("hash", *_salted(column, side, key)))


def _salted(column: ScoredColumn, side: Side, key: ColumnKey) -> list[Sql]:
    words: list[Sql] = []
    for found in column.hash_inputs(side):
        words += _words_of(found, key, len(words))
    return words


def _words_of(found: HashInput, key: ColumnKey, n_before: int) -> list[Sql]:
    """Salted words of one input; `n_before` others of the same value have used up as many salts."""
    salts = [str(salt) for salt in key.salts[n_before:]]
    if found.kind == "integer":
        return [fn("xor", found.sql, f"CAST({salts[0]} AS BIGINT)")]
    if found.kind == "word":
        return [fn("xor", fn("hash", found.sql), _salt_unless_null(found.sql, salts[0]))]
    if found.kind == "digest":
        return [fn("sha1", fn("||", literal(key.text), found.sql))]
    if found.kind == "bytes":
        return [fn("sha1", fn("||", f"CAST({literal(key.text)} AS BLOB)", found.sql))]
    length = fn("strlen", found.sql)
    is_short = all_of([f"{length} <= {_MAX_SHORT_TEXT}", f"{fn('length', found.sql)} = {length}"])
    head = case(
        (is_short, fn("substring", found.sql, "1", str(_WORD))),
        otherwise=fn("sha1", fn("||", literal(key.text), found.sql)),
    )
    return [
        fn("xor", fn("hash", head), f"CAST({salts[0]} AS UBIGINT)"),
        fn("xor", fn("hash", found.sql), f"CAST({salts[1]} AS UBIGINT)"),
        fn("xor", length, f"CAST({salts[2]} AS BIGINT)"),
    ]


def _salt_unless_null(value: Sql, salt: str) -> Sql:
    return case((f"{value} IS NULL", "NULL"), otherwise=f"CAST({salt} AS UBIGINT)")
