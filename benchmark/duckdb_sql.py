"""Building SQL that means the same in every session: qualified built-in functions, quoted names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Sql = str
Wrap = Callable[[Sql], Sql]
"""From a SQL expression to a SQL expression."""


def quote(name: str) -> Sql:
    """A SQL identifier, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def quote_relation(name: str) -> Sql:
    """Both parts of `schema.identifier`, each quoted."""
    schema, _, identifier = name.partition(".")
    return f"{quote(schema)}.{quote(identifier)}"


def literal(text: str) -> Sql:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def fn(name: str, *arguments: Sql) -> Sql:
    """A call of DuckDB's built-in function.

    A stored macro of the same name (`hash`, `count`, even `+`) shadows the built-in one unless that is qualified, so
    nothing is called by its bare name and arithmetic goes through here too. Nor is any of DuckDB's own macros (`json`,
    `list_sum`, `array_to_string`), whose bodies name functions barely.
    """
    return f'system.main."{name}"({", ".join(arguments)})'


def aggregated(values: Sql, name: str, *arguments: Sql) -> Sql:
    """An aggregate function over the elements of a list."""
    return fn("list_aggregate", values, f"'{name}'", *arguments)


def case(*branches: tuple[Sql, Sql], otherwise: Sql) -> Sql:
    """`CASE WHEN … THEN … ELSE … END`."""
    middle = " ".join(f"WHEN {condition} THEN {value}" for condition, value in branches)
    return f"CASE {middle} ELSE {otherwise} END"


def unless_null(value: Sql, result: Sql) -> Sql:
    """`result`, or NULL where `value` is NULL."""
    return case((f"{value} IS NULL", "NULL"), otherwise=result)


def all_of(conditions: Iterable[Sql]) -> Sql:
    """Conditions joined by AND; true when there is none."""
    return " AND ".join(f"({condition})" for condition in conditions) or "true"


def any_of(conditions: Iterable[Sql]) -> Sql:
    """Conditions joined by OR; false when there is none."""
    return " OR ".join(f"({condition})" for condition in conditions) or "false"


def count_if(condition: Sql) -> Sql:
    """Number of rows in which a condition holds; 2,000 of these plan 16 times faster than 2,000 FILTER clauses."""
    return fn("count", f"CASE WHEN {condition} THEN 1 END")
