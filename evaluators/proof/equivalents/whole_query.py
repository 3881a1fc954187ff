"""The equivalence operators: rewrites of a model that change nothing, and that a judge must accept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlglot import exp

from evaluators.proof.equivalents import inside_query as inside
from evaluators.proof.equivalents.inside_query import Rewritten
from evaluators.proof.sql_trees import Scope, render

Rewrite = Callable[[exp.Expr, Scope], Rewritten]

_WIDER = {
    "TINYINT": "INTEGER", "SMALLINT": "INTEGER", "INTEGER": "BIGINT", "BIGINT": "HUGEINT", "FLOAT": "DOUBLE",
    "DATE": "TIMESTAMP", "TIMESTAMP": "TIMESTAMP_NS",
}  # fmt: skip


class Equivalent(NamedTuple):
    """One other version of a model's SQL that means the same."""

    operator: str
    model: str
    sql: str


def identical(tree: exp.Expr, _: Scope) -> Rewritten:
    """The query, parsed and written again."""
    return tree.copy()


def columns_reordered(tree: exp.Expr, scope: Scope) -> Rewritten:
    """The columns in the opposite order, names in capitals."""
    names = [f'"{name}" AS "{name.upper()}"' for name in reversed(list(scope.types))]
    return exp.select(*names, dialect="duckdb").from_(_wrapped(tree))


def column_added(tree: exp.Expr, _: Scope) -> Rewritten:
    """One more column, of use to its author alone."""
    return exp.select("*", "'internal' AS note_of_the_author", dialect="duckdb").from_(_wrapped(tree))


def rows_reordered(tree: exp.Expr, scope: Scope) -> Rewritten:
    """The rows in an order of their own."""
    first = next(iter(scope.types))
    return exp.select("*").from_(_wrapped(tree)).order_by(f'md5(CAST("{first}" AS TEXT))', dialect="duckdb")


def wrapped_twice(tree: exp.Expr, _: Scope) -> Rewritten:
    """Two selects around it that do nothing."""
    return exp.select("*").from_(exp.select("*").from_(_wrapped(tree)).subquery("around")).where("TRUE")


def types_widened(tree: exp.Expr, scope: Scope) -> Rewritten:
    """Whole numbers, dates and times in the next wider type."""
    items = [
        f'CAST("{name}" AS {_WIDER[kind]}) AS "{name}"' if kind in _WIDER else f'"{name}"'
        for name, kind in scope.types.items()
    ]
    return exp.select(*items, dialect="duckdb").from_(_wrapped(tree))


def grouped_by_all(tree: exp.Expr, scope: Scope) -> Rewritten:
    """Grouped by every column, where rows are unique: the same rows."""
    names = [f'"{name}"' for name in scope.types]
    select = exp.select(*names, dialect="duckdb").from_(_wrapped(tree))
    select.set("group", exp.Group(all=True))
    return select


def unioned_with_nothing(tree: exp.Expr, _: Scope) -> Rewritten:
    """`union all` with none of its rows."""
    nothing = exp.select("*").from_(_wrapped(tree)).where("FALSE")
    return exp.union(exp.select("*").from_(_wrapped(tree)), nothing, distinct=False)


def _wrapped(tree: exp.Expr) -> exp.Subquery:
    return tree.copy().subquery("model", copy=False)  # type: ignore[attr-defined, no-any-return]


REWRITES: dict[str, Rewrite] = {
    rewrite.__name__: rewrite
    for rewrite in (
        identical,
        inside.ctes_inlined,
        inside.ctes_renamed,
        inside.ctes_reordered,
        inside.predicates_commuted,
        inside.join_sides_swapped,
        inside.conditions_split,
        inside.between_expanded,
        inside.in_expanded,
        inside.coalesce_to_case,
        inside.count_of_one,
        inside.filter_to_case,
        inside.qualify_to_subquery,
        inside.grouping_to_distinct,
        inside.union_sides_swapped,
        columns_reordered,
        column_added,
        rows_reordered,
        wrapped_twice,
        types_widened,
        grouped_by_all,
        unioned_with_nothing,
    )
}
"""In the order in which they are tried."""

_NEEDS_UNIQUE_ROWS = frozenset({"grouped_by_all"})
_ADDS_COLUMNS = frozenset({"column_added"})


def make_equivalents(
    model: str,
    tree: exp.Expr,
    columns: Mapping[str, str],
    *,
    is_unique: bool,
    is_strict: bool,
) -> tuple[Equivalent, ...]:
    """Every rewrite that does something to this model.

    Args:
        model: Its relation.
        tree: Its SQL.
        columns: Its columns with their types, as gold has them.
        is_unique: Whether no two of its rows are equal.
        is_strict: Whether columns may not be added.
    """
    original = render(tree)
    found = []
    for name, rewrite in REWRITES.items():
        if (name in _NEEDS_UNIQUE_ROWS and not is_unique) or (name in _ADDS_COLUMNS and is_strict):
            continue
        rewritten = rewrite(tree, Scope(columns))
        if rewritten is None:
            continue
        sql = render(rewritten)
        if sql != original or name == "identical":
            found.append(Equivalent(name, model, sql))
    return tuple(found)
