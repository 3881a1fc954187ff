"""Bags of rows with tolerances: is there a way to pair all rows so that each pair is the same?

Rows are first split by everything that has no tolerance (kept exact, not hashed); a pair never crosses such a group.
With one tolerant number, both sides of a group are sorted and paired in order: where the ranges that numbers allow move
up with the numbers, as ours do, an order that fails means that none succeeds. With several, groups are split further
wherever a number leaves a gap wider than its tolerance, then pairing in order is tried, and where it fails the edges
"these two rows are the same" are listed and a perfect matching is looked for (Hopcroft and Karp, 1973).
Taking equal rows out first would be wrong: gold {-1, 0} matches {0, 1} with tolerance 1, but not after 0 met 0.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from benchmark.duckdb_sql import Sql, all_of, fn
from evaluators.compare.large.checksum import Tables
from evaluators.compare.large.keyed_hash import ColumnKey, column_hash, draw_keys
from evaluators.compare.types.comparator import Dimension, ScalarPair, Side, allowed_difference

MAX_EDGES = 20_000_000
"""Pairs of near-equal rows looked at; a table that needs more does not match. Such a table should declare a key."""
_SIDES: tuple[Side, Side] = ("gold", "output")
_ROUNDING = 1e-8
"""Relative; more than sums of up to 10^7 numbers may be off by the order in which they are added."""
_MAX_TOTALS = 50
_numbers = count()


def match_bags(tables: Tables) -> bool:
    """Whether two tables are equal as bags, tolerances included."""
    if _surely_differ(tables):
        return False
    with _work_tables(tables) as names:
        if not _is_balanced(tables, names):
            return False
        single = _single_number(tables)
        if single is not None:
            return not _failing_groups(tables, names, (f"v{single}",))
        dimensions = _dimensions(tables, "gold")
        for _ in range(2):
            for place, dimension in enumerate(dimensions):
                _split(tables, names, place, dimension)
            if not _is_balanced(tables, names):
                return False
        failing = _failing_groups(tables, names, tuple(f"d{i}" for i in range(len(dimensions))))
        return not failing or _match_groups(tables, names, failing)


class _Totals(NamedTuple):
    """Sums over one side's rows."""

    exact: tuple[object, object]
    """Rows, and the sum of the hashes of their columns without tolerance."""
    sums: tuple[float, ...]
    """Sum of the numbers in each dimension, up to `_MAX_TOTALS`."""
    sizes: tuple[float, ...]
    """Sum of their absolute values."""


def _surely_differ(tables: Tables) -> bool:
    """Whether one look at each side says that no pairing exists: by what is exact, or by sums of numbers.

    Numbers that pair within a tolerance add up to totals no further apart than all tolerances together.
    """
    keys = draw_keys(len(tables.plan.columns))
    gold, output = (_totals(tables, side, keys) for side in _SIDES)
    if gold.exact != output.exact:
        return True
    n_rows = float(str(gold.exact[0]))
    for i, dimension in enumerate(_dimensions(tables, "gold")[:_MAX_TOTALS]):
        tolerance = dimension.tolerance
        share = tolerance.relative + tolerance.default + _ROUNDING
        allowed = share * (gold.sizes[i] + output.sizes[i]) + n_rows * tolerance.absolute * tolerance.unit
        if abs(gold.sums[i] - output.sums[i]) > allowed:
            return True
    return False


def _totals(tables: Tables, side: Side, keys: list[ColumnKey]) -> _Totals:
    hashes = [column_hash(tables.plan.columns[i], side, keys[i]) for i in tables.plan.exact]
    exact = fn("sum", fn("hash", fn("hash", *hashes))) if hashes else "0"
    numbers = [dimension.sql for dimension in _dimensions(tables, side)[:_MAX_TOTALS]]
    sums = [*(fn("sum", number) for number in numbers), *(fn("sum", fn("abs", number)) for number in numbers)]
    items = {f"t{i}": item for i, item in enumerate([fn("count_star"), exact, *sums])}
    n_rows, hashed, *found = tables.fetch(tables.select(side, items))
    values = tuple(float(str(value or 0)) for value in found)
    return _Totals((n_rows, hashed), values[: len(numbers)], values[len(numbers) :])


