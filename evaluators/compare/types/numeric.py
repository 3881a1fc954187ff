"""Pairs of number types: exact where gold is exact, 1e-9 relative where gold is FLOAT or DOUBLE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmark.duckdb_sql import Sql, Wrap, all_of, case, fn
from evaluators.compare.types.comparator import HashInput, LeafOptions, ScalarPair, Tolerance, double_text, halves
from evaluators.compare.types.duckdb_types import BINARY_NUMBERS, EXACT_NUMBERS, INTEGER_DIGITS, ColumnType, Family

_WORD_DIGITS = 18
"""Digits of a DECIMAL that DuckDB keeps in 64 bits."""
_EXACT_UP_TO = {Family.DOUBLE: "9007199254740992", Family.FLOAT: "16777216"}
"""From here on a binary number holds integers only, and not all of them: 2^53 and 2^24."""


def number_pair(gold: ColumnType, output: ColumnType, options: LeafOptions) -> ScalarPair:
    """How two number types compare."""
    gold, round_gold = _rounded(gold, options)
    output, round_output = _rounded(output, options)
    pair = _choose(gold, output, options)
    if options.round_digits is None:
        return pair
    return ScalarPair(
        lambda value: pair.gold(round_gold(value)),
        lambda value: pair.output(round_output(value)),
        pair.text,
        pair.tolerance,
        hash_as=pair.hash_as,
    )


def _choose(gold: ColumnType, output: ColumnType, options: LeafOptions) -> ScalarPair:
    is_binary = gold.family in BINARY_NUMBERS
    if options.is_exact or not (is_binary or options.is_declared):
        return _exact_pair(gold, output)
    both = {gold.family, output.family}
    if not is_binary and both <= {Family.INTEGER, Family.DECIMAL} and "uhugeint" not in (gold.name, output.name):
        common = _common_decimal(gold, output) or ("HUGEINT" if both == {Family.INTEGER} else None)
        if common:
            return _common_pair(common, options.for_numbers(is_binary=False))
    tolerance = options.for_numbers(is_binary=True, has_default=is_binary)
    return ScalarPair(_as_double(gold, output), _as_double(output, gold), double_text, tolerance, hash_as="word")


def _exact_pair(gold: ColumnType, output: ColumnType) -> ScalarPair:
    both = {gold.family, output.family}
    if both <= BINARY_NUMBERS:
        return ScalarPair(_cast("DOUBLE"), _cast("DOUBLE"), double_text, hash_as="word")
    if both == {Family.INTEGER}:
        common = _common_integer(gold.name, output.name)
        if common:
            return _common_pair(common)
    elif both <= {Family.INTEGER, Family.DECIMAL}:
        common = _common_decimal(gold, output)
        if common:
            return _common_pair(common)
    if both <= EXACT_NUMBERS:
        return ScalarPair(_digits(gold), _digits(output), lambda value: value)
    gold_text = _binary_digits(gold, output) if gold.family in BINARY_NUMBERS else _as_text
    output_text = _binary_digits(output, gold) if output.family in BINARY_NUMBERS else _as_text
    return ScalarPair(gold_text, output_text, lambda value: value)


def _common_pair(common: str, tolerance: Tolerance | None = None) -> ScalarPair:
    """Both sides as one exact type."""
    pair = ScalarPair(_cast(common), _cast(common), _as_text, tolerance)
    if common == "HUGEINT":
        return replace(pair, hash_as="hugeint")
    if common == "UHUGEINT":
        return replace(pair, hash_as="uhugeint")
    if common.startswith("DECIMAL"):
        return replace(pair, to_hash=_decimal_words(common))
    if common == "UBIGINT":
        return replace(pair, hash_as="word")
    return replace(pair, to_hash=lambda value: [HashInput("integer", f"CAST(CAST({value} AS {common}) AS BIGINT)")])


def _decimal_words(common: str) -> Callable[[Sql], list[HashInput]]:
    """A DECIMAL of more than 18 digits is a 128-bit number, whose halves DuckDB's hash mixes up: it is cut up."""
    precision, scale = (int(digits) for digits in common.removeprefix("DECIMAL(").rstrip(")").split(","))

    def words(value: Sql) -> list[HashInput]:
        cast = f"CAST({value} AS {common})"
        if precision <= _WORD_DIGITS:
            return [HashInput("word", cast)]
        if scale > _WORD_DIGITS:
            return [HashInput("digest", _as_text(cast))]
        whole = fn("trunc", cast) if scale else cast
        found = halves(f"CAST({whole} AS HUGEINT)")
        if scale:
            found.append(HashInput("word", f"CAST({fn('-', cast, whole)} AS DECIMAL({_WORD_DIGITS}, {scale}))"))
        return found

    return words


def _cast(type_name: str) -> Wrap:
    return lambda value: f"CAST({value} AS {type_name})"


def _as_text(value: Sql) -> Sql:
    return f"CAST({value} AS VARCHAR)"


