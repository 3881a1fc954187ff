"""Which type holds the values of a raw column and those of a new batch: decided by the values, not only by the types.

Numbers widen from integer to DECIMAL, and to DOUBLE only where every value survives it; what no number type holds
becomes text. Dates widen to timestamps. Everything else that differs becomes text. A column without a value takes any
type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sources.loader.conversions import DATES, as_text, instant, is_number

UNBOUNDED = "DECIMAL"
"""Type of a batch of exact numbers whose size nobody declared; a table has a DECIMAL with a size instead."""

_LARGEST_PRECISION = 38
_SMALL_PRECISION = 18
"""A DECIMAL up to this precision is a 64-bit integer inside, and quicker than a wider one."""
_EXACT_IN_DOUBLE = 15
"""Decimal digits that every DOUBLE gives back as they were."""
_EXACT_IN_BIGINT = 18
"""Digits of the longest integers of which all fit in 64 bits."""
_SIZE = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Facts:
    """What a column's values need."""

    kind: str
    """Their type."""
    n_values: int
    """Values that are not NULL."""
    n_integer_digits: int = 0
    """Numbers: digits before the point, of the longest."""
    n_decimals: int = 0
    """Numbers: digits after the point, of the longest."""
    n_odd: int = 0
    """Numbers that no DECIMAL has: NaN, infinities, those written with an exponent."""
    n_inexact: int = 0
    """Numbers that may be another one as DOUBLE."""
    n_wrong: int = 0
    """Texts that are no value of this type at all."""
    n_too_fine: int = 0
    """Times with digits after the microsecond, and years that DuckDB does not have."""


def facts_query(expression: str, kind: str, *, is_text: bool) -> str:
    """SQL of a struct with the fields of `Facts`, as an aggregate over a column.

    Args:
        expression: The column.
        kind: Type of its values.
        is_text: Whether they are written as text still.
    """
    if is_number(kind):
        return _number_facts(expression, kind, is_text=is_text)
    if kind in DATES and is_text:
        return _date_facts(expression, kind)
    return f"{{'kind': '{kind}', 'n_values': count({expression})}}"


def _number_facts(expression: str, kind: str, *, is_text: bool) -> str:
    text = expression if is_text else as_text(expression, kind)
    digits = f"ltrim({text}, '-')"
    is_plain = f"regexp_full_match({text}, '-?[0-9]+(\\.[0-9]+)?')"
    significant = f"length(ltrim(replace({digits}, '.', ''), '0'))"
    inexact = "0" if kind == "DOUBLE" else f"count(*) filter ({is_plain} and {significant} > {_EXACT_IN_DOUBLE})"
    if kind == "BIGINT" and not is_text:
        inexact = f"count(*) filter ({expression} not between -9007199254740992 and 9007199254740992)"
    return (
        f"{{'kind': '{kind}', 'n_values': count({expression}), "
        f"'n_integer_digits': coalesce(max(length(ltrim(split_part({digits}, '.', 1), '0'))) filter ({is_plain}), 0), "
        f"'n_decimals': coalesce(max(length(split_part({text}, '.', 2))) filter ({is_plain}), 0), "
        f"'n_odd': count(*) filter (not {is_plain}), "
        f"'n_inexact': {inexact}, "
        f"'n_wrong': count(*) filter ({is_wrong(text, kind)})}}"
    )


_OFFSET = "[zZ]|[+-][0-9]{2}(:?[0-9]{2}){0,2}"
_ZONE = f"({_OFFSET})( BC)?$"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"


def _date_facts(expression: str, kind: str) -> str:
    has_time = f"(contains({expression}, ':') or contains({expression}, 'T'))"
    has_zone = f"({has_time} and regexp_matches({expression}, '{_ZONE}'))"
    found = f"max(case when {has_zone} then 2 when {has_time} then 1 else 0 end)"
    return (
        f"{{'kind': {list(DATES)}[1 + greatest({DATES.index(kind)}, coalesce({found}, 0))], "
        f"'n_values': count({expression}), "
        f"'n_wrong': count(*) filter ({is_wrong(expression, kind)}), "
        f"'n_too_fine': count(*) filter ({_is_too_fine(expression)})}}"
    )


def _is_too_fine(expression: str) -> str:
    """SQL: a time with digits that DuckDB would cut, or a year that it does not have."""
    return (
        f"((contains({expression}, '.') and regexp_matches({expression}, '\\.[0-9]{{6}}[0-9]*[1-9]')) "
        f"or (regexp_matches({expression}, '^[0-9]{{5,}}-') and {_is_no_instant(expression)}))"
    )


def _is_no_instant(expression: str) -> str:
    return f"try_cast({instant(expression)} as timestamp with time zone) is null"


