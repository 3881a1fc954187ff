"""Tables with a key: rows are matched by it."""

from __future__ import annotations

from typing import NamedTuple

from benchmark.duckdb_sql import Sql, aggregated, all_of, fn
from evaluators.compare.large.checksum import Tables
from evaluators.compare.rows.row_diff import Paired, paired_query, raw_values
from evaluators.compare.types.comparator import Side

_SIDES: tuple[Side, Side] = ("gold", "output")


class Copies(NamedTuple):
    """Rows whose key stands in another row too."""

    gold: int
    """Rows beyond the first of each key."""
    output: int


def count_copies(tables: Tables) -> Copies:
    """How often keys are repeated on each side. NULL is a key like any other."""
    return Copies(_copies(tables, "gold"), _copies(tables, "output"))


def pair_by_key(tables: Tables, *, has_copies: bool = False) -> Paired:
    """Gold rows beside the output rows of the same key.

    Args:
        tables: The two relations; gold's keys must be unique.
        has_copies: The output repeats keys: the row of each key that is most like gold's is paired.
    """
    keys = tables.plan.keys
    gold, output = (tables.select(side, _keys(tables, side) | raw_values(tables, side)) for side in _SIDES)
    condition = all_of(f"g.c{i} IS NOT DISTINCT FROM o.c{i}" for i in keys)
    paired = paired_query(tables, gold, output, condition, tuple(f"COALESCE(g.c{i}, o.c{i})" for i in keys))
    return _with_one_partner(tables, paired) if has_copies else paired


def _with_one_partner(tables: Tables, paired: Paired) -> Paired:
    """Leave each gold row the output row that is most like it; other rows of the key are on their own."""
    positions = range(len(tables.plan.columns))
    n_same = aggregated(fn("list_value", *(f"CAST(s{i} AS INTEGER)" for i in positions)), "sum")
    order = ", ".join([f"{n_same} DESC", *(f"o{i}" for i in positions)])
    turn = f"{fn('row_number')} OVER (PARTITION BY {', '.join(paired.order)} ORDER BY {order})"
    alone = "CASE WHEN turn = 1 THEN in_gold END AS in_gold"
    query = f"SELECT * EXCLUDE (turn) REPLACE ({alone}) FROM (SELECT *, {turn} AS turn FROM ({paired.query}))"
    return Paired(query, (*paired.order, *(f"o{i}" for i in positions)))


def _keys(tables: Tables, side: Side) -> dict[str, Sql]:
    return {f"c{i}": tables.plan.columns[i].canonical(side) for i in tables.plan.keys}


def _copies(tables: Tables, side: Side) -> int:
    keys = _keys(tables, side)
    grouped = f"SELECT {fn('count_star')} AS n FROM ({tables.select(side, keys)}) GROUP BY {', '.join(keys)}"
    (n_copies,) = tables.fetch(f"SELECT COALESCE({fn('sum', fn('-', 'n', '1'))}, 0) FROM ({grouped}) WHERE n > 1")
    return int(str(n_copies))
