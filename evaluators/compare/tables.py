"""`compare_tables`: is a table of the output the table that gold has, and if not, what differs?

The rules are docs/equality.md; each one is a test in tests/evaluators/compare/test_equality_rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from benchmark.scorecard import Verdict
from benchmark.tables import ColumnOptions
from evaluators.compare.columns import ComparisonError, Plan, make_plan
from evaluators.compare.explain import Explainer
from evaluators.compare.large.checksum import (
    EXACT_CELLS,
    Checksums,
    Tables,
    is_exactly_equal,
    read_checksum,
    secret_salts,
)
from evaluators.compare.large.partitions import cutting_columns
from evaluators.compare.relations import Relation, RelationError, find_relation, one_line
from evaluators.compare.types import json_value as json_text
from evaluators.compare.types.duckdb_types import ColumnType, Family
from evaluators.compare.verdict import columns_verdict, match_verdict, not_built_verdict


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
    gold_relation = _find_gold(connection, gold)
    try:
        output_relation = find_relation(connection, output)
    except RelationError as error:
        return not_built_verdict(output, error.reason, is_missing=error.is_missing)
    names = (gold_relation, output_relation, key, columns, dict(options or {}))
    plan = make_plan(*names, is_json_by_value=False)
    tables = Tables(connection, gold_relation, output_relation, plan)
    try:
        sums = _checksums(tables)
        if plan.missing or (strict and plan.extra):
            return columns_verdict(plan, sums.gold.n_rows, sums.output.n_rows, is_strict=strict)
        is_equal = _is_equal(tables, sums)
        if not is_equal and _has_json(plan):
            json_text.register(connection)
            tables = tables._replace(plan=make_plan(*names, is_json_by_value=True))
            sums = _checksums(tables)
            is_equal = _is_equal(tables, sums)
    except RelationError as error:
        return not_built_verdict(output, error.reason, is_missing=False)
    if is_equal:
        return match_verdict(sums.gold.n_rows, sums.output.n_rows, tables.plan)
    return Explainer(tables, sums).verdict()


def verdict_of_identical(
    connection: duckdb.DuckDBPyConnection,
    gold: str,
    *,
    key: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
) -> Verdict:
    """What `compare_tables` says where both relations are read from the same bytes; arguments and errors likewise."""
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


def _checksums(tables: Tables) -> Checksums:
    """Of gold and of the output.

    Raises:
        ComparisonError: Gold cannot be read.
        RelationError: The output cannot be read.
    """
    salts = secret_salts(len(tables.plan.columns))
    cut = cutting_columns(tables.plan)
    try:
        gold = read_checksum(tables, "gold", salts, cut)
    except duckdb.Error as error:
        raise ComparisonError(f"Gold table {tables.gold.sql} cannot be read: {one_line(error)}.") from error
    try:
        return Checksums(gold, read_checksum(tables, "output", salts, cut))
    except duckdb.Error as error:
        raise RelationError(tables.output.sql, is_missing=False, reason=one_line(error)) from error


def _is_equal(tables: Tables, sums: Checksums) -> bool:
    """Whether the checksums are equal, confirmed by value where that is cheap."""
    gold, output = sums
    if gold != output:
        return False
    is_small = gold.n_rows * len(tables.plan.columns) <= EXACT_CELLS
    return not is_small or is_exactly_equal(tables)


def _has_json(plan: Plan) -> bool:
    return any(_mentions_json(found) for column in plan.columns for found in (column.gold_type, column.output_type))


def _mentions_json(found: ColumnType) -> bool:
    return found.family is Family.JSON or any(_mentions_json(child) for _, child in found.children)
