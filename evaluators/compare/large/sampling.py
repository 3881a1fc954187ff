"""Large tables: looking only at the rows that matter.

Both tables are cut into parts of rows that belong together (`evaluators.compare.large.partitions`). Where few parts
differ, they are all that has to be looked at. Where nearly all do, evidence comes from a sample, and a decision from
all parts, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from secrets import token_hex
from typing import NamedTuple

from benchmark.duckdb_sql import Sql, fn, quote
from evaluators.compare.large.checksum import Checksums, Tables, read_checksum
from evaluators.compare.large.keyed_hash import column_hash, draw_keys
from evaluators.compare.large.partitions import (
    N_PARTS,
    best_columns,
    cutting_columns,
    is_in_parts,
    part_number,
    rank_columns,
)
from evaluators.compare.relations import Relation
from evaluators.compare.types.comparator import Side

CELLS = 6_000_000
"""Compared cells up to which rows are looked at in one go (about 0.5 s and 300 MB)."""
MIN_ROWS = 10_000
SAMPLE_CELLS = 200_000
"""Compared cells of a sample, at most."""
MIN_SAMPLE_ROWS = 2_500
_SAMPLE_SHARE = 1 / 200
N_FINE_PARTS = 4_096
"""Where a small part of the rows differs; these take DuckDB's hash table."""
_MAX_SHARE = 1 / 32
"""Share of the rows that is looked at; beyond it a sample will do."""
_MAX_PARTS = 1 / 6
"""Share of the parts that may differ; beyond it the fine parts are not looked for."""
_SIDES: tuple[Side, Side] = ("gold", "output")
_numbers = count()


class Scope(NamedTuple):
    """A part of both tables that has whole groups of rows that belong together."""

    gold: Sql
    """Condition on gold's rows."""
    output: Sql
    """Condition on the output's rows."""
    fraction: float
    """Share of all differences that is inside."""
    n_equal: int
    """Gold rows outside that are equal to their partners and stand for this scope."""


