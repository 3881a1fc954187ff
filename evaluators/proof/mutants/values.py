"""Mutation operators that change what stands in a row: bounds, constants, aggregates, nulls, types, columns."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlglot import exp

from evaluators.proof.sql_trees import Scope, Site, short

_BOUNDS: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.LTE, exp.LTE: exp.LT, exp.GT: exp.GTE, exp.GTE: exp.GT,
}  # fmt: skip
_AGGREGATES: dict[type[exp.Expr], type[exp.Expr]] = {exp.Sum: exp.Avg, exp.Avg: exp.Sum}
_EXTREMES: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Min: exp.Max, exp.Max: exp.Min, exp.Greatest: exp.Least, exp.Least: exp.Greatest,
}  # fmt: skip
_GRAINS = {"minute": "hour", "hour": "day", "day": "hour", "month": "day"}


def bound_moved(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The bound of a comparison counts where it must not, or the other way round."""
    if other := _BOUNDS.get(type(node)):
        yield _retyped(node, other)


def constant_moved(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A whole number is off by one."""
    if isinstance(node, exp.Literal) and node.is_int and not isinstance(node.parent, (exp.DataTypeParam, exp.Ordered)):
        moved = exp.Literal.number(int(node.this) + 1)
        context = short(node.parent)
        yield Site(f"{short(node)} in {context}", short(moved), lambda found: found.replace(moved.copy()))


def sum_for_mean(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A sum for a mean, and the other way round."""
    if other := _AGGREGATES.get(type(node)):
        yield _retyped(node, other)


def extremes_swapped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Min for max, least for greatest, and the other way round."""
    if (other := _EXTREMES.get(type(node))) and not (isinstance(node, exp.Min) and node.args.get("expressions")):
        yield _retyped(node, other)


def count_of_rows(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """`count(*)` for the count of what is known."""
    if isinstance(node, exp.Count) and not isinstance(node.this, (exp.Star, exp.Distinct)):
        yield Site(short(node), "COUNT(*)", lambda found: found.set("this", exp.Star()))


def quantile_kind(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """An interpolated quantile for an observed one, and a mean for a quantile."""
    if isinstance(node, (exp.PercentileDisc, exp.Quantile)) or _is_named(node, "quantile_disc"):
        value = node.this if not isinstance(node, exp.Anonymous) else node.expressions[0]

        def edit(found: exp.Expr) -> None:
            found.replace(exp.Avg(this=value.copy()))

        yield Site(short(node), f"avg({short(value)})", edit)


def coalesce_lost(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The value in place of NULL is forgotten, or the order of the values is turned."""
    if isinstance(node, exp.Coalesce):
        yield Site(short(node), short(node.this), lambda found: found.replace(found.this))
        if node.expressions and isinstance(node.expressions[0], exp.Column):

            def turn(found: exp.Expr) -> None:
                first, second = found.this, found.expressions[0]
                found.set("this", second.copy())
                found.set("expressions", [first.copy(), *[e.copy() for e in found.expressions[1:]]])

            yield Site(short(node), f"turned {short(node)}", turn)
    elif isinstance(node, exp.Nullif):
        yield Site(short(node), short(node.this), lambda found: found.replace(found.this))


def cleaning_lost(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """trim, upper, lower or abs is forgotten."""
    if isinstance(node, (exp.Trim, exp.Upper, exp.Lower, exp.Abs)):
        yield Site(short(node), short(node.this), lambda found: found.replace(found.this))


def case_branch_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A branch of a CASE is forgotten."""
    if isinstance(node, exp.Case) and len(node.args["ifs"]) > 1:
        for i, branch in enumerate(node.args["ifs"]):

            def edit(case: exp.Expr, index: int = i) -> None:
                case.set("ifs", [e for j, e in enumerate(case.args["ifs"]) if j != index])

            yield Site(short(branch), "", edit)


def case_branches_swapped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Two neighbouring branches of a CASE are asked in the wrong order."""
    if isinstance(node, exp.Case):
        for i in range(len(node.args["ifs"]) - 1):

            def edit(case: exp.Expr, index: int = i) -> None:
                branches = list(case.args["ifs"])
                branches[index], branches[index + 1] = branches[index + 1], branches[index]
                case.set("ifs", branches)

            yield Site(short(node.args["ifs"][i]), f"after {short(node.args['ifs'][i + 1])}", edit)


def division_kind(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A division that drops what is behind the point."""
    if isinstance(node, exp.Div):  # not by `//`, which DuckDB takes for `/` where both are DOUBLE
        yield Site(
            short(node),
            f"{short(node.this)} // {short(node.expression)}",
            lambda found: found.replace(exp.Anonymous(this="trunc", expressions=[found.copy()])),
        )


def difference_turned(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Subtracted the wrong way round, or added."""
    if isinstance(node, exp.Sub):

        def edit(found: exp.Expr) -> None:
            left, right = found.this.copy(), found.expression.copy()
            found.replace(exp.paren(exp.Sub(this=exp.paren(right), expression=exp.paren(left))))

        yield Site(short(node), f"{short(node.expression)} - {short(node.this)}", edit)


def date_grain(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The wrong unit of time in date_diff or date_trunc."""
    if isinstance(node, (exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc)):
        unit = node.args.get("unit")
        grain = str(unit.name if unit is not None else "").lower()
        if other := _GRAINS.get(grain):
            yield Site(f"{grain} in {short(node)}", other, lambda found: found.set("unit", exp.Var(this=other.upper())))


def time_zone_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A conversion between time zones is forgotten.

    Not where only the last step to UTC is left out: sessions run in UTC, and an instant equals its time in UTC.
    """
    if not isinstance(node, exp.AtTimeZone):
        return
    if not (isinstance(node.args["zone"], exp.Literal) and node.args["zone"].name == "UTC"):
        yield Site(short(node), short(node.this), lambda found: found.replace(found.this))
    if isinstance(node.this, exp.AtTimeZone):
        yield Site(short(node), short(node.this.this), lambda found: found.replace(found.this.this))


def wrong_column(node: exp.Expr, scope: Scope) -> Iterator[Site]:
    """Another column of the same type that the same part of the query reads from the same table."""
    select = node.find_ancestor(exp.Select) if isinstance(node, exp.Column) else None
    if select is None or not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return
    wanted = scope.types.get(node.name.lower())
    names = {
        column.name
        for column in select.find_all(exp.Column)
        if column.table == node.table and column.find_ancestor(exp.Select) is select and column.name
    }
    fitting = sorted(name for name in names - {node.name} if wanted and scope.types.get(name.lower()) == wanted)
    if not fitting:
        return
    other = max(fitting, key=lambda name: (difflib.SequenceMatcher(None, name, node.name).ratio(), name))

    def edit(found: exp.Expr) -> None:
        wrong = found.copy()
        wrong.set("this", exp.to_identifier(other))
        is_projection = found.parent is found.find_ancestor(exp.Select) and found.arg_key == "expressions"
        found.replace(exp.alias_(wrong, found.name) if is_projection else wrong)

    yield Site(f"{short(node)} in {_place(node)}", other, edit)


def _place(node: exp.Expr) -> str:
    """Where a column stands, short enough to read and long enough to be told from its like."""
    parent = node.parent
    while parent is not None and isinstance(parent, (exp.Paren, exp.Cast)):
        parent = parent.parent
    if parent is None or isinstance(parent, exp.Select):
        return "select"
    return short(parent)[:120]


def _retyped(node: exp.Expr, kind: type[exp.Expr]) -> Site:
    def change(found: exp.Expr) -> exp.Expr:
        arguments = {key: value for key, value in found.copy().args.items() if key in kind.arg_types}
        return kind(**arguments)

    return Site(short(node), short(change(node)), lambda found: found.replace(change(found)))


def _is_named(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == name
