"""Promises about a table that stand in its YAML file: each with the test that watches it and faults that break it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from authoring.generate.formulas import Formula, wrong_versions
from authoring.generate.wording import code, listed
from authoring.new_task.contract import Contract
from benchmark.duckdb_sql import literal, quote

N_BROKEN = 5
"""Rows that a fault changes at most, where it needs no more."""
_CODE = re.compile(r"`([^`]+)`")
_SHARE = re.compile(r"\b0 to 1\b")
_NULL = re.compile(r"\bNULL\b")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")


class Breach(NamedTuple):
    """A way to break a promise."""

    name: str
    """Of the fault, without the table."""
    sql: tuple[str, ...]


class Promise(NamedTuple):
    """Something that holds for a table on all data."""

    table: str
    """`schema.table`."""
    name: str
    """Of its test, without the table; in small letters, with underscores."""
    said: str
    """As it stands in the ticket; one sentence, columns as code."""
    columns: tuple[str, ...]
    test: str
    """A query for the rows that break it; `{table}` and `{other}` stand for relations."""
    breaches: tuple[Breach, ...]
    other: str = ""
    """Another table that the test reads."""


class Known(NamedTuple):
    """What is known of a table on the data of all seeds."""

    contract: Contract
    types: Mapping[str, str]
    empty: frozenset[str]
    """Columns that are empty somewhere."""
    values: Mapping[str, frozenset[str]]
    """Values of texts; columns with many values are left out."""
    negative: frozenset[str]
    """Columns with a number below 0."""

    @property
    def described(self) -> dict[str, str]:
        """Column -> what its YAML says."""
        return {column.name: " ".join(column.description.split()) for column in self.contract.columns}


def promises_of(known: Known, formulas: Sequence[Formula]) -> Iterator[Promise]:
    """What a table's YAML file promises, each column at most in one promise of a kind.

    Args:
        known: The table.
        formulas: Columns of it that follow from others of the same row.
    """
    yield _key(known)
    if promise := _never_empty(known):
        yield promise
    yield from _lists(known)
    yield from _shares(known)
    if promise := _not_negative(known):
        yield promise
    for formula in formulas:
        yield _follows(known, formula)


def points_to(known: Known, other: Known) -> Promise | None:
    """The promise that a column of one table is a key of another one; None where it has no such column."""
    if len(other.contract.key) != 1:
        return None
    [column] = other.contract.key
    if column not in known.types or column in known.contract.key or known.contract.table == other.contract.table:
        return None
    unknown = f"{quote(column)} || '0'" if known.types[column] == "VARCHAR" else f"-{quote(column)} - 1"
    name, place = quote(column), other.contract.table.partition(".")[2]
    return Promise(
        known.contract.table,
        f"{column}_is_in_{place}",
        f"Each `{column}` is there in `{other.contract.table}`{_where_filled(known, column)}.",
        (column,),
        f"select * from {{table}}\nwhere {name} not in (select other.{name} from {{other}} as other)",
        (Breach(f"{column}_not_in_{place}", (_update(known, column, unknown, f"{name} is not null"),)),),
        other.contract.table,
    )


def _key(known: Known) -> Promise:
    contract = known.contract
    names = ", ".join(quote(column) for column in contract.key)
    missing = " or ".join(f"min({quote(column)}) is null" for column in contract.key)
    table = contract.table
    twice = f"insert into {table} select * from {table} order by {_shuffled(contract.key)} limit {N_BROKEN}"
    return Promise(
        table,
        "key",
        _said_of_key(contract.key),
        contract.key,
        f"select {names} from {{table}}\ngroup by {names}\nhaving count(*) > 1 or {missing}",
        (Breach("rows_twice", (twice,)),),
    )


def _said_of_key(key: Sequence[str]) -> str:
    if len(key) == 1:
        return f"`{key[0]}` is different in each row, and never empty."
    return f"No two rows have the same {code(key)}, and {'neither' if len(key) == 2 else 'none'} of them is empty."


def _never_empty(known: Known) -> Promise | None:
    columns = [
        column
        for column, text in known.described.items()
        if column not in known.contract.key and column not in known.empty and not _NULL.search(text)
    ]
    if not columns:
        return None
    where = " or ".join(f"{quote(column)} is null" for column in columns)
    chosen = [columns[0], columns[-1]] if len(columns) > 1 else columns
    return Promise(
        known.contract.table,
        "nothing_is_missing",
        f"{code(columns)} {'is' if len(columns) == 1 else 'are'} never empty.",
        tuple(columns),
        f"select * from {{table}}\nwhere {where}",
        tuple(Breach(f"{column}_lost", (_update(known, column, "null", ""),)) for column in chosen),
    )


def _lists(known: Known) -> Iterator[Promise]:
    for column, text in known.described.items():
        allowed = list(dict.fromkeys(_CODE.findall(text)))
        seen = known.values.get(column, frozenset())
        if len(allowed) < 2 or len(seen) < 2 or not seen <= set(allowed) or set(allowed) & known.types.keys():
            continue
        other = min(seen)
        wrong = f"upper({quote(column)})" if other != other.upper() else f"lower({quote(column)})"
        values = ", ".join(literal(value) for value in allowed)
        yield Promise(
            known.contract.table,
            f"{column}_is_listed",
            f"`{column}` is one of {listed([f'`{value}`' for value in allowed], 'or')}{_where_filled(known, column)}.",
            (column,),
            f"select * from {{table}}\nwhere {quote(column)} not in ({values})",
            (Breach(f"{column}_in_other_letters", (_update(known, column, wrong, f"{quote(column)} is not null"),)),),
        )


def _shares(known: Known) -> Iterator[Promise]:
    for column, text in known.described.items():
        if _SHARE.search(text) and known.types[column] in ("DOUBLE", "FLOAT"):
            name = quote(column)
            yield Promise(
                known.contract.table,
                f"{column}_is_a_share",
                f"`{column}` is between 0 and 1{_where_filled(known, column)}.",
                (column,),
                f"select * from {{table}}\nwhere {name} < 0 or {name} > 1",
                (Breach(f"{column}_in_percent", (_update(known, column, f"{name} * 100", f"{name} > 0.02"),)),),
            )


def _not_negative(known: Known) -> Promise | None:
    columns = [
        column
        for column in known.described
        if column.startswith("n_") and known.types[column].startswith(_NUMBERS) and column not in known.negative
        and "less" not in known.described[column]
    ]  # fmt: skip
    if not columns:
        return None
    chosen = columns[len(columns) // 2]
    where = " or ".join(f"{quote(column)} < 0" for column in columns)
    return Promise(
        known.contract.table,
        "counts_have_no_sign",
        f"{code(columns)} {'is' if len(columns) == 1 else 'are'} never negative.",
        tuple(columns),
        f"select * from {{table}}\nwhere {where}",
        (Breach(f"{chosen}_with_a_sign", (_update(known, chosen, f"-{quote(chosen)}", f"{quote(chosen)} > 0"),)),),
    )


def _follows(known: Known, formula: Formula) -> Promise:
    name, column = quote(formula.column), formula.column
    text = known.described[column].rstrip(".")
    if formula.words:
        is_told = column not in known.empty or "empty" in formula.words
        said = f"`{column}` is {formula.words}{'' if is_told else _where_empty(formula)}"
    else:
        said = f"`{column}` follows from {code(formula.reads)}: {_continued(text)}"
    table = known.contract.table
    breaches = [
        Breach(f"{column}_{what}", (f"update {table} set {name} = {sql} where {name} is distinct from ({sql})",))
        for what, sql in wrong_versions(formula, known.types)
    ]
    return Promise(
        known.contract.table,
        f"{column}_follows",
        f"{said}.",
        (column, *formula.reads),
        f"select * from {{table}}\nwhere {name} is distinct from ({formula.sql})",
        tuple(breaches),
    )


def _where_empty(formula: Formula) -> str:
    if "divided by" in formula.words:
        return "; empty where the divisor is 0 or one of them is empty"
    return "; empty where one of them is"


def _continued(text: str) -> str:
    """A sentence after a colon: with a small letter, unless it begins with an abbreviation."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _where_filled(known: Known, column: str) -> str:
    return ", where it is not empty" if column in known.empty else ""


def _shuffled(columns: Sequence[str], alias: str = "") -> str:
    """An order of rows that says nothing about them."""
    lead = f"{alias}." if alias else ""
    return f"md5(concat_ws('|', {', '.join(lead + quote(column) for column in columns)}))"


def _update(known: Known, column: str, value: str, where: str) -> str:
    """Change a column in a few rows."""
    table, key = known.contract.table, known.contract.key
    condition = f" where {where}" if where else ""
    chosen = f"select {_shuffled(key)} from {table}{condition} order by 1 limit {N_BROKEN}"
    return f"update {table} set {quote(column)} = {value} where {_shuffled(key)} in ({chosen})"
