"""Properties of the comparison over generated tables of all types.

`LOCKGATE_EXAMPLES=10000 pytest tests/evaluators/compare/test_equality_properties.py` looks longer.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmark.scorecard import Verdict
from tests.helpers.column_options import loosened
from tests.helpers.comparison import compare_and_match
from tests.helpers.examples import IS_LONGER_LOOK, n_examples
from tests.helpers.value_pools import POOLS

common = settings(
    max_examples=n_examples(100),
    deadline=None,
    derandomize=not IS_LONGER_LOOK,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)

"""Values of each type that all differ from each other."""


class Column(NamedTuple):
    type_name: str
    values: tuple[str, ...]
    """SQL literals that all differ from each other."""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


texts = st.text(st.characters(exclude_characters="\0", categories=None, exclude_categories=["Cs"]), max_size=6).map(
    quoted
)
integers = st.integers(-(2**63), 2**63 - 1).map(lambda value: f"({value}::hugeint)::bigint")
decimals = st.decimals(-(10**14), 10**14, places=3).map(str)
blobs = st.binary(max_size=5).map(lambda value: quoted("".join(f"\\x{byte:02X}" for byte in value)))
instants = st.datetimes().map(lambda value: quoted(value.isoformat(" ")))


@st.composite
def floats(draw: st.DrawFn) -> tuple[str, ...]:
    values = draw(st.lists(st.floats(width=64), min_size=2, max_size=4, unique_by=lambda value: f"{value:.7g}"))
    finite = sorted(value for value in values if math.isfinite(value))
    assume(all(b - a > 1e-7 * max(abs(a), abs(b)) for a, b in pairwise(finite)))
    assume(sum(math.isnan(value) for value in values) <= 1)
    return tuple(quoted(repr(value)) for value in values)


def generated(type_name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Column]:
    several = st.lists(values, min_size=2, max_size=4, unique=True)
    return several.map(lambda found: Column(type_name, tuple(found)))


columns = st.one_of(
    st.sampled_from([Column(name, values) for name, values in POOLS.items()]),
    generated("VARCHAR", texts),
    generated("BIGINT", integers),
    generated("DECIMAL(18, 3)", decimals),
    generated("BLOB", blobs),
    generated("TIMESTAMP", instants),
    floats().map(lambda values: Column("DOUBLE", values)),
)


class Table(NamedTuple):
    columns: tuple[Column, ...]
    rows: tuple[tuple[int, ...], ...]
    """Per column the index of a value; its number of values = NULL."""

    def sql(self, rows: list[tuple[int, ...]], order: list[int]) -> str:
        def cell(row: tuple[int, ...], i: int) -> str:
            values = (*self.columns[i].values, "NULL")
            return f"CAST({values[row[i]]} AS {self.columns[i].type_name})"

        listed = [f"{cell(row, i)}" for row in rows for i in order]
        width = len(order)
        selects = [", ".join(listed[n * width : (n + 1) * width]) for n in range(len(rows))]
        names = ", ".join(f"CAST(NULL AS {self.columns[i].type_name}) AS c{i}" for i in order)
        empty = f"(SELECT {names} LIMIT 0)"
        return " UNION ALL ".join([empty, *(f"SELECT {select}" for select in selects)])


@st.composite
def tables(draw: st.DrawFn, min_rows: int = 0) -> Table:
    chosen = tuple(draw(st.lists(columns, min_size=1, max_size=4)))
    row = st.tuples(*(st.integers(0, len(column.values)) for column in chosen))
    return Table(chosen, tuple(draw(st.lists(row, min_size=min_rows, max_size=6))))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def compare(connection, table: Table, gold: list, output: list, order: list[int] | None = None, **extra) -> Verdict:
    straight = list(range(len(table.columns)))
    connection.execute(f"CREATE OR REPLACE TABLE gold AS {table.sql(gold, straight)}")
    connection.execute(f"CREATE OR REPLACE TABLE output AS {table.sql(output, order or straight)}")
    return compare_and_match(connection, "gold", "output", **extra)


@common
@given(data=st.data(), table=tables())
def test_permutations_of_rows_and_columns_match(connection, data, table):
    rows = data.draw(st.permutations(table.rows))
    order = data.draw(st.permutations(range(len(table.columns))))
    verdict = compare(connection, table, list(table.rows), rows, order)
    assert verdict.is_match, verdict
    assert not verdict.columns


@common
@given(data=st.data(), table=tables(min_rows=1))
def test_a_changed_cell_is_caught(connection, data, table):
    row = data.draw(st.integers(0, len(table.rows) - 1))
    column = data.draw(st.integers(0, len(table.columns) - 1))
    n_values = len(table.columns[column].values) + 1
    value = (table.rows[row][column] + data.draw(st.integers(1, n_values - 1))) % n_values
    changed = [list(cells) for cells in table.rows]
    changed[row][column] = value
    gold, output = list(table.rows), [tuple(cells) for cells in changed]
    if data.draw(st.booleans()):
        gold, output = output, gold
    verdict = compare(connection, table, gold, output)
    assert not verdict.is_match
    assert verdict.kind not in ("match", "not_built", "columns", "types")
    assert verdict.sample


@common
@given(data=st.data(), table=tables(min_rows=1))
def test_a_lost_or_repeated_row_is_caught(connection, data, table):
    rows = list(table.rows)
    row = data.draw(st.integers(0, len(rows) - 1))
    changed = [*rows[:row], *rows[row + 1 :]] if data.draw(st.booleans()) else [*rows, rows[row]]
    verdict = compare(connection, table, rows, changed)
    assert not verdict.is_match
    assert abs(verdict.n_rows_extra - verdict.n_rows_missing) == 1


@common
@given(table=tables(min_rows=1), other=st.data())
def test_verdicts_are_symmetric(connection, table, other):
    row = st.tuples(*(st.integers(0, len(column.values)) for column in table.columns))
    rows = other.draw(st.lists(row, min_size=max(0, len(table.rows) - 1), max_size=len(table.rows) + 1))
    there = compare(connection, table, list(table.rows), rows)
    back = compare(connection, table, rows, list(table.rows))
    assert there.is_match == back.is_match == (sorted(table.rows) == sorted(rows))
    assert (there.n_rows_missing, there.n_rows_extra) == (back.n_rows_extra, back.n_rows_missing)


@common
@given(data=st.data(), table=tables(min_rows=1))
def test_a_key_changes_no_verdict(connection, data, table):
    rows = list(table.rows)
    if data.draw(st.booleans()):
        rows[0] = data.draw(st.tuples(*(st.integers(0, len(column.values)) for column in table.columns)))
    key = data.draw(st.lists(st.sampled_from([f"c{i}" for i in range(len(table.columns))]), unique=True))
    verdict = compare(connection, table, list(table.rows), rows, key=key)
    assert verdict.is_match == (sorted(table.rows) == sorted(rows))


@common
@given(
    pairs=st.lists(st.tuples(st.integers(0, 3), st.integers(-6, 6), st.integers(-2, 2)), min_size=1, max_size=8),
    data=st.data(),
)
def test_values_within_a_tolerance_match_in_any_order(connection, pairs, data):
    moved = data.draw(st.permutations(pairs))
    gold = ", ".join(f"({group}, {value}, {value} / 2)" for group, value, _ in pairs)
    output = ", ".join(f"({group}, {value + shift}, {value} / 2 + {shift})" for group, value, shift in moved)
    connection.execute(f"CREATE OR REPLACE TABLE gold AS SELECT * FROM (VALUES {gold}) t(g, x, y)")
    connection.execute(f"CREATE OR REPLACE TABLE output AS SELECT * FROM (VALUES {output}) t(g, x, y)")
    options = {"x": loosened(absolute=2), "y": loosened(absolute=2)}
    assert compare_and_match(connection, "gold", "output", options=options).is_match
    assert compare_and_match(connection, "gold", "output", columns=["g", "x"], options={"x": options["x"]}).is_match


@common
@given(data=st.data(), table=tables(min_rows=1))
def test_large_tables_have_the_verdicts_of_small_ones(connection, data, table):
    """By checksums alone, and by the parts that differ; with a key that may repeat, and numbers that are near."""
    row = st.tuples(*(st.integers(0, len(column.values)) for column in table.columns))
    rows = data.draw(st.one_of(st.permutations(table.rows), st.lists(row, max_size=len(table.rows) + 1)))
    key = data.draw(st.lists(st.sampled_from([f"c{i}" for i in range(len(table.columns))]), unique=True, max_size=2))
    numeric = [
        i for i, column in enumerate(table.columns) if column.type_name in ("BIGINT", "DECIMAL(18, 3)", "DOUBLE")
    ]
    options = {f"c{i}": loosened(absolute=3) for i in numeric if f"c{i}" not in key}
    for chosen in ({}, options):
        small = compare(connection, table, list(table.rows), rows, key=key, options=chosen)
        with (
            patch.multiple("evaluators.compare.large.sampling", CELLS=0, MIN_ROWS=1, MIN_SAMPLE_ROWS=1),
            patch("evaluators.compare.tables.EXACT_CELLS", 0),
        ):
            large = compare(connection, table, list(table.rows), rows, key=key, options=chosen)
        assert large.is_match == small.is_match
