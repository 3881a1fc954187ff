"""Parts of two tables: rows that belong together are in the part of one number on both sides.

The number comes from a hash of what such rows share exactly: the key, or columns without tolerance.
"""

from __future__ import annotations

from benchmark.duckdb_sql import Sql, fn
from evaluators.compare.columns import Plan, ScoredColumn
from evaluators.compare.types.comparator import Side
from evaluators.compare.types.duckdb_types import ColumnType, Family

N_PARTS = 256
"""As many as a UTINYINT has values: DuckDB groups by that without a hash table, at hardly any cost."""


def cutting_columns(plan: Plan) -> tuple[int, ...]:
    """Positions of the columns that rows are parted by: the key, or what is quick to hash and likely to be spread."""
    return plan.keys or best_columns(plan, rank_columns(plan))


def best_columns(plan: Plan, ranked: tuple[int, ...]) -> tuple[int, ...]:
    """One column if it is a 64-bit integer or a timestamp, which ids and times of events are; otherwise two.

    A second column that is expensive to hash (a nested one) is left out: it would be worked out in each further scan.
    """
    is_good = bool(ranked) and _rank(plan.columns[ranked[0]]) == 0
    chosen = ranked[: 1 if is_good else 2]
    cheap = tuple(i for i in chosen if plan.columns[i].n_cells == 1)
    return cheap or chosen[:1]


def rank_columns(plan: Plan) -> tuple[int, ...]:
    """Positions of the columns without tolerance, the best ones to part rows by first."""
    return tuple(sorted(plan.exact, key=lambda i: _rank(plan.columns[i])))


def part_number(plan: Plan, side: Side, positions: tuple[int, ...], n_parts: int = N_PARTS) -> Sql:
    """The number of a row's part, from 0 to below `n_parts`, a power of two; it is the same in every comparison."""
    if not positions:
        return "CAST(0 AS UTINYINT)"
    hashed = fn("hash", *(found.sql for i in positions for found in plan.columns[i].hash_inputs(side)))
    upper = fn(">>", hashed, str(65 - n_parts.bit_length()))
    return f"CAST({upper} AS {'UTINYINT' if n_parts <= N_PARTS else 'USMALLINT'})"


def is_in_parts(plan: Plan, side: Side, positions: tuple[int, ...], parts: list[int], n_parts: int = N_PARTS) -> Sql:
    """Whether a row is in one of some parts.

    Args:
        plan: What is compared.
        side: Which table.
        positions: Columns that rows are parted by.
        parts: Numbers of the wanted parts, ascending. Where they follow each other they make a range, by which a scan
            of many columns skips rows; by a list it does not.
        n_parts: Into how many parts rows are parted.
    """
    number = part_number(plan, side, positions, n_parts)
    if parts and parts[-1] - parts[0] == len(parts) - 1:
        return f"{number} BETWEEN {parts[0]} AND {parts[-1]}"
    return f"{number} IN ({', '.join(map(str, parts)) or 'NULL'})"


def _rank(column: ScoredColumn) -> int:
    """How little a column is worth for this; types that differ take a conversion."""
    types = (column.gold_type, column.output_type)
    if not column.is_comparable:
        return 9
    return max(_rank_of(found) for found in types) + (types[0].name != types[1].name)


def _rank_of(found: ColumnType) -> int:
    if found.name in ("bigint", "ubigint") or found.family is Family.TIMESTAMP:
        return 0
    if found.name in ("integer", "uinteger", "varchar", "decimal") or found.family in (Family.UUID, Family.DATE):
        return 2
    return 4
