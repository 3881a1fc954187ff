"""Large tables: looking only at the rows that matter.

Both tables are cut into parts by a hash that rows which belong together share: of the key, or of what is exact in a
row. One scan of each gives a checksum per part. Where few parts differ, they are all that has to be looked at. Where
nearly all do, evidence comes from a sample of the parts, and a decision from all of them, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from typing import NamedTuple

from evaluators.checksum import Tables, row_hash, salted_row_hash, secret_salts
from evaluators.pairs import Side
from evaluators.relations import Relation
from evaluators.sql import Sql, fn, quote

CELLS = 6_000_000
"""Compared cells up to which rows are looked at in one go (about 0.5 s and 300 MB)."""
MIN_ROWS = 10_000
SAMPLE_ROWS = 50_000
N_PARTS = 4_096
_SIDES: tuple[Side, Side] = ("gold", "output")
_SIGNS: tuple[tuple[Side, Sql], ...] = (("gold", "1"), ("output", "-1"))
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
    """Rows that may be looked at in one go."""
    return max(MIN_ROWS, CELLS // max(len(tables.plan.columns), 1))


def hash_columns(tables: Tables, positions: tuple[int, ...]) -> dict[Side, Sql]:
    """For each side the hash of some columns of a row."""
    return {side: row_hash(tables, side, positions) for side in _SIDES}


def hash_exact(tables: Tables) -> dict[Side, Sql]:
    """For each side a hash that equal rows share, tolerances included: that of the columns without any."""
    return hash_columns(tables, tuple(i for i in range(len(tables.plan.columns)) if i not in tables.plan.tolerant))


def differing_parts(tables: Tables, n_gold: int, hashes: dict[Side, Sql]) -> Scope:
    """The parts whose checksums differ; where they hold too many rows, the first of them."""
    salts = secret_salts(len(tables.plan.columns))
    sides = []
    for side, sign in _SIGNS:
        rows = tables.select(side, {"part": _part(hashes[side]), "h": salted_row_hash(tables, side, salts)})
        total, n_rows = fn("*", sign, fn("sum", "h")), fn("count_star")
        sides.append(f"SELECT part, {total} AS total, {sign} AS sign, {n_rows} AS n FROM ({rows}) GROUP BY part")
    n_by_side = ", ".join(f"COALESCE({fn('sum', 'n')} FILTER (WHERE sign = {sign}), 0)" for _, sign in _SIGNS)
    found = tables.connection.execute(
        f"SELECT part, {n_by_side} FROM ({' UNION ALL '.join(sides)}) GROUP BY part "
        f"HAVING {fn('sum', 'total')} <> 0 OR {fn('sum', fn('*', 'sign', 'n'))} <> 0 ORDER BY part"
    ).fetchall()
    chosen = _first_rows(found, row_limit(tables), n_gold)
    fraction = len(chosen) / len(found) if found else 1.0
    n_elsewhere = n_gold - sum(int(row[1]) for row in found)
    listed = ", ".join(str(row[0]) for row in chosen) or "NULL"
    gold, output = (f"{_part(hashes[side])} IN ({listed})" for side in _SIDES)
    return Scope(gold, output, fraction, round(n_elsewhere * fraction))


def _first_rows(found: list[tuple[int, int, int]], limit: int, n_gold: int) -> list[tuple[int, int, int]]:
    """All parts where they hold few rows, else as many as make a good sample."""
    if sum(max(row[1], row[2]) for row in found) <= min(limit, max(MIN_ROWS, n_gold // 8)):
        return found
    chosen: list[tuple[int, int, int]] = []
    n_rows = 0
    for row in found:
        n_rows += max(row[1], row[2])
        if chosen and n_rows > min(limit, SAMPLE_ROWS):
            break
        chosen.append(row)
    return chosen


def sample_parts(tables: Tables, n_rows: int, hashes: dict[Side, Sql]) -> Scope:
    """Parts with about `SAMPLE_ROWS` rows of the larger table."""
    wanted = min(row_limit(tables), SAMPLE_ROWS)
    n_chosen = max(1, min(N_PARTS - 1, N_PARTS * wanted // n_rows))
    gold, output = (f"{_part(hashes[side])} < {n_chosen}" for side in _SIDES)
    return Scope(gold, output, n_chosen / N_PARTS, 0)


def all_parts(tables: Tables, n_rows: int, hashes: dict[Side, Sql]) -> Iterator[Scope]:
    """Scopes that make up the whole, each small enough to be looked at in one go."""
    n_scopes = min(N_PARTS, -(-n_rows // row_limit(tables)))
    bounds = [N_PARTS * i // n_scopes for i in range(n_scopes + 1)]
    for low, high in pairwise(bounds):
        gold, output = (f"{_part(hashes[side])} BETWEEN {low} AND {high - 1}" for side in _SIDES)
        yield Scope(gold, output, (high - low) / N_PARTS, 0)


@contextmanager
def narrowed(tables: Tables, scope: Scope) -> Iterator[Tables]:
    """The rows of a scope as temporary tables that live as long as the context."""
    stem = f"lockgate_scope_{next(_numbers)}_{secret_salts(1)[0]:x}"
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


def _part(hashed: Sql) -> Sql:
    """The number of a row's part; a small type groups faster."""
    upper = fn(">>", hashed, "CAST(32 AS UBIGINT)")
    return f"CAST({fn('&', upper, f'CAST({N_PARTS - 1} AS UBIGINT)')} AS USMALLINT)"