def fits_plainly(expression: str, kind: str) -> str | None:
    """SQL of a condition that is cheaper than `Facts`: this text is a value of its type, which needs no other type.

    Args:
        expression: The text.
        kind: Type of the value that it stands for.

    Returns:
        None where there is no short answer. A text for which the condition is false may be a value nevertheless.
    """
    if kind in DATES:
        pattern = _DAY + ("" if kind == "DATE" else _CLOCK) + (f"({_OFFSET})?" if kind == DATES[-1] else "")
        is_instant = f"try_cast({expression} as timestamp with time zone) is not null"
        return f"regexp_full_match({expression}, '{pattern}') and {is_instant}"
    if (found := _SIZE.fullmatch(kind)) is None:
        return None
    n_decimals = int(found[2])
    n_integer_digits = int(found[1]) - n_decimals
    integer = f"[0-9]{{1,{n_integer_digits}}}" if n_integer_digits else "0"
    decimals = rf"(\.[0-9]{{1,{n_decimals}}})?" if n_decimals else ""
    return f"regexp_full_match({expression}, '-?{integer}{decimals}')"


def is_wrong(expression: str, kind: str) -> str:
    """SQL of a condition: this text is no value of its type."""
    if is_number(kind):
        return f"({expression} is not null and try_cast({expression} as double) is null)"
    if kind in DATES:
        return f"({expression} is not null and {_is_no_instant(expression)} and not {_is_too_fine(expression)})"
    return f"({expression} is not null and try_cast({expression} as {kind}) is null)"


def holds(kind: str, facts: Facts) -> bool:
    """Whether a column of this type takes these values as they are."""
    if not facts.n_values:
        return True
    if is_number(kind) and is_number(facts.kind):
        return _holds_numbers(kind, facts)
    if kind in DATES and facts.kind in DATES:
        return not facts.n_too_fine and DATES.index(facts.kind) <= DATES.index(kind)
    return kind in ("VARCHAR", facts.kind)


def _holds_numbers(kind: str, facts: Facts) -> bool:
    if kind == "DOUBLE":
        return facts.kind == "DOUBLE" or not facts.n_inexact
    if kind == "BIGINT":
        is_short = not (facts.n_odd or facts.n_decimals or facts.n_integer_digits > _EXACT_IN_BIGINT)
        return facts.kind == "BIGINT" or (facts.kind != "DOUBLE" and is_short)
    if facts.n_odd:
        return False
    size = _size(kind)
    return size is not None and facts.n_integer_digits <= size[0] and facts.n_decimals <= size[1]


def common_type(table: Facts, batch: Facts) -> str:
    """The narrowest type that holds the values of a table's column and of a batch.

    Args:
        table: Facts of the column as it is; without a value its type does not count.
        batch: Facts of the new values; at least one is there.
    """
    if not table.n_values:
        table = Facts(batch.kind, 0)
    if is_number(table.kind) and is_number(batch.kind):
        return _common_number(table, batch)
    if table.kind in DATES and batch.kind in DATES and not batch.n_too_fine:
        return DATES[max(DATES.index(table.kind), DATES.index(batch.kind))]
    return batch.kind if table.kind == batch.kind and not batch.n_too_fine else "VARCHAR"


def _common_number(table: Facts, batch: Facts) -> str:
    if table.kind == batch.kind == "BIGINT" or table.kind == batch.kind == "DOUBLE":
        return batch.kind
    n_odd = table.n_odd + batch.n_odd
    is_double = "DOUBLE" in (table.kind, batch.kind)
    decimal = None if n_odd else _common_decimal(table, batch)
    if decimal and not is_double:
        return decimal
    if not table.n_inexact and not batch.n_inexact:
        return "DOUBLE"
    return decimal or "VARCHAR"


def _common_decimal(table: Facts, batch: Facts) -> str | None:
    """A DECIMAL for both: by the declared sizes, else by the values; None where they need more than 38 digits."""
    sizes = [_size(facts.kind) for facts in (table, batch)]
    if all(sizes) and not _overflows(batch):
        n_integer_digits, n_decimals = (max(size[place] for size in sizes if size) for place in (0, 1))
        if n_integer_digits + n_decimals <= _LARGEST_PRECISION:
            return f"DECIMAL({n_integer_digits + n_decimals},{n_decimals})"
    n_decimals = max(table.n_decimals, batch.n_decimals)
    precision = max(table.n_integer_digits, batch.n_integer_digits) + n_decimals
    if precision > _LARGEST_PRECISION:
        return None
    return f"DECIMAL({_SMALL_PRECISION if precision <= _SMALL_PRECISION else _LARGEST_PRECISION},{n_decimals})"


def _overflows(facts: Facts) -> bool:
    """Whether values are longer than their own type says."""
    size = _size(facts.kind)
    return size is not None and (facts.n_integer_digits > size[0] or facts.n_decimals > size[1])


def _size(kind: str) -> tuple[int, int] | None:
    """Digits before and after the point that a type has; None where nobody declared them."""
    if kind == "BIGINT":
        return 19, 0
    found = _SIZE.fullmatch(kind)
    return (int(found[1]) - int(found[2]), int(found[2])) if found else None
