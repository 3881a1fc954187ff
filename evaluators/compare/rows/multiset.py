"""Tables without a usable key: bags of rows.

Rows that the other side lacks are found by hash, copies counted. To show *what* differs they are then laid beside each
other by the columns that both sides still share: those whose values overlap, or all but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from benchmark.duckdb_sql import Sql, fn
from evaluators.compare.large.checksum import Tables
from evaluators.compare.large.keyed_hash import ColumnKey, column_hash, draw_keys
from evaluators.compare.rows.row_diff import Paired, paired_query, raw_values
from evaluators.compare.types.comparator import Side

_numbers = count()
_SIDES: tuple[Side, Side] = ("gold", "output")
_MAX_TRIED = 40
"""Columns that are left out in turn to find what the rows still share."""
_MAX_LOOKED_AT = 160
"""Columns whose overlap is measured."""
_MIN_OVERLAP = 0.9
_MIN_PAIRED = 0.5


class Unmatched(NamedTuple):
    """Rows of each side that the other lacks, in temporary tables `r0` … (raw), `h0` … (hashes), `place`."""

    gold: Sql
    output: Sql
    n_gold: int
    n_output: int
    n_gold_copies: int
    """Those of gold of which the output has some copies, but fewer."""
    n_output_copies: int
    """Those of the output of which gold has some copies, but fewer."""

    @property
    def only_copies(self) -> bool:
        """Whether both sides have the same rows and only differ in how many copies of them."""
        counts = (self.n_gold, self.n_output)
        return any(counts) and counts == (self.n_gold_copies, self.n_output_copies)


@contextmanager
def find_unmatched(tables: Tables) -> Iterator[Unmatched]:
    """Rows that the other side lacks, as temporary tables that live as long as the context."""
    stem = f"lockgate_unmatched_{next(_numbers)}_{token_hex(8)}"
    keys = draw_keys(len(tables.plan.columns))
    names: dict[Side, Sql] = {side: f"temp.main.{stem}_{side}" for side in _SIDES}
    counts = f"temp.main.{stem}_counts"
    try:
        _count_rows(tables, counts, keys)
        for side in _SIDES:
            _create(tables, names[side], side, counts, keys)
        yield Unmatched(names["gold"], names["output"], *_count(tables, names))
    finally:
        for name in (counts, *names.values()):
            tables.connection.execute(f"DROP TABLE IF EXISTS {name}")


def pair_unmatched(tables: Tables, unmatched: Unmatched) -> Paired:
    """Lay unmatched rows beside each other as well as it can be done; rows without a partner stay alone."""
    shared = _choose_shared(tables, unmatched)
    order = ("COALESCE(g.place, o.place)",)
    if shared is None:
        return paired_query(
            tables, f"FROM {unmatched.gold}", f"FROM {unmatched.output}", f"g.place = {fn('-', '0', 'o.place')}", order
        )
    gold, output = (
        f"SELECT *, {fn('row_number')} OVER (PARTITION BY shared ORDER BY place) AS turn "
        f"FROM (SELECT *, {_key(shared)} AS shared FROM {name})"
        for name in (unmatched.gold, unmatched.output)
    )
    return paired_query(tables, gold, output, "g.shared = o.shared AND g.turn = o.turn", order)


def _key(shared: tuple[int, ...]) -> Sql:
    """What rows that share some columns have in common. Evidence only: a hash will do."""
    return fn("hash", fn("hash", *(f"h{i}" for i in shared)))


def _hashes(tables: Tables, side: Side, keys: list[ColumnKey]) -> dict[str, Sql]:
    columns = tables.plan.columns
    return {f"h{i}": column_hash(column, side, keys[i]) for i, column in enumerate(columns)}


def _row_keys(tables: Tables) -> Sql:
    """Two hashes of a row, `k1` and `k2`, from those of its columns; equal only where the row is."""
    hashes = [f"h{i}" for i in range(len(tables.plan.columns))]
    second = [fn("xor", name, "CAST(6148914691236517205 AS UBIGINT)") for name in reversed(hashes)]
    return f"{fn('hash', *hashes)} AS k1, {fn('hash', *second)} AS k2"


def _count_rows(tables: Tables, name: Sql, keys: list[ColumnKey]) -> None:
    """How often each side has a row, where that differs: columns `k1`, `k2`, `gold`, `output`."""
    hashed = {side: tables.select(side, _hashes(tables, side, keys)) for side in _SIDES}
    union = " UNION ALL ".join(
        f"SELECT {_row_keys(tables)}, {int(side == 'gold')} AS in_gold FROM ({hashed[side]})" for side in _SIDES
    )
    query = (
        f"SELECT k1, k2, {fn('sum', 'in_gold')} AS gold, {fn('-', fn('count_star'), fn('sum', 'in_gold'))} AS output "
        f"FROM ({union}) GROUP BY k1, k2 HAVING gold <> output"
    )
    tables.connection.execute(f"CREATE TEMP TABLE {name.rpartition('.')[2]} AS {query}")


def _create(tables: Tables, name: Sql, side: Side, counts: Sql, keys: list[ColumnKey]) -> None:
    """Rows that this side has more often than the other, as often as that."""
    other = "output" if side == "gold" else "gold"
    hashed = tables.select(side, raw_values(tables, side) | _hashes(tables, side, keys))
    rows = (
        f"SELECT mine.* EXCLUDE (k1, k2), counts.{other} AS n_other, counts.k1, counts.k2 "
        f"FROM (SELECT *, {_row_keys(tables)} FROM ({hashed})) AS mine "
        f"JOIN {counts} AS counts ON mine.k1 = counts.k1 AND mine.k2 = counts.k2 AND counts.{side} > counts.{other}"
    )
    order = _fixed_order(tables, side)
    copy = f"{fn('row_number')} OVER (PARTITION BY k1, k2)"
    query = (
        f"WITH rows AS MATERIALIZED ({rows}) "
        f"SELECT * EXCLUDE (n_other, k1, k2), n_other > 0 AS is_copy, "
        f"{fn('row_number')} OVER (ORDER BY {order}) AS place "
        f"FROM (FROM rows WHERE n_other = 0 UNION ALL "
        f"SELECT * EXCLUDE (copy) FROM (SELECT *, {copy} AS copy FROM rows WHERE n_other > 0) WHERE copy > n_other)"
    )
    tables.connection.execute(f"CREATE TEMP TABLE {name.rpartition('.')[2]} AS {query}")


def _fixed_order(tables: Tables, side: Side) -> Sql:
    """An order of rows that is the same in each comparison: it must not follow the secrets."""
    columns = tables.plan.columns
    inputs = [found.sql for i, column in enumerate(columns) for found in column.pair.hash_inputs(side, f"r{i}")]
    return ", ".join([*(f"r{i}" for i in range(len(columns))[:5]), fn("hash", *inputs)])


def _count(tables: Tables, names: dict[Side, Sql]) -> tuple[int, int, int, int]:
    rows = [
        tables.fetch(f"SELECT {fn('count_star')}, {fn('count_star')} FILTER (WHERE is_copy) FROM {names[side]}")
        for side in _SIDES
    ]
    (n_gold, gold_copies), (n_output, output_copies) = ((int(str(a)), int(str(b))) for a, b in rows)
    return n_gold, n_output, gold_copies, output_copies


def _choose_shared(tables: Tables, unmatched: Unmatched) -> tuple[int, ...] | None:
    """Columns to pair by; None = too few rows share any."""
    n_most = min(unmatched.n_gold, unmatched.n_output)
    every = tuple(range(len(tables.plan.columns)))
    if not n_most or len(every) < 2:
        return None
    alike = _alike(tables, unmatched)
    if alike and alike != every and _n_paired(tables, unmatched, alike) == n_most:
        return alike
    overlaps = {i: _n_paired(tables, unmatched, (i,)) / n_most for i in every[:_MAX_LOOKED_AT]}
    overlapping = tuple(i for i, share in overlaps.items() if share >= _MIN_OVERLAP)
    exact = tuple(i for i in every if not tables.plan.columns[i].pair.is_tolerant)
    all_but_one = [tuple(j for j in every if j != i) for i in sorted(overlaps, key=lambda i: overlaps[i])[:_MAX_TRIED]]
    best: tuple[int, int, tuple[int, ...]] = (0, 0, ())
    for shared in (overlapping, exact, *all_but_one):
        if shared and shared != every:
            best = max(best, (_n_paired(tables, unmatched, shared), len(shared), shared), key=lambda found: found[:2])
        if best[0] == n_most:
            break
    return best[2] if best[0] >= _MIN_PAIRED * n_most else None


def _alike(tables: Tables, unmatched: Unmatched) -> tuple[int, ...]:
    """Columns that hold the same bag of values in the unmatched rows of both sides."""
    positions = range(len(tables.plan.columns))
    sums = ", ".join(fn("sum", f"h{i}") for i in positions)
    gold, output = (tables.fetch(f"SELECT {sums} FROM {name}") for name in (unmatched.gold, unmatched.output))
    return tuple(i for i in positions if gold[i] == output[i])


def _n_paired(tables: Tables, unmatched: Unmatched, shared: tuple[int, ...]) -> int:
    """How many rows find a partner by some columns."""
    gold, output = (
        f"SELECT {_key(shared)} AS shared, {fn('count_star')} AS n FROM {name} GROUP BY shared"
        for name in (unmatched.gold, unmatched.output)
    )
    least = fn("sum", fn("least", "g.n", "o.n"))
    query = f"SELECT COALESCE({least}, 0) FROM ({gold}) AS g JOIN ({output}) AS o ON g.shared = o.shared"
    return int(str(tables.fetch(query)[0]))
