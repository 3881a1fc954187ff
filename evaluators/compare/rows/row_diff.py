"""Gold rows beside output rows: what differs, in which columns, of what kind, and a sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from benchmark.duckdb_sql import Sql, all_of, any_of, case, count_if, fn, literal
from benchmark.scorecard import ColumnDifference, RowDifference, VerdictKind
from evaluators.compare.columns import ScoredColumn
from evaluators.compare.large.checksum import Tables
from evaluators.compare.types.comparator import Side
from evaluators.compare.types.duckdb_types import INSTANTS, NUMBERS, Family
from evaluators.compare.types.nested import ListPair
from evaluators.compare.types.scalar import nanoseconds

MAX_SAMPLE = 10
_MAX_SHOWN_COLUMNS = 20
_MAX_TEXT = 200
_CLASSIFIED_ROWS = 4_000
"""Rows from which the kind of a column's difference is told; more say no more."""
_MAX_CLASSIFIED = 50
"""Columns of which the kind of difference is looked into; of the others it is `values`."""
_numbers = count()


class Paired(NamedTuple):
    """A query that lays gold rows beside output rows, all or those that differ.

    Its columns: `in_gold`, `in_output` (true or NULL), `g0`, `g1` … and `o0`, `o1` … (raw values by the column's
    position), `s0` … (true where the two are the same).
    """

    query: Sql
    order: tuple[Sql, ...]
    """What sorts the sample."""


class Differences(NamedTuple):
    """What a pairing shows."""

    n_pairs: int
    n_missing: int
    """Gold rows without a partner."""
    n_extra: int
    """Output rows without a partner."""
    n_differing: int
    """Pairs that differ in some column."""
    columns: tuple[ColumnDifference, ...]
    hints: tuple[str, ...]
    """What else strikes the eye, for the summary."""


def paired_query(tables: Tables, gold_rows: Sql, output_rows: Sql, condition: Sql, order: tuple[Sql, ...]) -> Paired:
    """Pair two sets of rows, each with the columns `r0`, `r1` … (raw values), by a condition on `g` and `o`."""
    positions = range(len(tables.plan.columns))
    values = [f"g.r{i} AS g{i}, o.r{i} AS o{i}" for i in positions]
    same = [f"{column.pair.same(f'g.r{i}', f'o.r{i}')} AS s{i}" for i, column in enumerate(tables.plan.columns)]
    listed = ", ".join(
        ["g.here AS in_gold", "o.here AS in_output", *values, *same, *(f"{o} AS k{i}" for i, o in enumerate(order))]
    )
    query = (
        f"SELECT {listed} FROM (SELECT true AS here, * FROM ({gold_rows})) AS g "
        f"FULL OUTER JOIN (SELECT true AS here, * FROM ({output_rows})) AS o ON {condition}"
    )
    return Paired(query, tuple(f"k{i}" for i in range(len(order))))


def raw_values(tables: Tables, side: Side) -> dict[str, Sql]:
    """Alias (`r0`, `r1` …) to the column as it stands in the relation."""
    return {f"r{i}": column.raw(side) for i, column in enumerate(tables.plan.columns)}


@contextmanager
def differing_rows(tables: Tables, paired: Paired) -> Iterator[Paired]:
    """The pairs that differ and the rows without a partner, as a temporary table that lives as long as the context."""
    name = f"lockgate_differing_{next(_numbers)}_{token_hex(8)}"
    every = all_of(f"s{i}" for i in range(len(tables.plan.columns)))
    try:
        tables.connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT * FROM ({paired.query}) "
            f"WHERE in_gold IS NULL OR in_output IS NULL OR NOT ({every})"
        )
        yield Paired(f"FROM temp.main.{name}", paired.order)
    finally:
        tables.connection.execute(f"DROP TABLE IF EXISTS {name}")


def find_differences(tables: Tables, differing: Paired, n_gold: int, n_equal: int = 0) -> Differences:
    """Count what differs, by column and kind.

    Args:
        tables: The two relations.
        differing: Their rows beside each other, where they differ.
        n_gold: Gold rows that were paired.
        n_equal: Rows that are compared and equal but were not paired; shares are of all of them.
    """
    columns = tables.plan.columns
    both = "in_gold AND in_output"
    counts = [
        count_if("in_output IS NULL"),
        count_if("in_gold IS NULL"),
        count_if(both),
        *(count_if(f"{both} AND NOT s{i}") for i in range(len(columns))),
    ]
    row = [int(str(value)) for value in tables.fetch(f"SELECT {', '.join(counts)} FROM ({differing.query})")]
    n_missing, n_extra, n_differing, *by_column = row
    n_pairs = n_gold - n_missing
    changed = [(i, n) for i, n in enumerate(by_column) if n]
    kinds, hints = _classify(tables, differing, changed[:_MAX_CLASSIFIED])
    found = [_difference(columns[i], kinds.get(i, "values"), n, n_pairs + n_equal) for i, n in changed]
    return Differences(n_pairs, n_missing, n_extra, n_differing, tuple(found), hints)


