"""Pairs of scalar types: how a gold value and an output value become comparable.

Every rule is explained in docs/equality.md and named in tests/evaluators/compare/test_equality_rules.py.
"""

from __future__ import annotations

from benchmark.duckdb_sql import Sql, Wrap, all_of, case, fn, literal
from evaluators.compare.types import numeric as numbers
from evaluators.compare.types.comparator import END_OF_TIME, HashInput, LeafOptions, ScalarPair
from evaluators.compare.types.duckdb_types import INSTANTS, NUMBERS, ColumnType, Family
from evaluators.compare.types.json_value import json_text
from evaluators.compare.types.variant_value import variant_text

_NANOSECONDS_PER_DAY = "CAST(86400000000000 AS HUGEINT)"
_BEFORE_ALL_TIME = "CAST('-100000000000000000000000000' AS HUGEINT)"


def scalar_pair(gold: ColumnType, output: ColumnType, options: LeafOptions) -> ScalarPair | None:
    """How values of two scalar types compare; None = they never do (a number and a text)."""
    families = {gold.family, output.family}
    if families <= NUMBERS:
        return numbers.number_pair(gold, output, options)
    if families <= INSTANTS:
        return _instant_pair(gold, output, options)
    if families == {Family.UUID}:
        return ScalarPair(_same, _same, _as_text, to_hash=_uuid_words)
    if families <= {Family.TEXT, Family.UUID}:
        return text_pair()
    if families == {Family.JSON} or families == {Family.JSON, Family.TEXT}:
        return _json_pair(is_by_value=options.is_json_by_value)
    if families == {Family.VARIANT}:
        return _VARIANTS
    if families == {Family.TIME}:
        return _time_pair(gold, output, options)
    if families == {Family.OTHER} and gold.text == output.text:
        return text_pair()
    simple = _SAME_TYPE.get(gold.family)
    return simple if simple and gold.family is output.family else None


def text_pair() -> ScalarPair:
    """Values that compare by their text; `hash` knows no collation."""
    return ScalarPair(text_bytes, text_bytes, decode, has_free_text=True, to_hash=_hash_text)


def _hash_text(value: Sql) -> list[HashInput]:
    return [HashInput("text", _as_text(value))]


def _uuid_words(value: Sql) -> list[HashInput]:
    """Five pieces of the 36 characters: DuckDB's hash of a UUID is the XOR of its halves."""
    pieces = (fn("substring", _as_text(value), str(start), "8") for start in range(1, 37, 8))
    return [HashInput("word", piece) for piece in pieces]


def _same(value: Sql) -> Sql:
    return value


def _as_text(value: Sql) -> Sql:
    return f"CAST({value} AS VARCHAR)"


def text_bytes(value: Sql) -> Sql:
    """Text as bytes: a column's collation, or the session's, does not apply to bytes."""
    return fn("encode", _as_text(value))


def _json_pair(*, is_by_value: bool) -> ScalarPair:
    def text(value: Sql) -> Sql:
        return json_text(value, is_by_value=is_by_value)

    def to_bytes(value: Sql) -> Sql:
        return fn("encode", text(value))

    return ScalarPair(
        to_bytes, to_bytes, decode, has_free_text=True, to_hash=lambda value: [HashInput("digest", text(value))]
    )


def decode(value: Sql) -> Sql:
    """The text of `text_bytes`."""
    return fn("decode", value)


def _hex(value: Sql) -> Sql:
    return fn("hex", value)


def _interval_text(value: Sql) -> Sql:
    """Months and microseconds apart: a day is 24 hours, a month is not 30 days."""
    months = fn("+", fn("*", fn("datepart", "'year'", value), "12"), fn("datepart", "'month'", value))
    month_length = "CAST(2592000000000 AS HUGEINT)"
    rest = fn("-", f"CAST({fn('epoch_us', value)} AS HUGEINT)", fn("*", f"CAST({months} AS HUGEINT)", month_length))
    text = fn("||", fn("||", _as_text(months), "' months '"), _as_text(rest))
    return f"COALESCE(TRY({text}), {_as_text(value)})"


_VARIANTS = ScalarPair(
    lambda value: fn("encode", variant_text(value)),
    lambda value: fn("encode", variant_text(value)),
    decode,
    has_free_text=True,
    to_hash=lambda value: [HashInput("digest", variant_text(value))],
)
_SAME_TYPE = {
    Family.BOOLEAN: ScalarPair(_same, _same, _as_text, hash_as="word"),
    Family.BLOB: ScalarPair(_same, _same, _hex, hash_as="bytes"),
    Family.BIT: ScalarPair(_same, _same, _as_text),
    Family.TIME_WITH_ZONE: ScalarPair(_same, _same, _as_text),
    Family.INTERVAL: ScalarPair(_interval_text, _interval_text, _same),
}


def _instant_pair(gold: ColumnType, output: ColumnType, options: LeafOptions) -> ScalarPair:
    if options.absolute:
        return ScalarPair(nanoseconds(gold), nanoseconds(output), _as_text, options.for_times(), hash_as="hugeint")
    if gold.name == output.name:
        text: Wrap = _zoned_text if gold.name == "timestamp with time zone" else _as_text
        return ScalarPair(_same, _same, text, hash_as="word")
    return ScalarPair(nanoseconds(gold), nanoseconds(output), _as_text, hash_as="hugeint")


def nanoseconds(found: ColumnType) -> Wrap:
    """Nanoseconds since 1970 as HUGEINT; a DATE is its midnight, a naive TIMESTAMP is UTC."""

    def convert(value: Sql) -> Sql:
        infinite = fn("isinf", value)
        is_future = f"{value} > {_type_literal(found, '2000-01-01')}"
        return case(
            (f"{value} IS NULL", "NULL"),
            (all_of([infinite, is_future]), END_OF_TIME),
            (infinite, _BEFORE_ALL_TIME),
            otherwise=_finite_nanoseconds(found)(value),
        )

    return convert


def _type_literal(found: ColumnType, text: str) -> Sql:
    if found.name == "timestamp with time zone":
        return f"CAST({literal(text + ' 00:00:00+00')} AS TIMESTAMP WITH TIME ZONE)"
    return f"CAST({literal(text)} AS {found.text})"


def _finite_nanoseconds(found: ColumnType) -> Wrap:
    def of_date(value: Sql) -> Sql:
        days = fn("-", value, "CAST('1970-01-01' AS DATE)")
        return fn("*", f"CAST({days} AS HUGEINT)", _NANOSECONDS_PER_DAY)

    def of_nanoseconds(value: Sql) -> Sql:
        return f"CAST({fn('epoch_ns', value)} AS HUGEINT)"

    def of_microseconds(value: Sql) -> Sql:
        return fn("*", f"CAST({fn('epoch_us', value)} AS HUGEINT)", "CAST(1000 AS HUGEINT)")

    if found.family is Family.DATE:
        return of_date
    return of_nanoseconds if found.name == "timestamp_ns" else of_microseconds


def _zoned_text(value: Sql) -> Sql:
    return _as_text(fn("timezone", "'UTC'", value))


def _time_pair(gold: ColumnType, output: ColumnType, options: LeafOptions) -> ScalarPair:
    def ticks(value: Sql) -> Sql:
        return f"CAST({fn('epoch_ns', value)} AS HUGEINT)"

    if options.absolute or gold.name != output.name:
        tolerance = options.for_times() if options.absolute else None
        return ScalarPair(ticks, ticks, _as_text, tolerance, hash_as="hugeint")
    return ScalarPair(_same, _same, _as_text, hash_as="word")
