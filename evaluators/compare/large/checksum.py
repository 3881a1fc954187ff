"""Order-independent checksums: equal tables are recognised in one scan of each.

DuckDB's `hash` alone is not good enough: `hash(a, b)` is linear in its last step, so the XOR over rows of a table with
scrambled columns is that of the right one; `hash([])`, `hash([NULL])` and `hash(NULL)` are one number; and whoever
knows the function can make two rows collide. So nested values are hashed by an injective text, each column but one is
mixed with a secret of this comparison before it is hashed (again), the row's hash is hashed once more, and sums of
these are compared, one for each part of the tables. Two different tables pass with a chance of about 2^-63, which an
author of the output cannot raise without the secret; tables of up to `EXACT_CELLS` cells are compared exactly on top.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from benchmark.duckdb_sql import Sql, fn
from evaluators.compare.columns import SOURCE, Plan, ScoredColumn
from evaluators.compare.large.partitions import N_PARTS, part_number
from evaluators.compare.relations import Relation
from evaluators.compare.types.comparator import Side
from evaluators.compare.types.duckdb_types import Family

EXACT_CELLS = 1_000_000
"""Up to this many compared cells, equal checksums are confirmed by an exact comparison (about 0.2 s)."""


class Checksum(NamedTuple):
    """Of the rows of one side."""

    parts: dict[int, tuple[int, int]]
    """Number of a part (see `evaluators.compare.large.partitions`) to its rows, and the sum of their hashes."""

    @property
    def n_rows(self) -> int:
        """Of all parts."""
        return sum(n_rows for n_rows, _ in self.parts.values())

    def n_rows_in(self, parts: Iterable[int]) -> int:
        """Of some parts."""
        return sum(self.parts.get(part, (0, 0))[0] for part in parts)


class Checksums(NamedTuple):
    """Of both sides, in the same parts."""

    gold: Checksum
    output: Checksum

    @property
    def differing(self) -> list[int]:
        """Numbers of the parts that are not the same on both sides."""
        gold, output = self.gold.parts, self.output.parts
        return [part for part in sorted(gold.keys() | output.keys()) if gold.get(part) != output.get(part)]

    @property
    def n_rows(self) -> int:
        """Of the larger side."""
        return max(side.n_rows for side in self)

    def n_rows_in(self, parts: Iterable[int]) -> int:
        """Of some parts, each on the side that has more there."""
        return sum(max(side.n_rows_in([part]) for side in self) for part in parts)

    @property
    def is_spread(self) -> bool:
        """Whether gold's parts are of much the same size."""
        sizes = [n_rows for n_rows, _ in self.gold.parts.values()]
        return not sizes or max(sizes) * len(sizes) <= 4 * sum(sizes)


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


def read_checksum(
    tables: Tables, side: Side, salts: list[int], by: tuple[int, ...], n_parts: int = N_PARTS, where: Sql = "true"
) -> Checksum:
    """Scan one side once.

    Args:
        tables: The two relations.
        side: Which of them.
        salts: The same for both sides.
        by: Positions of the columns that rows are parted by.
        n_parts: Into how many parts.
        where: Which rows count.

    Raises:
        duckdb.Error: The relation cannot be read.
    """
    half = f"CAST({fn('>>', salted_row_hash(tables, side, salts), '1')} AS BIGINT)"  # quicker to sum than a UBIGINT
    rows = tables.select(side, {"part": part_number(tables.plan, side, by, n_parts), "hashed": half}, where)
    found = tables.connection.execute(
        f"SELECT part, {fn('count_star')}, {fn('sum', 'hashed')} FROM ({rows}) GROUP BY part"
    ).fetchall()
    return Checksum({number: (n_rows, int(total)) for number, n_rows, total in found})


def salted_row_hash(tables: Tables, side: Side, salts: list[int]) -> Sql:
    """Hash of a row that nobody can foresee.

    An integer is mixed with its secret, of other values their hash is. The first of these stays without where another
    column has a secret: what a change of it does to the row's hash cannot be foreseen, nor be made up for elsewhere.
    """
    columns = tables.plan.columns
    plain = next((i for i, column in enumerate(columns) if not column.pair.is_bigint), None)
    values = []
    for i, (column, salt) in enumerate(zip(columns, salts, strict=True)):
        if column.pair.is_bigint:
            values.append(fn("xor", f"CAST({column.canonical(side)} AS BIGINT)", f"CAST({salt >> 1} AS BIGINT)"))
        elif i == plain and len(columns) > 1:
            values.append(column_hash(column, side))
        else:
            values.append(fn("xor", column_hash(column, side), f"CAST({salt} AS UBIGINT)"))
    return fn("hash", fn("hash", *values)) if values else "CAST(0 AS UBIGINT)"


def column_hash(column: ScoredColumn, side: Side) -> Sql:
    """64-bit hash of a value.

    DuckDB hashes a 128-bit number as the XOR of its halves, so that the halves can be swapped: something else of the
    value is added.
    """
    value = column.hashed(side)
    families = {column.gold_type.family, column.output_type.family}
    if families == {Family.UUID}:
        return fn("hash", f"CAST({value} AS VARCHAR)")
    is_wide = families <= {Family.INTEGER, Family.DECIMAL} and column.gold_type.precision > 18
    if is_wide and not column.pair.is_bigint:
        return fn("hash", value, f"CAST({value} AS DOUBLE)")
    return fn("hash", value)


def is_exactly_equal(tables: Tables) -> bool:
    """Whether two relations with as many rows are the same bag of rows, by value and not by hash."""
    gold = tables.select("gold", tables.canonical("gold"))
    output = tables.select("output", tables.canonical("output"))
    (n_rows,) = tables.fetch(f"SELECT {fn('count_star')} FROM ({gold} EXCEPT ALL {output})")
    return n_rows == 0
