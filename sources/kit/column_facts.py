"""What can be counted about the columns of an extract's tables, in one pass each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from sources.kit.extract_files import RAW, materialize, open_extract
from sources.kit.states import column_types

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class ColumnFacts:
    """One column."""

    name: str
    type: str
    """DuckDB's."""
    n_rows: int
    n_null: int
    n_distinct: int
    """Without NULL."""
    n_in_order: int
    """Rows that are not less than the row before them, in the order of the file; 0 for what is no time."""
    n_with_at_sign: int
    """Texts with an @; 0 for what is no text."""
    n_words: float
    """Words of a text on average; 0 for what is no text."""
    longest: int
    """Characters of the longest value as text."""

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.n_rows > 0 and self.n_distinct == self.n_rows

    @property
    def is_time(self) -> bool:
        """Whether it is a date or a timestamp."""
        return self.type.startswith(("DATE", "TIMESTAMP"))

    @property
    def is_text(self) -> bool:
        """Whether it is text."""
        return self.type == "VARCHAR"

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return self.type.endswith("INT") or self.type == "INTEGER" or self.type == "UINTEGER"

    @property
    def is_number(self) -> bool:
        """Whether it is any number."""
        return self.is_whole or self.type.startswith(("DECIMAL", "DOUBLE", "FLOAT"))

    @property
    def may_identify(self) -> bool:
        """Whether identifiers are of such a type."""
        return self.is_text or self.is_whole or self.type == "UUID"


def facts_of_extract(
    connection: "DuckDBPyConnection", folder: Path
) -> tuple[dict[str, Path], dict[str, tuple[ColumnFacts, ...]]]:
    """Read an extract: table -> file, table -> what its columns are like.

    Raises:
        GeneratorError: A file cannot be read.
    """
    files = open_extract(connection, folder)
    materialize(connection, files)
    connection.execute(f"set search_path = '{RAW},main'")
    return files, {table: _facts(connection, table) for table in files}


def _facts(connection: "DuckDBPyConnection", table: str) -> tuple[ColumnFacts, ...]:
    types = column_types(connection, table)
    parts = ["count(*)"]
    for column, type_ in types.items():
        value = quote(column)
        is_text, is_time = type_ == "VARCHAR", type_.startswith(("DATE", "TIMESTAMP"))
        parts += [
            f"count(*) - count({value})",
            f"count(distinct {value})",
            f"count_if({value} >= {quote(f'before {column}')})" if is_time else "0",
            f"count_if(contains({value}, '@'))" if is_text else "0",
            f"coalesce(avg(len(string_split(trim({value}), ' '))), 0)" if is_text else "0",
            f"coalesce(max(length({value}::varchar)), 0)",
        ]
    before = "".join(
        f", lag({quote(column)}) over (order by rowid) as {quote(f'before {column}')}"
        for column, type_ in types.items()
        if type_.startswith(("DATE", "TIMESTAMP"))
    )
    found = connection.execute(f"select {', '.join(parts)} from (select *{before} from {quote(table)})").fetchone()
    assert found is not None
    n_rows, rest = int(found[0]), found[1:]
    n_facts = len(rest) // len(types)
    facts = []
    for number, (column, type_) in enumerate(types.items()):
        n_null, n_distinct, n_in_order, n_at_signs, n_words, longest = rest[number * n_facts : (number + 1) * n_facts]
        facts.append(
            ColumnFacts(
                name=column,
                type=type_,
                n_rows=n_rows,
                n_null=n_null,
                n_distinct=n_distinct,
                n_in_order=n_in_order,
                n_with_at_sign=n_at_signs,
                n_words=n_words,
                longest=longest,
            )
        )
    return tuple(facts)


def unique_together(connection: "DuckDBPyConnection", table: str, columns: Sequence[str]) -> bool:
    """Whether no two rows share the values of some columns, and none is missing."""
    listed = ", ".join(map(quote, columns))
    some_null = " or ".join(f"{quote(column)} is null" for column in columns)
    found = connection.execute(
        f"select 1 from {quote(table)} group by {listed} having count(*) > 1 or bool_or({some_null}) limit 1"
    ).fetchone()
    return found is None


def matches(
    connection: "DuckDBPyConnection", table: str, columns: Sequence[str], parent: str, parent_columns: Sequence[str]
) -> Mapping[str, int] | None:
    """How many different values of some columns are in those of another table; None: they cannot be compared."""
    own_types, parent_types = column_types(connection, table), column_types(connection, parent)
    for column, other in zip(columns, parent_columns, strict=True):
        if (own_types[column] == "VARCHAR") != (parent_types[other] == "VARCHAR"):
            return None
    listed = ", ".join(map(quote, columns))
    is_there = " and ".join(f"{quote(column)} is not null" for column in columns)
    found = connection.execute(
        f"select count(*), count_if(({listed}) in (select ({', '.join(map(quote, parent_columns))}) from "
        f"{quote(parent)})) from (select distinct {listed} from {quote(table)} where {is_there})"
    ).fetchone()
    assert found is not None
    return {"distinct": int(found[0]), "matching": int(found[1])}
