"""Tables without a usable key: bags of rows.

Rows that the other side lacks are found by hash, copies counted. To show *what* differs they are then laid beside each
other by the columns that both sides still share: those whose values overlap, or all but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import NamedTuple

from evaluators.checksum import Tables, column_hash, secret_salts
from evaluators.paired import Paired, paired_query, raw_values
from evaluators.pairs import Side
from evaluators.sql import Sql, fn

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
        return (self.n_gold, self.n_output) == (self.n_gold_copies, self.n_output_copies)


def shared_columns(tables: Tables) -> tuple[int, ...]:
    """Columns that hold the same bag of values on both sides."""
    exact = [i for i, column in enumerate(tables.plan.columns) if not column.pair.is_tolerant]
    if not exact:
        return ()
    totals = []
    for side in _SIDES:
        sums = {
            f"t{i}": fn("sum", fn("hash", column_hash(tables.plan.columns[i], tables.plan.columns[i].canonical(side))))
            for i in exact
        }
        totals.append(tables.fetch(tables.select(side, sums)))
    return tuple(i for i, gold, output in zip(exact, *totals, strict=True) if gold == output)


@contextmanager
def find_unmatched(tables: Tables) -> Iterator[Unmatched]:
    """Rows that the other side lacks, as temporary tables that live as long as the context."""
    stem = f"lockgate_unmatched_{next(_numbers)}_{secret_salts(1)[0]:x}"
    salts = secret_salts(2 * len(tables.plan.columns))
    gold, output = (_counted_rows(tables, side, salts) for side in _SIDES)
    names: dict[Side, Sql] = {side: f"temp.main.{stem}_{side}" for side in _SIDES}
    try:
        _create(tables, names["gold"], gold, output)
        _create(tables, names["output"], output, gold)
        yield Unmatched(names["gold"], names["output"], *_count(tables, names))
    finally:
        for name in names.values():
            tables.connection.execute(f"DROP TABLE IF EXISTS {name}")


def pair_unmatched(tables: Tables, unmatched: Unmatched) -> Paired:
    """Lay unmatched rows beside each other as well as it can be done; rows without a partner stay alone."""
    shared = _choose_shared(tables, unmatched)
    order = ("COALESCE(g.place, o.place)",)
    if shared is None:
        return paired_query(tables, f"FROM {unmatched.gold}", f"FROM {unmatched.output}", "g.place = -o.place", order)
    gold, output = (
        f"SELECT *, {fn('row_number')} OVER (PARTITION BY shared ORDER BY place) AS turn "
        f"FROM (SELECT *, {_key(shared)} AS shared FROM {name})"
        for name in (unmatched.gold, unmatched.output)
    )
    return paired_query(tables, gold, output, "g.shared = o.shared AND g.turn = o.turn", order)


def _key(shared: tuple[int, ...]) -> Sql:
    """What rows that share some columns have in common. Evidence only: a hash will do."""
    return fn("hash", fn("hash", *(f"h{i}" for i in shared)))


def _counted_rows(tables: Tables, side: Side, salts: list[int]) -> Sql:
    """Rows with their hashes and a number for each copy of the same row."""
    columns = tables.plan.columns
    hashes = {f"h{i}": column_hash(column, column.canonical(side)) for i, column in enumerate(columns)}
    rows = tables.select(side, raw_values(tables, side) | hashes)
    half = len(columns)
    first, second = (
        fn("hash", *(fn("xor", f"h{i}", f"CAST({part[i]} AS UBIGINT)") for i in range(half)))
        for part in (salts[:half], salts[half:])
    )
    keyed = f"SELECT *, {first} AS k1, {second} AS k2 FROM ({rows})"
    return f"SELECT *, {fn('row_number')} OVER (PARTITION BY k1, k2) AS copy FROM ({keyed})"


def _create(tables: Tables, name: Sql, rows: Sql, others: Sql) -> None:
    order = ", ".join(f"r{i}" for i in range(min(5, len(tables.plan.columns))))
    known = f"SELECT k1, k2, {fn('max', 'copy')} AS n FROM ({others}) GROUP BY k1, k2"
    query = (
        f"SELECT mine.* EXCLUDE (copy, k1, k2), theirs.n IS NOT NULL AS is_copy, "
        f"{fn('row_number')} OVER (ORDER BY {order}) AS place "
        f"FROM ({rows}) AS mine LEFT JOIN ({known}) AS theirs ON mine.k1 = theirs.k1 AND mine.k2 = theirs.k2 "
        f"WHERE theirs.n IS NULL OR mine.copy > theirs.n"
    )
    tables.connection.execute(f"CREATE TEMP TABLE {name.rpartition('.')[2]} AS {query}")


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


def _n_paired(tables: Tables, unmatched: Unmatched, shared: tuple[int, ...]) -> int:
    """How many rows find a partner by some columns."""
    gold, output = (
        f"SELECT {_key(shared)} AS shared, {fn('count_star')} AS n FROM {name} GROUP BY shared"
        for name in (unmatched.gold, unmatched.output)
    )
    least = fn("sum", fn("least", "g.n", "o.n"))
    query = f"SELECT COALESCE({least}, 0) FROM ({gold}) AS g JOIN ({output}) AS o ON g.shared = o.shared"
    return int(str(tables.fetch(query)[0]))
