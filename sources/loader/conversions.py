"""SQL expressions that turn a value of one type into another type without changing it."""

from __future__ import annotations

DATES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
"""Each of these holds the values of the ones before it; a time without a zone is UTC."""


def is_number(kind: str) -> bool:
    """Whether a DuckDB type, or the DECIMAL of unknown size, is a number."""
    return kind in ("BIGINT", "DOUBLE") or kind.startswith("DECIMAL")


def from_text(expression: str, kind: str, target: str) -> str:
    """SQL that reads a text, which stands for a value of one type, as the target type.

    Args:
        expression: SQL of the text.
        kind: Type of the value that the text stands for.
        target: Type that is wanted.
    """
    if target == "VARCHAR":
        return f"cast(cast({expression} as boolean) as varchar)" if kind == "BOOLEAN" else expression
    if target in DATES:
        return f"cast({instant(expression)} as {target})"
    return f"cast({expression} as {target})"


def instant(text: str) -> str:
    """SQL of a date or time as DuckDB reads it: PostgreSQL writes BC at the end, where DuckDB would not see it."""
    day = r"'^([0-9]+-[0-9]{2}-[0-9]{2})(.*) BC$', '\1 (BC)\2'"
    return f"case when suffix({text}, ' BC') then regexp_replace({text}, {day}) else {text} end"


def trimmed(text: str) -> str:
    """SQL of a decimal's text without zeros at its end: 1.50 is 1.5, and 2.00 is 2."""
    return f"case when contains({text}, '.') then rtrim(rtrim({text}, '0'), '.') else {text} end"


def from_typed(expression: str, kind: str, target: str) -> str:
    """SQL that turns a value of a DuckDB type into the target type.

    Args:
        expression: SQL of the value.
        kind: Its type.
        target: Type that is wanted.
    """
    return as_text(expression, kind) if target == "VARCHAR" else f"cast({expression} as {target})"


def as_text(expression: str, kind: str) -> str:
    """SQL of the text by which a value of a DuckDB type is kept: 1 for 1.0, a JSON string without its quotes."""
    text = f"cast({expression} as varchar)"
    if kind == "DOUBLE":
        return rf"regexp_replace({text}, '\.0$', '')"
    if kind == "JSON":
        return f"case json_type({expression}) when 'VARCHAR' then {expression} ->> '$' else {text} end"
    if kind in DATES:
        return rf"regexp_replace({text}, ' \(BC\)(.*)$', '\1 BC')"
    return text
