"""Pairs of column types: what makes a gold value and an output value comparable.

A pair gives SQL for four things: a canonical value (equal exactly when the values are), an injective text of it (for
use inside nested values), a predicate for values that may differ by a tolerance, and numbers to sort such values by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from benchmark.duckdb_sql import Sql, Wrap, all_of, any_of, case, fn, unless_null

Side = Literal["gold", "output"]

FLOAT_TOLERANCE = 1e-9
"""Relative, for FLOAT and DOUBLE gold columns: sums in another order differ in their last digits."""
END_OF_TIME = "CAST('100000000000000000000000000' AS HUGEINT)"
"""Nanoseconds that stand for the infinity of dates and timestamps, whose greatest is below 2e23."""
_SLACK = 4e-15
"""Relative; lets a binary difference of 0.010000000000000009 pass where 0.01 is allowed."""


class Tolerance(NamedTuple):
    """How far two numbers may be apart; the widest part counts, limits included."""

    relative: float = 0.0
    """Fraction of |gold|."""
    absolute: float = 0.0
    """In `unit`s of the canonical value."""
    default: float = 0.0
    """Fraction of the larger of |gold| and |output|."""
    is_binary: bool = False
    """The canonical values are DOUBLE: NaN and infinities exist, differences are rounded."""
    unit: float = 1.0
    infinity: Sql | None = None
    """Canonical values of this size stand for an infinity, which is near nothing; None = only NaN and inf do."""

    def is_finite(self, canonical: Sql) -> Sql:
        """Whether a canonical value is a number that others can be near."""
        if self.infinity is not None:
            return f"{fn('abs', canonical)} < {self.infinity}"
        return fn("isfinite", canonical) if self.is_binary else "true"


@dataclass(frozen=True)
class LeafOptions:
    """What applies to the numbers and times of a column, however deep inside it they are."""

    relative: float = 0.0
    absolute: float = 0.0
    round_digits: int | None = None
    is_exact: bool = False
    """A key: FLOAT and DOUBLE are exact too."""
    is_json_by_value: bool = True
    """False = JSON compares by its text without spaces: quicker, and good to find equal tables."""

    @property
    def is_declared(self) -> bool:
        """Whether the task declares a tolerance."""
        return bool(self.relative or self.absolute)

    def for_numbers(self, *, is_binary: bool, has_default: bool = False) -> Tolerance:
        """The tolerance between numbers."""
        return Tolerance(self.relative, self.absolute, FLOAT_TOLERANCE if has_default else 0.0, is_binary)

    def for_times(self) -> Tolerance:
        """The tolerance between times, whose canonical values are nanoseconds."""
        return Tolerance(absolute=self.absolute, unit=1e9, infinity=END_OF_TIME)


class Dimension(NamedTuple):
    """One number of a value that has a tolerance."""

    sql: Sql
    """DOUBLE; NULL where it is not finite."""
    tolerance: Tolerance


class HashInput(NamedTuple):
    """Something of a value to hash. Together, the inputs of a value differ exactly where the values do."""

    kind: Literal["integer", "word", "text", "bytes", "digest"]
    """`integer`: a BIGINT. `word`: at most 64 bits of which DuckDB's `hash` is one-to-one. `text`: a VARCHAR that is
    cheap to read several times. `bytes`: a BLOB. `digest`: a VARCHAR that is worked out, and read once."""
    sql: Sql


HashAs = Literal["word", "bytes", "digest", "hugeint", "uhugeint"]


class Pair(Protocol):
    """Two comparable types."""

    @property
    def is_tolerant(self) -> bool:
        """Whether values may differ and still be the same."""

    def canonical(self, side: Side, value: Sql) -> Sql:
        """A value of one type on both sides, equal exactly when the values are; NULL for NULL."""

    def hash_inputs(self, side: Side, value: Sql) -> list[HashInput]:
        """What of a value is hashed: all that the canonical value holds, in a form that loses nothing."""

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """Text, never NULL, equal exactly when the values are, and never a prefix of another such text.

        A skeleton leaves out the numbers that have a tolerance and keeps all else.
        """

    def same(self, gold: Sql, output: Sql) -> Sql:
        """Whether two values are the same, tolerance included; never NULL."""

    def dimensions(self, side: Side, value: Sql) -> list[Dimension]:
        """Numbers of a value that are near each other where two values are the same."""


@dataclass(frozen=True)
class ScalarPair:
    """Two scalar types with a common one."""

    gold: Wrap
    output: Wrap
    text: Wrap
    """Injective text of a canonical value."""
    tolerance: Tolerance | None = None
    has_free_text: bool = False
    """The text may hold any character."""
    hash_as: HashAs = "digest"
    """What the canonical value is, for hashing: see `HashInput`. `digest` is right for every type, and the slowest."""
    to_hash: Callable[[Sql], list[HashInput]] | None = None
    """What of a raw value is hashed, where that is quicker than the canonical value."""

    @property
    def is_tolerant(self) -> bool:
        """See `Pair`."""
        return self.tolerance is not None

    def canonical(self, side: Side, value: Sql) -> Sql:
        """See `Pair`."""
        return self.gold(value) if side == "gold" else self.output(value)

    def hash_inputs(self, side: Side, value: Sql) -> list[HashInput]:
        """See `Pair`."""
        if self.to_hash:
            return self.to_hash(value)
        canonical = self.canonical(side, value)
        if self.hash_as in ("hugeint", "uhugeint"):
            return halves(canonical, self.hash_as.upper())
        if self.hash_as == "word" or self.hash_as == "bytes":
            return [HashInput(self.hash_as, canonical)]
        return [HashInput("digest", self.text(canonical))]

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """See `Pair`."""
        canonical = self.canonical(side, value)
        if is_skeleton and self.tolerance:
            text = unless_null(canonical, self._class_of(canonical))
        elif self.has_free_text:
            text = fn("replace", fn("replace", self.text(canonical), r"'\'", r"'\\'"), "','", r"'\,'")
        else:
            text = self.text(canonical)
        return f"COALESCE({fn('||', _quoted('='), fn('||', text, _quoted(',')))}, 'N,')"

    def same(self, gold: Sql, output: Sql) -> Sql:
        """See `Pair`."""
        left, right = self.canonical("gold", gold), self.canonical("output", output)
        equal = f"{left} IS NOT DISTINCT FROM {right}"
        if self.tolerance is None:
            return equal
        return f"COALESCE({any_of([equal, _is_near(left, right, self.tolerance)])}, false)"

    def dimensions(self, side: Side, value: Sql) -> list[Dimension]:
        """See `Pair`."""
        if self.tolerance is None:
            return []
        canonical = self.canonical(side, value)
        number = f"CAST({canonical} AS DOUBLE)"
        is_finite = all_of([fn("isfinite", number), self.tolerance.is_finite(canonical)])
        return [Dimension(case((is_finite, number), otherwise="NULL"), self.tolerance)]

    def _class_of(self, canonical: Sql) -> Sql:
        if self.tolerance is None:
            return "'number'"
        return case((self.tolerance.is_finite(canonical), "'number'"), otherwise=self.text(canonical))


def halves(value: Sql, type_name: str = "HUGEINT") -> list[HashInput]:
    """The two 64-bit words of a HUGEINT or UHUGEINT. DuckDB's own hash of it is their XOR, which forgets the order."""
    upper = f"CAST({fn('>>', value, '64')} AS {'BIGINT' if type_name == 'HUGEINT' else 'UBIGINT'})"
    lower = f"CAST({fn('&', value, f'CAST(18446744073709551615 AS {type_name})')} AS UBIGINT)"
    return [HashInput("word", upper), HashInput("word", lower)]


