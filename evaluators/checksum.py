"""Order-independent checksums: equal tables are recognised in one scan of each.

DuckDB's `hash` alone is not good enough: `hash(a, b)` is linear in its last step, so the XOR over rows of a table with
scrambled columns is that of the right one; `hash([])`, `hash([NULL])` and `hash(NULL)` are one number; and whoever
knows the function can make two values collide. So nested values are hashed by an injective text, each column's hash is
mixed with a secret of this comparison before it is hashed again, the row's hash is hashed once more and the sum of
these is compared. Two different tables pass with a chance of about 2^-64, which an author of the output cannot raise
without the secret; tables of up to `EXACT_CELLS` cells are compared exactly on top of that.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

import duckdb

from evaluators.column_types import Family
from evaluators.pairs import Side
from evaluators.plan import SOURCE, Plan, ScoredColumn
from evaluators.relations import Relation
from evaluators.sql import Sql, fn

EXACT_CELLS = 1_000_000
"""Up to this many compared cells, equal checksums are confirmed by an exact comparison (about 0.2 s)."""


class Checksum(NamedTuple):
    """Of all rows of one side."""

    n_rows: int
    total: int | None
    """None for an empty relation."""


class Tables(NamedTuple):
    """Two relations, and what is compared."""

    connection: duckdb.DuckDBPyConnection
    gold: Relation
    output: Relation
    plan: Plan

    def relation(self, side: Side) -> Relation:
        """One of the two."""
        return self.gold if side == "gold" else self.output

    def select(self, side: Side, items: dict[str, Sql], where: Sql = "true") -> Sql:
        """A query on one side; expressions refer to its columns as `ScoredColumn.raw` does."""
        listed = ", ".join(f"{expression} AS {alias}" for alias, expression in items.items())
        return f"SELECT {listed} FROM {self.relation(side).sql} AS {SOURCE} WHERE {where}"

    def canonical(self, side: Side) -> dict[str, Sql]:
        """Alias (`c0`, `c1` …) to canonical value of each scored column."""
        return {f"c{i}": column.canonical(side) for i, column in enumerate(self.plan.columns)}

    def fetch(self, query: Sql) -> tuple[object, ...]:
        """The one row of a query."""
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return tuple(row)


def secret_salts(n: int) -> list[int]:
    """One 64-bit number per column; they change no verdict, only what an attacker would have to know."""
    return [secrets.randbits(64) for _ in range(n)]


def read_checksum(tables: Tables, side: Side, salts: list[int]) -> Checksum:
    """Scan one side once.

    Raises:
        duckdb.Error: The relation cannot be read.
    """
    row = salted_row_hash(tables, side, salts)
    n_rows, total = tables.fetch(tables.select(side, {"n": fn("count_star"), "total": fn("sum", row)}))
    assert isinstance(n_rows, int)
    return Checksum(n_rows, None if total is None else int(str(total)))


def salted_row_hash(tables: Tables, side: Side, salts: list[int]) -> Sql:
    """Hash of a row that nobody can foresee."""
    values = [
        fn("xor", column_hash(column, column.canonical(side)), f"CAST({salt} AS UBIGINT)")
        for column, salt in zip(tables.plan.columns, salts, strict=True)
    ]
    return fn("hash", fn("hash", *values)) if values else "CAST(0 AS UBIGINT)"


def column_hash(column: ScoredColumn, canonical: Sql) -> Sql:
    """64-bit hash of a canonical value.

    DuckDB hashes a 128-bit number as the XOR of its halves, so that the halves can be swapped: something else of the
    value is added.
    """
    families = {column.gold_type.family, column.output_type.family}
    if families == {Family.UUID}:
        return fn("hash", f"CAST({canonical} AS VARCHAR)")
    if families <= {Family.INTEGER, Family.DECIMAL} and column.gold_type.precision > 18:
        return fn("hash", canonical, f"CAST({canonical} AS DOUBLE)")
    return fn("hash", canonical)


def row_hash(tables: Tables, side: Side, positions: tuple[int, ...]) -> Sql:
    """Hash of some columns of a row, the same in every comparison; only used to cut tables into parts."""
    columns = tables.plan.columns
    values = [column_hash(columns[i], columns[i].canonical(side)) for i in positions]
    return fn("hash", fn("hash", *values)) if values else "CAST(0 AS UBIGINT)"


def is_exactly_equal(tables: Tables) -> bool:
    """Whether two relations with as many rows are the same bag of rows, by value and not by hash."""
    gold = tables.select("gold", tables.canonical("gold"))
    output = tables.select("output", tables.canonical("output"))
    (n_rows,) = tables.fetch(f"SELECT {fn('count_star')} FROM ({gold} EXCEPT ALL {output})")
    return n_rows == 0