def _difference(column: ScoredColumn, kind: VerdictKind, n_rows: int, n_compared: int) -> ColumnDifference:
    types = (column.gold_type.text, column.output_type.text) if kind == "types" else (None, None)
    return ColumnDifference(
        column=column.name,
        kind=kind,
        n_rows=n_rows,
        fraction=n_rows / n_compared,
        gold_type=types[0],
        output_type=types[1],
    )


def take_sample(tables: Tables, differing: Paired, found: Differences) -> tuple[RowDifference, ...]:
    """Rows to look at, sorted by key: some of each sort of difference."""
    if not found.n_differing + found.n_missing + found.n_extra:
        return ()
    columns = tables.plan.columns
    kinds = {"missing": "in_output IS NULL", "extra": "in_gold IS NULL", "differs": "in_gold AND in_output"}
    shown = _shown_columns(tables, found)
    values = [_display(columns[i], "gold", f"g{i}") for i in shown]
    values += [_display(columns[i], "output", f"o{i}") for i in shown]
    order = ", ".join(differing.order) or "1"
    needed = dict.fromkeys([*differing.order, *(f"{side}{i}" for i in shown for side in "go")])
    firsts = " UNION ALL ".join(
        f"(SELECT '{name}' AS kind, {fn('row_number')} OVER (ORDER BY {order}) AS place, {', '.join(needed)} "
        f"FROM (SELECT * FROM ({differing.query}) WHERE {condition} ORDER BY {order} LIMIT {MAX_SAMPLE}))"
        for name, condition in kinds.items()
    )
    rows = tables.connection.execute(
        f"SELECT kind, place, {', '.join(values)} FROM ({firsts}) ORDER BY {order}, kind"
    ).fetchall()
    return tuple(_row_difference(tables, shown, row) for row in _spread(rows))