def _fixed(tables: Tables, side: Side) -> dict[str, Sql]:
    """What a row and its partner have in common exactly."""
    fixed = {}
    for i, column in enumerate(tables.plan.columns):
        if column.pair.is_tolerant:
            fixed[f"f{i}"] = column.pair.encode(side, column.raw(side), is_skeleton=True)
        else:
            fixed[f"f{i}"] = column.canonical(side)
    return fixed


def _single_number(tables: Tables) -> int | None:
    """The position of the only tolerant column, if that is a plain number or time."""
    tolerant = tables.plan.tolerant
    if len(tolerant) == 1 and isinstance(tables.plan.columns[tolerant[0]].pair, ScalarPair):
        return tolerant[0]
    return None


def _dimensions(tables: Tables, side: Side) -> list[Dimension]:
    columns = tables.plan.columns
    return [found for i in tables.plan.tolerant for found in columns[i].pair.dimensions(side, columns[i].raw(side))]


@contextmanager
def _work_tables(tables: Tables) -> Iterator[dict[Side, Sql]]:
    """Temporary tables: `grp` (what rows share), `id`, `v…` and `r…` (tolerant values), `d…` (dimensions)."""
    stem = f"lockgate_matching_{next(_numbers)}_{token_hex(8)}"
    names: dict[Side, Sql] = {side: f"{stem}_{side}" for side in _SIDES}
    fixed = [f"f{i}" for i in range(len(tables.plan.columns))]
    rows = {side: _rows(tables, side) for side in _SIDES}
    try:
        keys = ", ".join(fixed)
        union = " UNION ".join(f"SELECT {keys} FROM ({rows[side]})" for side in _SIDES)
        tables.connection.execute(
            f"CREATE TEMP TABLE {stem}_groups AS SELECT *, {fn('row_number')} OVER () AS grp FROM ({union})"
        )
        same = all_of(f"mine.{name} IS NOT DISTINCT FROM {stem}_groups.{name}" for name in fixed)
        for side in _SIDES:
            tables.connection.execute(
                f"CREATE TEMP TABLE {names[side]} AS SELECT mine.* EXCLUDE ({keys}), grp, "
                f"{fn('row_number')} OVER () AS id FROM ({rows[side]}) AS mine JOIN {stem}_groups ON {same}"
            )
        yield names
    finally:
        for name in (f"{stem}_groups", *names.values()):
            tables.connection.execute(f"DROP TABLE IF EXISTS {name}")


def _rows(tables: Tables, side: Side) -> Sql:
    columns = tables.plan.columns
    items = _fixed(tables, side)
    for i in tables.plan.tolerant:
        items |= {f"v{i}": columns[i].canonical(side), f"r{i}": columns[i].raw(side)}
    items |= {f"d{place}": dimension.sql for place, dimension in enumerate(_dimensions(tables, side))}
    return tables.select(side, items)


def _is_balanced(tables: Tables, names: dict[Side, Sql]) -> bool:
    """Whether every group has as many rows on either side."""
    union = f"SELECT grp, 1 AS sign FROM {names['gold']} UNION ALL SELECT grp, -1 FROM {names['output']}"
    query = f"SELECT grp FROM ({union}) GROUP BY grp HAVING {fn('sum', 'sign')} <> 0 LIMIT 1"
    return tables.connection.execute(query).fetchone() is None


def _split(tables: Tables, names: dict[Side, Sql], place: int, dimension: Dimension) -> None:
    """Split groups where the numbers of a dimension leave a gap wider than any tolerance over it."""
    number, before = f"d{place}", "before"
    largest = fn("greatest", fn("abs", number), fn("abs", before))
    allowed = fn("*", allowed_difference(largest, largest, dimension.tolerance), "CAST('1.000001' AS DOUBLE)")
    union = " UNION ALL ".join(f"SELECT '{side}' AS side, id, grp, {number} FROM {names[side]}" for side in _SIDES)
    lagged = f"SELECT *, {fn('lag', number)} OVER (PARTITION BY grp ORDER BY {number}) AS before FROM ({union})"
    is_gap = f"CASE WHEN {fn('-', number, before)} > {allowed} THEN 1 ELSE 0 END"
    stepped = (
        f"SELECT *, {fn('sum', is_gap)} OVER (PARTITION BY grp ORDER BY {number} ROWS UNBOUNDED PRECEDING) AS step "
        f"FROM ({lagged})"
    )
    fresh = f"{names['gold']}_split"
    try:
        tables.connection.execute(
            f"CREATE TEMP TABLE {fresh} AS SELECT side, id, {fn('dense_rank')} OVER (ORDER BY grp, step) AS grp "
            f"FROM ({stepped})"
        )
        for side in _SIDES:
            tables.connection.execute(
                f"UPDATE {names[side]} AS mine SET grp = fresh.grp FROM {fresh} AS fresh "
                f"WHERE fresh.side = '{side}' AND fresh.id = mine.id"
            )
    finally:
        tables.connection.execute(f"DROP TABLE IF EXISTS {fresh}")