def row_limit(tables: Tables) -> int:
    """Rows that may be looked at in one go; a nested column counts as many plain ones."""
    return max(MIN_ROWS, CELLS // max(sum(column.n_cells for column in tables.plan.columns), 1))


def differing_parts(tables: Tables, sums: Checksums) -> Scope | None:
    """All rows that differ, and few others; None where that is too much to look at.

    Args:
        tables: The two relations.
        sums: Their checksums, in parts by `evaluators.compare.large.partitions.cutting_columns`.
    """
    n_gold = sums.gold.n_rows
    few = min(row_limit(tables), int(sums.n_rows * _MAX_SHARE))
    by, n_parts = cutting_columns(tables.plan), N_PARTS
    conditions = _within(tables, by, sums.differing, n_parts)
    if sums.n_rows_in(sums.differing) > few:
        if not sums.is_spread:
            by = tables.plan.keys or tables.plan.exact
        elif len(sums.differing) > _MAX_PARTS * len(sums.gold.parts):
            return None
        n_parts = N_FINE_PARTS
        keys = draw_keys(len(tables.plan.columns))
        sums = Checksums(*(read_checksum(tables, side, keys, by, n_parts, conditions[side]) for side in _SIDES))
        if sums.n_rows_in(sums.differing) > few:
            return None
        conditions = _within(tables, by, sums.differing, n_parts)
    return Scope(conditions["gold"], conditions["output"], 1.0, n_gold - sums.gold.n_rows_in(sums.differing))


def _within(tables: Tables, by: tuple[int, ...], parts: list[int], n_parts: int) -> dict[Side, Sql]:
    """Conditions that a row is in one of some parts."""
    return {side: is_in_parts(tables.plan, side, by, parts, n_parts) for side in _SIDES}


def samples(tables: Tables, sums: Checksums) -> Iterator[Scope]:
    """Some rows of both tables that belong together, as far as that can be told; a small sample, then larger ones.

    Args:
        tables: The two relations, of which most parts differ.
        sums: Their checksums.
    """
    most = SAMPLE_CELLS // max(len(tables.plan.columns), 1)
    wanted = max(MIN_SAMPLE_ROWS, min(most, int(sums.n_rows * _SAMPLE_SHARE)))
    if len(sums.differing) < len(sums.gold.parts):
        wanted = max(wanted, int(sums.n_rows * _MAX_SHARE))  # few rows differ
    wanted = min(wanted, row_limit(tables))
    by = tables.plan.keys or _shared_columns(tables, sums)
    if by != cutting_columns(tables.plan):
        yield from _blind_samples(tables, sums.n_rows, by, wanted)
        return
    chosen = _first_parts(sums, wanted)
    is_large = sums.n_rows_in(chosen) > row_limit(tables)
    if not is_large:
        yield _scope_of_parts(tables, sums, chosen)
    yield from _blind_samples(tables, sums.n_rows, tables.plan.keys or tables.plan.exact, wanted)
    if is_large:
        yield _scope_of_parts(tables, sums, chosen)


def _blind_samples(tables: Tables, n_rows: int, by: tuple[int, ...], wanted: int) -> Iterator[Scope]:
    """Parts by some columns, whether these differ or not."""
    while wanted <= row_limit(tables):
        n_chosen = max(1, min(N_FINE_PARTS - 1, N_FINE_PARTS * wanted // n_rows))
        gold, output = (f"{part_number(tables.plan, side, by, N_FINE_PARTS)} < {n_chosen}" for side in _SIDES)
        yield Scope(gold, output, n_chosen / N_FINE_PARTS, 0)
        wanted *= 8


def _first_parts(sums: Checksums, wanted: int) -> list[int]:
    """Parts that differ, as many as hold some number of rows, and at least one."""
    chosen = sums.differing[:1]
    for part in sums.differing[1:]:
        if sums.n_rows_in([*chosen, part]) > wanted:
            break
        chosen.append(part)
    return chosen


def _scope_of_parts(tables: Tables, sums: Checksums, chosen: list[int]) -> Scope:
    """Some of the parts that differ, for all of them."""
    fraction = len(chosen) / len(sums.differing)
    n_elsewhere = sums.gold.n_rows - sums.gold.n_rows_in(sums.differing)
    conditions = _within(tables, cutting_columns(tables.plan), chosen, N_PARTS)
    return Scope(conditions["gold"], conditions["output"], fraction, round(n_elsewhere * fraction))


def _shared_columns(tables: Tables, sums: Checksums) -> tuple[int, ...]:
    """Columns that hold the same bag of values on both sides: a sample by them has rows that belong together.

    Tables with as many rows have such columns where values were changed; where rows are missing, other rows stay whole.
    """
    cut = cutting_columns(tables.plan)
    if sums.gold.n_rows == sums.output.n_rows:
        others = tuple(i for i in rank_columns(tables.plan) if i not in cut)
        for positions in (cut, others[:2], others[2:]):
            shared = _shared(tables, positions)
            if shared:
                return best_columns(tables.plan, shared)
    return cut


def _shared(tables: Tables, positions: tuple[int, ...]) -> tuple[int, ...]:
    if not positions:
        return ()
    found = []
    keys = draw_keys(len(tables.plan.columns))
    for side in _SIDES:
        hashes = {i: column_hash(tables.plan.columns[i], side, keys[i]) for i in positions}
        items = {f"t{i}": fn("sum", f"CAST({fn('>>', value, '33')} AS INTEGER)") for i, value in hashes.items()}
        found.append(tables.fetch(tables.select(side, items)))
    return tuple(i for i, gold, output in zip(positions, *found, strict=True) if gold == output)


def all_parts(tables: Tables, n_rows: int) -> Iterator[Scope]:
    """Scopes that make up the whole, each small enough to be looked at in one go."""
    by = tables.plan.keys or tables.plan.exact
    n_scopes = min(N_FINE_PARTS, -(-n_rows // row_limit(tables)))
    bounds = [N_FINE_PARTS * i // n_scopes for i in range(n_scopes + 1)]
    for low, high in pairwise(bounds):
        gold, output = (
            f"{part_number(tables.plan, side, by, N_FINE_PARTS)} BETWEEN {low} AND {high - 1}" for side in _SIDES
        )
        yield Scope(gold, output, (high - low) / N_FINE_PARTS, 0)


@contextmanager
def narrowed(tables: Tables, scope: Scope) -> Iterator[Tables]:
    """The rows of a scope as temporary tables that live as long as the context."""
    stem = f"lockgate_scope_{next(_numbers)}_{token_hex(8)}"
    names: dict[Side, Sql] = {side: f"{stem}_{side}" for side in _SIDES}
    conditions: dict[Side, Sql] = {"gold": scope.gold, "output": scope.output}
    try:
        relations = []
        for side in _SIDES:
            items = {
                quote(column.name if side == "gold" else column.output_name): column.raw(side)
                for column in tables.plan.columns
            }
            query = tables.select(side, items, conditions[side])
            tables.connection.execute(f"CREATE TEMP TABLE {names[side]} AS {query}")
            relations.append(Relation(f"temp.main.{names[side]}", tables.relation(side).columns))
        yield tables._replace(gold=relations[0], output=relations[1])
    finally:
        for name in names.values():
            tables.connection.execute(f"DROP TABLE IF EXISTS {name}")