def _spread(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """At most ten rows, the first ones of each kind in turn; their order is kept."""
    chosen = sorted(range(len(rows)), key=lambda i: (int(str(rows[i][1])), str(rows[i][0])))[:MAX_SAMPLE]
    return [rows[i] for i in sorted(chosen)]


def _row_difference(tables: Tables, shown: list[int], row: tuple[object, ...]) -> RowDifference:
    kind, _, *values = row
    names = [tables.plan.columns[i].name for i in shown]
    texts = [None if value is None else str(value) for value in values]
    gold, output = (
        dict(zip(names, texts[: len(shown)], strict=True)),
        dict(zip(names, texts[len(shown) :], strict=True)),
    )
    assert kind in ("missing", "extra", "differs")
    return RowDifference(
        kind=kind,
        gold=None if kind == "extra" else gold,
        output=None if kind == "missing" else output,
    )


def _shown_columns(tables: Tables, found: Differences) -> list[int]:
    """Keys, then columns that differ, then others, in the table's order and no more than fit."""
    columns = tables.plan.columns
    differing = {column.column for column in found.columns}
    ranked = sorted(range(len(columns)), key=lambda i: (not columns[i].is_key, columns[i].name not in differing, i))
    return sorted(ranked[:_MAX_SHOWN_COLUMNS])


def _display(column: ScoredColumn, side: Side, value: Sql) -> Sql:
    found = column.gold_type if side == "gold" else column.output_type
    if found.name == "timestamp with time zone":
        text = fn("||", f"CAST({fn('timezone', _quoted('UTC'), value)} AS VARCHAR)", "'+00'")
    else:
        text = f"CAST({value} AS VARCHAR)"
    shortened = fn("||", fn("left", text, str(_MAX_TEXT)), "'…'")
    return case((f"{fn('length', text)} > {_MAX_TEXT}", shortened), otherwise=text)


def _classify(
    tables: Tables, paired: Paired, differing: list[tuple[int, int]]
) -> tuple[dict[int, VerdictKind], tuple[str, ...]]:
    """The kind of difference of each column, and hints."""
    if not differing:
        return {}, ()
    checks: list[Sql] = []
    for i, _ in differing:
        column, where = tables.plan.columns[i], f"in_gold AND in_output AND NOT s{i}"
        gold, output = f"g{i}", f"o{i}"
        shift = _time_shift(column, gold, output)
        checks += [
            count_if(where),
            count_if(f"{where} AND (({gold} IS NULL) <> ({output} IS NULL))"),
            count_if(f"{where} AND {_is_rounding(column, gold, output)}"),
            count_if(f"{where} AND {_is_shift(shift)}"),
            f"{fn('count', f'DISTINCT {shift}')} FILTER (WHERE {where})",
            count_if(f"{where} AND {_is_reordered(column, gold, output)}"),
            count_if(f"{where} AND {_is_like(column, gold, output)}"),
        ]
    rows = f"SELECT * FROM ({paired.query}) WHERE {_some_rows(paired, differing)}"
    row = [int(str(value)) for value in tables.fetch(f"SELECT {', '.join(checks)} FROM ({rows})")]
    kinds: dict[int, VerdictKind] = {}
    hints = []
    for place, (i, _) in enumerate(differing):
        n, n_null, n_rounding, n_shift, n_shifts, n_reordered, n_like = row[place * 7 : place * 7 + 7]
        n_values = n - n_null
        column = tables.plan.columns[i]
        if not column.is_comparable:
            kinds[i] = "types"
        elif n_values < n_null:
            kinds[i] = "nulls"
        elif n_rounding == n_values:
            kinds[i] = "rounding"
        elif n_shift == n_values and n_shifts <= 3:
            kinds[i] = "time_zone"
        elif n_reordered == n_values:
            kinds[i] = "list_order"
        else:
            kinds[i] = "values"
        if n_like == n_values > 0:
            hints.append(f"'{column.name}' differs only in case or spaces")
    return kinds, tuple(hints)


def _some_rows(paired: Paired, differing: list[tuple[int, int]]) -> Sql:
    """A condition that leaves a few thousand of the rows in which the least differing column differs."""
    n_least = min(n for _, n in differing)
    mask = (1 << max(0, n_least // _CLASSIFIED_ROWS).bit_length()) - 1
    if not mask:
        return "true"
    return f"{fn('&', fn('hash', fn('hash', *paired.order)), f'CAST({mask} AS UBIGINT)')} = 0"


def _is_rounding(column: ScoredColumn, gold: Sql, output: Sql) -> Sql:
    """Whether one number is the other one rounded or cut off, or they differ in the last digits only."""
    types = (column.gold_type, column.output_type)
    if not all(found.family in NUMBERS for found in types) or all(found.family is Family.INTEGER for found in types):
        return "false"
    left, right = f"CAST({gold} AS DOUBLE)", f"CAST({output} AS DOUBLE)"
    largest = fn("greatest", fn("abs", left), fn("abs", right))

    def near(one: Sql, other: Sql, share: str) -> Sql:
        return f"{fn('abs', fn('-', one, other))} <= {fn('*', share, largest)}"

    rounded = [
        near(fn("round", one, str(digits)), other, "1e-12")
        for digits in (0, 1, 2, 3, 4, 6)
        for one, other in ((left, right), (right, left))
    ]
    cut = [near(fn("trunc", one), other, "1e-12") for one, other in ((left, right), (right, left))]
    finite = [fn("isfinite", left), fn("isfinite", right)]
    return f"COALESCE({all_of([*finite, any_of([near(left, right, '1e-6'), *rounded, *cut])])}, false)"


def _time_shift(column: ScoredColumn, gold: Sql, output: Sql) -> Sql:
    """Seconds from gold to output; NULL where the column has no time of day."""
    types = (column.gold_type, column.output_type)
    if not all(found.family in INSTANTS for found in types) or all(found.family is Family.DATE for found in types):
        return "CAST(NULL AS DOUBLE)"
    difference = fn("-", nanoseconds(column.output_type)(output), nanoseconds(column.gold_type)(gold))
    return fn("/", f"CAST({difference} AS DOUBLE)", "1e9")


def _is_shift(shift: Sql) -> Sql:
    """Whether a shift is one between time zones: quarters of an hour, at most 14 hours."""
    quarters = fn("/", shift, "900.0")
    return f"COALESCE({fn('abs', shift)} BETWEEN 900 AND 50400 AND {fn('trunc', quarters)} = {quarters}, false)"


def _is_reordered(column: ScoredColumn, gold: Sql, output: Sql) -> Sql:
    if not isinstance(column.pair, ListPair):
        return "false"
    loose = ListPair(column.pair.element, True, column.pair.depth)
    return f"COALESCE({loose.canonical('gold', gold)} = {loose.canonical('output', output)}, false)"


def _is_like(column: ScoredColumn, gold: Sql, output: Sql) -> Sql:
    if {column.gold_type.family, column.output_type.family} != {Family.TEXT}:
        return "false"
    left, right = (
        fn("encode", fn("regexp_replace", fn("lower", f"CAST({value} AS VARCHAR)"), literal(r"\s+"), "''", "'g'"))
        for value in (gold, output)
    )
    return f"COALESCE({left} = {right}, false)"


def _quoted(text: str) -> Sql:
    return f"'{text}'"
