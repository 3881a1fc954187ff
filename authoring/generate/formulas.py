"""Columns of a table that follow from other columns of the same row, as its model computes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from authoring.generate.smells import is_odd_mutation
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import CLOCK, DIALECT, Scope, make_mutants, parse

if TYPE_CHECKING:
    from sqlglot import exp

_WRITTEN = re.compile(r"^`(\w+)` (less|plus|/) `(\w+)`")
"""A formula as descriptions begin with it."""
_SIGNS = {"less": "-", "plus": "+", "/": "/"}
_MAX_WRONG = 2
"""Wrong versions of one formula."""
_MIN_WORDS = 4
"""Of a description that has to say a formula which is no arithmetic."""


class Formula(NamedTuple):
    """How a column follows from others."""

    column: str
    sql: str
    reads: tuple[str, ...]
    """Columns, in the order of the expression."""
    words: str
    """The formula in words, with columns as code; empty where it is no plain arithmetic."""


def find_formulas(
    compiled: str, pinned_now: str, columns: Sequence[str], described: Mapping[str, str]
) -> list[Formula]:
    """Find the formulas of a table.

    Args:
        compiled: SQL of its model.
        pinned_now: The instant of its run, as it stands there.
        columns: Of the table.
        described: Column -> what its YAML says.
    """
    found = {}
    tree = parse(compiled, pinned_now)
    if (select := _last_select(tree)) is not None:
        known = {_plain(item): item.alias_or_name for item in select.expressions if _plain(item)}
        for item in select.expressions:
            formula = _formula(item, known)
            if formula is None or not {formula.column, *formula.reads} <= set(columns):
                continue
            if formula.words or len(described.get(formula.column, "").split()) >= _MIN_WORDS:
                found[formula.column] = formula
    for column in columns:
        written = _WRITTEN.match(described.get(column, ""))
        if column not in found and written and {written[1], written[3]} <= set(columns):
            sign, words = _SIGNS[written[2]], "divided by" if written[2] == "/" else written[2]
            right = f"nullif({written[3]}, 0)" if sign == "/" else written[3]
            found[column] = Formula(
                column,
                f"{written[1]} {sign} {right}",
                (written[1], written[3]),
                f"`{written[1]}` {words} `{written[3]}`",
            )
    return [found[column] for column in columns if column in found]


def wrong_versions(formula: Formula, types: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Wrong ways to compute a column: a name of each, and its SQL.

    Args:
        formula: The right way.
        types: Column -> type of the table.
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(f"select {formula.sql} as made from rows_of", dialect=DIALECT)
    made: dict[str, str] = {}
    for node in tree.find_all(exp.Sub, exp.Add):
        copy = tree.copy()
        twin = next(other for other in copy.find_all(type(node)) if other == node)
        twin.replace(twin.this.copy())
        made.setdefault("term_forgotten", copy.expressions[0].unalias().sql(dialect=DIALECT))
    for mutant in make_mutants(formula.column, tree, Scope(types), MUTATIONS):
        if not is_odd_mutation(mutant.operator, mutant.before, mutant.after) and mutant.operator not in made:
            changed = sqlglot.parse_one(mutant.sql, dialect=DIALECT)
            if isinstance(changed, exp.Select) and not changed.args.get("joins"):
                made[mutant.operator] = changed.expressions[0].unalias().sql(dialect=DIALECT)
    yield from list(made.items())[:_MAX_WRONG]


def _last_select(tree: exp.Expr) -> exp.Select | None:
    """The select that writes out the columns of a query, where its last one takes all of a step."""
    from sqlglot import exp

    if not isinstance(tree, exp.Select):
        return None
    seen = 0
    select = tree
    while len(select.expressions) == 1 and isinstance(select.expressions[0], exp.Star) and seen < 20:
        source = select.find(exp.From)
        name = source.this.name if source is not None and isinstance(source.this, exp.Table) else ""
        step = next((cte.this for cte in tree.ctes if cte.alias == name), None)
        if not isinstance(step, exp.Select) or step.args.get("where") or step.args.get("qualify"):
            return None
        select, seen = step, seen + 1
    return select


def _plain(item: exp.Expr) -> str:
    """The column that an item is, under whatever name; empty where it is more."""
    from sqlglot import exp

    inner = item.unalias()
    return inner.sql(dialect=DIALECT).lower() if isinstance(inner, exp.Column) else ""


def _formula(item: exp.Expr, known: Mapping[str, str]) -> Formula | None:
    """A column as a formula of others; None where it reads something that the table does not show."""
    from sqlglot import exp

    inner = item.unalias()
    barred = (exp.Window, exp.AggFunc, exp.Subquery, exp.Star)
    if isinstance(inner, exp.Column) or next(inner.find_all(*barred), None) is not None or CLOCK in inner.sql():
        return None
    copy = inner.copy()
    reads = []
    for column in list(copy.find_all(exp.Column)):
        name = known.get(column.sql(dialect=DIALECT).lower())
        if name is None:
            return None
        reads.append(name)
        if column is copy:
            return None
        column.replace(exp.column(name))
    if not reads:
        return None
    return Formula(item.alias_or_name, copy.sql(dialect=DIALECT), tuple(dict.fromkeys(reads)), _words(copy))


def _words(node: exp.Expr) -> str:
    """Arithmetic in words; empty where it is something else."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return f"`{node.name}`"
    if isinstance(node, exp.Paren):
        return ""
    if isinstance(node, exp.Nullif) and node.expression.sql() == "0" and isinstance(node.this, exp.Column):
        return f"`{node.this.name}` (empty where that is 0)"
    for kind, word in ((exp.Add, "plus"), (exp.Sub, "less"), (exp.Div, "divided by")):
        if isinstance(node, kind):
            left, right = _words(node.this), _words(node.expression)
            return f"{left} {word} {right}" if left and right else ""
    return ""