def _same(tables: Tables) -> Sql:
    return all_of(tables.plan.columns[i].pair.same(f"g.r{i}", f"o.r{i}") for i in tables.plan.tolerant)


def _failing_groups(tables: Tables, names: dict[Side, Sql], order: tuple[Sql, ...]) -> list[int]:
    """Groups in which pairing in order leaves a pair that is not the same."""
    listed = ", ".join(order) or "id"
    gold, output = (
        f"SELECT *, {fn('row_number')} OVER (PARTITION BY grp ORDER BY {listed}) AS turn FROM {names[side]}"
        for side in _SIDES
    )
    found = tables.connection.execute(
        f"SELECT DISTINCT g.grp FROM ({gold}) AS g JOIN ({output}) AS o ON g.grp = o.grp AND g.turn = o.turn "
        f"WHERE NOT ({_same(tables)}) ORDER BY 1"
    ).fetchall()
    return [int(row[0]) for row in found]


def _match_groups(tables: Tables, names: dict[Side, Sql], groups: list[int]) -> bool:
    """Whether a perfect matching exists in each of some groups."""
    listed = ", ".join(map(str, groups))
    counted = f"SELECT grp, {fn('count_star')} AS n FROM {names['gold']} WHERE grp IN ({listed}) GROUP BY grp"
    (n_pairs, n_rows) = tables.fetch(f"SELECT {fn('sum', fn('*', 'n', 'n'))}, {fn('sum', 'n')} FROM ({counted})")
    if int(str(n_pairs)) > MAX_EDGES:
        return False
    edges: dict[int, list[int]] = defaultdict(list)
    rows = tables.connection.execute(
        f"SELECT g.id, o.id FROM {names['gold']} AS g JOIN {names['output']} AS o ON g.grp = o.grp "
        f"WHERE g.grp IN ({listed}) AND ({_same(tables)}) ORDER BY ALL"
    )
    while batch := rows.fetchmany(100_000):
        for gold, output in batch:
            edges[gold].append(output)
    return largest_matching(edges) == int(str(n_rows))


def largest_matching(edges: dict[int, list[int]]) -> int:
    """Size of the largest matching of a bipartite graph, given as left node -> right nodes.

    Source: Hopcroft and Karp, "An n^5/2 algorithm for maximum matchings in bipartite graphs" (1973).
    """
    left_of: dict[int, int] = {}
    right_of: dict[int, int] = {}
    while True:
        layers = _layers(edges, left_of, right_of)
        grown = sum(_augment(node, edges, left_of, right_of, layers) for node in edges if node not in right_of)
        if not grown:
            return len(right_of)


def _layers(edges: dict[int, list[int]], left_of: dict[int, int], right_of: dict[int, int]) -> dict[int, int]:
    """Distance of each left node from the free ones along alternating paths."""
    layers = {node: 0 for node in edges if node not in right_of}
    waiting = deque(layers)
    while waiting:
        node = waiting.popleft()
        for other in edges[node]:
            following = left_of.get(other)
            if following is not None and following not in layers:
                layers[following] = layers[node] + 1
                waiting.append(following)
    return layers


def _augment(
    start: int, edges: dict[int, list[int]], left_of: dict[int, int], right_of: dict[int, int], layers: dict[int, int]
) -> bool:
    """Look for a path from a free left node to a free right node, and flip it; without recursion."""
    path: list[tuple[int, int]] = []
    stack = [(start, iter(edges[start]))]
    while stack:
        node, others = stack[-1]
        for other in others:
            following = left_of.get(other)
            if following is None:
                for left, right in [*path, (node, other)]:
                    left_of[right], right_of[left] = left, right
                return True
            if layers.get(following, -1) == layers[node] + 1:
                path.append((node, other))
                stack.append((following, iter(edges[following])))
                break
        else:
            layers[node] = -2
            stack.pop()
            if path:
                path.pop()
    return False
