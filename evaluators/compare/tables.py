"""`compare_tables`: is a table of the output the table that gold has, and if not, what differs?

The rules are docs/equality.md; each one is a test in tests/evaluators/compare/test_equality_rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from benchmark.duckdb_sql import Sql
from benchmark.scorecard import Verdict
from benchmark.tables import ColumnOptions
from evaluators.compare.columns import ComparisonError, Plan, ScoredColumn, make_plan
from evaluators.compare.explain import Explainer
from evaluators.compare.large.checksum import (
    EXACT_CELLS,
    Checksum,
    Checksums,
    Tables,
    is_exactly_equal,
    read_checksum,
)
from evaluators.compare.large.keyed_hash import ColumnKey, draw_keys
from evaluators.compare.large.partitions import cutting_columns, is_in_parts
from evaluators.compare.relations import Relation, RelationError, find_relation, one_line
from evaluators.compare.types import json_value, variant_value
from evaluators.compare.types.comparator import Side
from evaluators.compare.types.duckdb_types import ColumnType, Family
from evaluators.compare.verdict import columns_verdict, match_verdict, not_built_verdict, unreadable_verdict


def compare_tables(
    connection: duckdb.DuckDBPyConnection,
    gold: str,
    output: str,
    *,
    key: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
    strict: bool = False,
) -> Verdict:
    """Compare two relations as bags of rows.

    Args:
        connection: Open connection that sees both. Nothing in it is changed; temporary tables come and go. Relations
            of a database file that hostile code wrote must not be on it: see `evaluators.scoring.table_verdicts`.
        gold: Table or view that is right; `table`, `schema.table` or `catalog.schema.table`, parts may be quoted.
        output: Table or view that is judged, named likewise.
        key: Columns of the grain, names without case. They are scored and exact, and they say which rows belong
            together; where they repeat, rows are compared as a bag.
        columns: Scored columns, names without case; None = all of gold's.
        options: What a task loosens, by column, names without case.
        strict: True = columns that gold does not have are a mismatch.

    Returns:
        A verdict with evidence. Whatever the output is, missing or broken included, it is a verdict.

    Raises:
        ComparisonError: Gold cannot be read, or key, columns or options do not fit it.
    """
    looked = _look(connection, gold, output, key, columns, options, strict=strict)
    return looked if isinstance(looked, Verdict) else looked.verdict()


def tables_match(
    connection: duckdb.DuckDBPyConnection,
    gold: str,
    output: str,
    *,
    key: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
    strict: bool = False,
) -> bool:
    """Whether `compare_tables` would find a match, without the cost of its evidence; arguments are the same."""
    looked = _look(connection, gold, output, key, columns, options, strict=strict)
    if isinstance(looked, Verdict):
        return looked.is_match
    return looked.can_match and looked.verdict().is_match


def _look(
    connection: duckdb.DuckDBPyConnection,
    gold: str,
    output: str,
    key: Sequence[str],
    columns: Sequence[str] | None,
    options: Mapping[str, ColumnOptions] | None,
    *,
    strict: bool,
) -> Verdict | Explainer:
    """The verdict, where checksums suffice for it; else what finds out how two tables differ, and whether they do."""
    gold_relation = _find_gold(connection, gold)
    try:
        output_relation = find_relation(connection, output)
    except RelationError as error:
        return not_built_verdict(output) if error.is_missing else unreadable_verdict(output, error.reason)
    names = (gold_relation, output_relation, key, columns, dict(options or {}))
    plan = make_plan(*names, is_json_by_value=False)
    tables = Tables(connection, gold_relation, output_relation, plan)
    if _mentions(plan, Family.VARIANT):
        variant_value.register(connection)
    keys = draw_keys(len(plan.columns))
    try:
        sums = _checksums(tables, keys)
        if plan.missing or (strict and plan.extra):
            return columns_verdict(plan, sums.gold.n_rows, sums.output.n_rows, is_strict=strict)
        is_equal = _is_equal(tables, sums)
        if not is_equal and _mentions(plan, Family.JSON):
            json_value.register(connection)
            tables = tables._replace(plan=make_plan(*names, is_json_by_value=True))
            sums = _by_value(tables, keys, sums)
            is_equal = _is_equal(tables, sums)
    except RelationError as error:
        return unreadable_verdict(output, error.reason)
    if is_equal:
        return match_verdict(sums.gold.n_rows, sums.output.n_rows, tables.plan)
    return Explainer(tables, sums)


def verdict_of_identical(
    connection: duckdb.DuckDBPyConnection,
    gold: str,
    *,
    key: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
) -> Verdict:
    """Return what `compare_tables` says of two relations that are read from the same bytes; arguments are the same."""
    relation = _find_gold(connection, gold)
    plan = make_plan(relation, relation, key, columns, dict(options or {}))
    try:
        (n_rows,) = connection.execute(f"SELECT count(*) FROM {relation.sql}").fetchall()[0]
    except duckdb.Error as error:
        raise ComparisonError(f"Gold table {relation.sql} cannot be read: {one_line(error)}.") from error
    return match_verdict(n_rows, n_rows, plan)


def _find_gold(connection: duckdb.DuckDBPyConnection, name: str) -> Relation:
    try:
        return find_relation(connection, name)
    except RelationError as error:
        raise ComparisonError(f"Gold table {name} cannot be read: {error.reason}. Build gold again.") from error


def _checksums(tables: Tables, keys: Sequence[ColumnKey], conditions: Mapping[Side, Sql] | None = None) -> Checksums:
    """Read the checksums of gold and of the output.

    Args:
        tables: The two relations.
        keys: Secrets of the columns.
        conditions: Which rows of each side count; None = all.

    Raises:
        ComparisonError: Gold cannot be read.
        RelationError: The output cannot be read.
    """
    cut = cutting_columns(tables.plan)
    where = conditions or {}
    try:
        gold = read_checksum(tables, "gold", keys, cut, where=where.get("gold", "true"))
    except duckdb.Error as error:
        raise ComparisonError(f"Gold table {tables.gold.sql} cannot be read: {one_line(error)}.") from error
    try:
        return Checksums(gold, read_checksum(tables, "output", keys, cut, where=where.get("output", "true")))
    except duckdb.Error as error:
        raise RelationError(tables.output.sql, is_missing=False, reason=one_line(error)) from error


def _by_value(tables: Tables, keys: Sequence[ColumnKey], by_text: Checksums) -> Checksums:
    """Checksums with JSON by its value. Parts that are equal by its text are, and Python reads the JSON of others only.

    Args:
        tables: The two relations, with a plan that compares JSON by value.
        keys: Secrets of the columns.
        by_text: Checksums with JSON by its text, by the same keys.
    """
    cut, differing = cutting_columns(tables.plan), by_text.differing
    if any(_holds(found, Family.JSON) for i in cut for found in _types(tables.plan.columns[i])):
        return _checksums(tables, keys)  # the same value may be in another part by its text
    sides: tuple[Side, Side] = ("gold", "output")
    fresh = _checksums(tables, keys, {side: is_in_parts(tables.plan, side, cut, differing) for side in sides})
    equal = {part: found for part, found in by_text.gold.parts.items() if part not in set(differing)}
    return Checksums(Checksum(equal | fresh.gold.parts), Checksum(equal | fresh.output.parts))


def _is_equal(tables: Tables, sums: Checksums) -> bool:
    """Whether the checksums are equal, confirmed by value where that is cheap."""
    gold, output = sums
    if gold != output:
        return False
    is_small = gold.n_rows * len(tables.plan.columns) <= EXACT_CELLS
    return not is_small or is_exactly_equal(tables)


def _mentions(plan: Plan, family: Family) -> bool:
    return any(_holds(found, family) for column in plan.columns for found in _types(column))


def _types(column: ScoredColumn) -> tuple[ColumnType, ColumnType]:
    return column.gold_type, column.output_type


def _holds(found: ColumnType, family: Family) -> bool:
    return found.family is family or any(_holds(child, family) for _, child in found.children)