def double_text(value: Sql) -> Sql:
    """Text of a DOUBLE, the same for -0.0 and 0.0 and for every NaN."""
    return case(
        (f"{value} IS NULL", "NULL"),
        (fn("isnan", value), "'nan'"),
        (f"{value} = 0", "'0.0'"),
        otherwise=f"CAST({value} AS VARCHAR)",
    )


def incomparable() -> ScalarPair:
    """Two types of which no values are equal but NULL and NULL."""

    def mark(text: str) -> Wrap:
        return lambda value: case((f"{value} IS NULL", "NULL"), otherwise=f"'{text}'")

    return ScalarPair(mark("gold"), mark("output"), lambda value: value)


def allowed_difference(gold: Sql, output: Sql, tolerance: Tolerance) -> Sql:
    """The largest difference, a DOUBLE in units of the canonical value, at which two finite numbers are the same."""
    size = f"CAST({fn('abs', gold)} AS DOUBLE)"
    largest = fn("greatest", size, f"CAST({fn('abs', output)} AS DOUBLE)")
    parts = []
    if tolerance.relative:
        parts.append(fn("*", number(tolerance.relative), size))
    if tolerance.absolute:
        parts.append(number(tolerance.absolute * tolerance.unit))
    if tolerance.default:
        parts.append(fn("*", number(tolerance.default), largest))
    widest = parts[0] if len(parts) == 1 else fn("greatest", *parts)
    if not (tolerance.relative or tolerance.absolute):
        return widest
    slack = fn("*", number(_SLACK), largest if tolerance.is_binary else widest)
    return fn("+", widest, slack)


def number(value: float) -> Sql:
    """A DOUBLE literal."""
    return f"CAST('{value!r}' AS DOUBLE)"


def _is_near(gold: Sql, output: Sql, tolerance: Tolerance) -> Sql:
    difference = f"CAST({fn('abs', fn('-', gold, output))} AS DOUBLE)"
    near = f"TRY({difference}) <= {allowed_difference(gold, output, tolerance)}"
    return all_of([tolerance.is_finite(gold), tolerance.is_finite(output), near])


def without_tolerance(options: LeafOptions) -> LeafOptions:
    """The same for values that must be exact: keys of a table or of a map."""
    return replace(options, relative=0.0, absolute=0.0, is_exact=True)


def _quoted(text: str) -> Sql:
    return f"'{text}'"
