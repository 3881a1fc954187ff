"""Order-independent checksums: equal tables are recognised in one scan of each.

A checksum is the number of rows and the sum of their hashes, for each part of a table. Why two different tables have
different ones, and nobody can prepare a pair that does not, stands in `evaluators.compare.large.keyed_hash`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import duckdb

from benchmark.duckdb_sql import Sql, fn
from evaluators.compare.columns import SOURCE, Plan
from evaluators.compare.large.keyed_hash import ColumnKey, row_hash
from evaluators.compare.large.partitions import N_PARTS, part_number
from evaluators.compare.relations import Relation
from evaluators.compare.types.comparator import Side

EXACT_CELLS = 1_000_000
"""Up to this many compared cells, equal checksums are confirmed by an exact comparison (about 0.2 s)."""


class Checksum(NamedTuple):
    """Checksum of one side's rows."""

    parts: dict[int, tuple[int, int]]
    """Number of a part (see `evaluators.compare.large.partitions`) to its rows, and the sum of their hashes."""

    @property
    def n_rows(self) -> int:
        """Rows of the whole table."""
        return sum(n_rows for n_rows, _ in self.parts.values())

    def n_rows_in(self, parts: Iterable[int]) -> int:
        """Rows of some parts."""
        return sum(self.parts.get(part, (0, 0))[0] for part in parts)


class Checksums(NamedTuple):
    """Checksums of both sides, in the same parts."""

    gold: Checksum
    output: Checksum

    @property
    def differing(self) -> list[int]:
        """Numbers of the parts that are not the same on both sides."""
        gold, output = self.gold.parts, self.output.parts
        return [part for part in sorted(gold.keys() | output.keys()) if gold.get(part) != output.get(part)]

    @property
    def n_rows(self) -> int:
        """Rows of the larger side."""
        return max(side.n_rows for side in self)

    def n_rows_in(self, parts: Iterable[int]) -> int:
        """Rows of some parts, each counted on the side that has more there."""
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


def read_checksum(
    tables: Tables,
    side: Side,
    keys: Sequence[ColumnKey],
    by: tuple[int, ...],
    n_parts: int = N_PARTS,
    where: Sql = "true",
) -> Checksum:
    """Scan one side once.

    Args:
        tables: The two relations.
        side: Which of them.
        keys: Secrets of the columns, the same for both sides.
        by: Positions of the columns that rows are parted by.
        n_parts: Into how many parts.
        where: Which rows count.

    Raises:
        duckdb.Error: The relation cannot be read.
    """
    half = f"CAST({fn('>>', row_hash(tables.plan, side, keys), '1')} AS BIGINT)"  # quicker to sum than a UBIGINT
    rows = tables.select(side, {"part": part_number(tables.plan, side, by, n_parts), "hashed": half}, where)
    found = tables.connection.execute(
        f"SELECT part, {fn('count_star')}, {fn('sum', 'hashed')} FROM ({rows}) GROUP BY part"
    ).fetchall()
    return Checksum({number: (n_rows, int(total)) for number, n_rows, total in found})


def is_exactly_equal(tables: Tables) -> bool:
    """Whether two relations with as many rows are the same bag of rows, by value and not by hash."""
    gold = tables.select("gold", tables.canonical("gold"))
    output = tables.select("output", tables.canonical("output"))
    (n_rows,) = tables.fetch(f"SELECT {fn('count_star')} FROM ({gold} EXCEPT ALL {output})")
    return n_rows == 0