def _common_integer(gold: str, output: str) -> str | None:
    """An integer type that holds every value of both; None = there is none."""
    names = {gold, output}
    if len(names) == 1:
        return gold.upper()
    if "uhugeint" in names:
        return "UHUGEINT" if all(name.startswith("u") for name in names) else None
    if "hugeint" in names or ("ubigint" in names and not all(name.startswith("u") for name in names)):
        return "HUGEINT"
    return "UBIGINT" if "ubigint" in names else "BIGINT"


def _common_decimal(gold: ColumnType, output: ColumnType) -> str | None:
    """A DECIMAL that holds every value of both; None = it would need more than 38 digits."""
    scale = max(gold.scale, output.scale)
    whole = max(gold.precision - gold.scale, output.precision - output.scale)
    return f"DECIMAL({whole + scale}, {scale})" if whole + scale <= 38 else None


def _digits(found: ColumnType) -> Wrap:
    """Exact digits as text, without zeros at the end."""
    if not found.scale:
        return _as_text
    return lambda value: fn("rtrim", fn("rtrim", _as_text(value), "'0'"), "'.'")


def _as_double(found: ColumnType, other: ColumnType) -> Wrap:
    """A number as DOUBLE; a FLOAT against a DECIMAL is the decimal that it prints, as in `_binary_digits`."""
    if found.family is Family.FLOAT and other.family is Family.DECIMAL:

        def convert(value: Sql) -> Sql:
            is_small = f"{fn('abs', value)} < {_EXACT_UP_TO[Family.FLOAT]}"
            return case((is_small, f"CAST({_as_text(value)} AS DOUBLE)"), otherwise=f"CAST({value} AS DOUBLE)")

        return convert
    if found.family is Family.BIGNUM or found.name in ("hugeint", "uhugeint"):
        return lambda value: f"CAST({_as_text(value)} AS DOUBLE)"  # rounds once, to the nearest
    return _cast("DOUBLE")


def _binary_digits(binary: ColumnType, exact: ColumnType) -> Wrap:
    """A binary number as the text of the exact type that it equals, or a text that equals nothing.

    Below 2^53 (FLOAT: 2^24) a binary number stands for the shortest decimal that reads back as it (0.1 for
    0.1000000000000000055...); from there on for the integer that it holds.
    """
    type_name = binary.text
    if exact.family is not Family.DECIMAL:
        return lambda value: case(
            (f"{value} IS NULL", "NULL"),
            (
                all_of([fn("isfinite", value), f"{fn('trunc', value)} = {value}"]),
                _as_text(f"CAST(CAST({value} AS DOUBLE) AS BIGNUM)"),
            ),
            otherwise=fn("||", _quoted("binary "), _as_text(value)),
        )

    def convert(value: Sql) -> Sql:
        target = f"DECIMAL(38, {exact.scale})"
        is_whole = f"{fn('abs', value)} >= {_EXACT_UP_TO[binary.family]}"
        nearest = case(
            (is_whole, f"TRY_CAST(TRY_CAST({value} AS HUGEINT) AS {target})"),
            otherwise=f"TRY_CAST({_as_text(value)} AS {target})",
        )
        text = _as_text(nearest)
        return case(
            (f"{value} IS NULL", "NULL"),
            (f"CAST({text} AS {type_name}) = {value}", text),
            otherwise=fn("||", _quoted("binary "), _as_text(value)),
        )

    return convert


def _quoted(text: str) -> Sql:
    return f"'{text}'"


def _rounded(found: ColumnType, options: LeafOptions) -> tuple[ColumnType, Wrap]:
    """Rounding half away from zero, as DuckDB's `round`, and the type that it leaves."""
    digits = options.round_digits
    if digits is None or (found.family in EXACT_NUMBERS and digits >= found.scale):
        return found, lambda value: value
    if found.family is Family.DECIMAL:
        scale = max(digits, 0)
        precision = min(38, found.precision - found.scale + 1 + scale)
        wider = f"DECIMAL({min(38, found.precision + 1)}, {found.scale})"
        target = f"DECIMAL({precision}, {scale})"
        rounded = ColumnType(Family.DECIMAL, "decimal", target, precision, scale)
        return rounded, lambda value: f"CAST({fn('round', f'CAST({value} AS {wider})', str(digits))} AS {target})"
    if found.family in BINARY_NUMBERS:
        double = ColumnType(Family.DOUBLE, "double", "DOUBLE")
        return double, lambda value: fn("round", f"CAST({value} AS DOUBLE)", str(digits))
    if found.family is Family.BIGNUM:
        return found, lambda value: _round_bignum(value, digits)
    huge = "UHUGEINT" if found.name == "uhugeint" else "HUGEINT"  # room for 18446744073709551615 to be rounded up
    wide = ColumnType(found.family, huge.lower(), huge, INTEGER_DIGITS[huge.lower()])
    return wide, lambda value: fn("round", f"CAST({value} AS {huge})", str(digits))


def _round_bignum(value: Sql, digits: int) -> Sql:
    """DuckDB rounds a BIGNUM as DOUBLE; beyond 128 bits it stays as it is."""
    rounded = fn("round", f"TRY_CAST(CAST({value} AS VARCHAR) AS HUGEINT)", str(digits))
    return f"COALESCE(CAST(CAST({rounded} AS VARCHAR) AS BIGNUM), {value})"
