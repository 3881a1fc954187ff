"""Large tables: looking only at the rows that matter.

Both tables are cut into parts of rows that belong together (`evaluators.parts`). Where few parts differ, they are all
that has to be looked at. Where nearly all do, evidence comes from a sample, and a decision from all parts, one after
the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from typing import NamedTuple

from evaluators.checksum import Checksum, Tables, column_hash, read_checksum, secret_salts
from evaluators.pairs import Side
from evaluators.parts import N_PARTS, best_columns, cutting_columns, part_number, rank_columns
from evaluators.relations import Relation
from evaluators.sql import Sql, fn, quote

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
"""Of the rows; where more would have to be looked at, a sample will do."""
_MAX_PARTS = 1 / 6
"""Of the parts; where more differ, the fine ones are not looked for."""
_SIDES: tuple[Side, Side] = ("gold", "output")
_numbers = count()

Sums = tuple[Checksum, Checksum]
"""Of gold, and of the output."""


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


def differing_parts(tables: Tables, sums: Sums) -> Scope | None:
    """All rows that differ, and few others; None where that is too much to look at.

    Args:
        tables: The two relations.
        sums: Their checksums, in parts by `evaluators.parts.cutting_columns`.
    """
    n_gold, n_output = (side.n_rows for side in sums)
    few = min(row_limit(tables), int(max(n_gold, n_output) * _MAX_SHARE))
    by, n_parts = cutting_columns(tables.plan), N_PARTS
    differing = _differing(sums)
    conditions = _within(tables, by, differing, n_parts)
    if _n_rows(sums, differing) > few:
        if _is_spread(sums):
            if len(differing) > _MAX_PARTS * len(sums[0].parts):
                return None
        else:
            by = tables.plan.keys or tables.plan.exact
        n_parts = N_FINE_PARTS
        sums = _read_parts(tables, by, n_parts, conditions)
        differing = _differing(sums)
        if _n_rows(sums, differing) > few:
            return None
        conditions = _within(tables, by, differing, n_parts)
    n_inside = sum(sums[0].parts.get(part, (0, 0))[0] for part in differing)
    return Scope(conditions["gold"], conditions["output"], 1.0, n_gold - n_inside)


def _read_parts(tables: Tables, by: tuple[int, ...], n_parts: int, conditions: dict[Side, Sql]) -> Sums:
    salts = secret_salts(len(tables.plan.columns))
    gold, output = (
        read_checksum(tables, side, salts, part_number(tables.plan, side, by, n_parts), conditions[side])
        for side in _SIDES
    )
    return gold, output


def _differing(sums: Sums) -> list[int]:
    gold, output = (side.parts for side in sums)
    return [part for part in sorted(gold.keys() | output.keys()) if gold.get(part) != output.get(part)]


def _n_rows(sums: Sums, parts: list[int]) -> int:
    """In some parts, of the side that has more there."""
    return sum(max(side.parts.get(part, (0, 0))[0] for side in sums) for part in parts)


def _is_spread(sums: Sums) -> bool:
    """Whether gold's parts are of much the same size."""
    sizes = [n_rows for n_rows, _ in sums[0].parts.values()]
    return not sizes or max(sizes) * len(sizes) <= 4 * sum(sizes)


def _within(tables: Tables, by: tuple[int, ...], parts: list[int], n_parts: int) -> dict[Side, Sql]:
    """Conditions that a row is in one of some parts."""
    return {side: _is_one_of(part_number(tables.plan, side, by, n_parts), parts) for side in _SIDES}


def _is_one_of(number: Sql, chosen: list[int]) -> Sql:
    """One range where it is one: a scan of many columns skips rows by that, and by a list it does not."""
    if chosen and chosen[-1] - chosen[0] == len(chosen) - 1:
        return f"{number} BETWEEN {chosen[0]} AND {chosen[-1]}"
    return f"{number} IN ({', '.join(map(str, chosen)) or 'NULL'})"


def samples(tables: Tables, sums: Sums) -> Iterator[Scope]:
    """Some rows of both tables that belong together, as far as that can be told; a small sample, then larger ones.

    Args:
        tables: The two relations, of which most parts differ.
        sums: Their checksums.
    """
    n_rows = max(side.n_rows for side in sums)
    most = SAMPLE_CELLS // max(len(tables.plan.columns), 1)
    wanted = max(MIN_SAMPLE_ROWS, min(most, int(n_rows * _SAMPLE_SHARE)))
    if len(_differing(sums)) < len(sums[0].parts):
        wanted = max(wanted, int(n_rows * _MAX_SHARE))  # few rows differ
    wanted = min(wanted, row_limit(tables))
    by = tables.plan.keys or _shared_columns(tables, sums)
    parts = _first_parts(sums, wanted) if by == cutting_columns(tables.plan) else []
    is_large = _n_rows(sums, parts) > row_limit(tables)
    if parts:
        by = tables.plan.keys or tables.plan.exact
        if not is_large:
            yield _scope_of_parts(tables, sums, parts)
    while wanted <= row_limit(tables):
        n_chosen = max(1, min(N_FINE_PARTS - 1, N_FINE_PARTS * wanted // n_rows))
        gold, output = (f"{part_number(tables.plan, side, by, N_FINE_PARTS)} < {n_chosen}" for side in _SIDES)
        yield Scope(gold, output, n_chosen / N_FINE_PARTS, 0)
        wanted *= 8
    if is_large:
        yield _scope_of_parts(tables, sums, parts)


def _first_parts(sums: Sums, wanted: int) -> list[int]:
    """Parts that differ, as many as hold some number of rows, and at least one."""
    differing = _differing(sums)
    chosen = differing[:1]
    for part in differing[1:]:
        if _n_rows(sums, [*chosen, part]) > wanted:
            break
        chosen.append(part)
    return chosen


def _scope_of_parts(tables: Tables, sums: Sums, chosen: list[int]) -> Scope:
    """Some of the parts that differ, for all of them."""
    differing = _differing(sums)
    fraction = len(chosen) / len(differing)
    n_elsewhere = sums[0].n_rows - sum(sums[0].parts.get(part, (0, 0))[0] for part in differing)
    conditions = _within(tables, cutting_columns(tables.plan), chosen, N_PARTS)
    return Scope(conditions["gold"], conditions["output"], fraction, round(n_elsewhere * fraction))


def _shared_columns(tables: Tables, sums: Sums) -> tuple[int, ...]:
    """Columns that hold the same bag of values on both sides: a sample by them has rows that belong together.

    Tables with as many rows have such columns where values were changed; where rows are missing, other rows stay whole.
    """
    cut = cutting_columns(tables.plan)
    if sums[0].n_rows == sums[1].n_rows:
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
    for side in _SIDES:
        hashes = {i: column_hash(tables.plan.columns[i], side) for i in positions}
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
