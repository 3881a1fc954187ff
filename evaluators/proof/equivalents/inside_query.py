"""Equivalence operators inside a query: another way to write a part of it."""

from __future__ import annotations

from sqlglot import exp

from evaluators.proof.sql_trees import Scope, conjuncts

Rewritten = exp.Expr | None
"""None where a model has nothing of the kind."""

_TURNED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ, exp.NEQ: exp.NEQ, exp.LT: exp.GT, exp.GT: exp.LT, exp.LTE: exp.GTE, exp.GTE: exp.LTE,
}  # fmt: skip

_KEEPS_NULLS = (exp.ArrayAgg, exp.First, exp.Last)
"""Aggregates that also look at NULL, so that a NULL in the place of a row is not as no row."""


def ctes_inlined(tree: exp.Expr, _: Scope) -> Rewritten:
    """Every common table expression becomes a subquery where it is read."""
    if not tree.args.get("with_"):
        return None
    bodies: dict[str, exp.Query] = {}
    for cte in tree.args["with_"].expressions:
        body = cte.this.copy()
        for table in [node for node in body.find_all(exp.Table) if not node.db and node.name in bodies]:
            table.replace(bodies[table.name].copy().subquery(table.alias_or_name))
        bodies[cte.alias] = body
    outer = tree.copy()
    outer.set("with_", None)
    for table in [node for node in outer.find_all(exp.Table) if not node.db and node.name in bodies]:
        table.replace(bodies[table.name].copy().subquery(table.alias_or_name))
    return outer


def ctes_renamed(tree: exp.Expr, _: Scope) -> Rewritten:
    """Other names for the common table expressions."""
    if not tree.args.get("with_"):
        return None
    copy = tree.copy()
    names = {cte.alias: f"part_{i}" for i, cte in enumerate(copy.args["with_"].expressions, start=1)}
    for table in copy.find_all(exp.Table):
        if not table.db and table.name in names:
            alias = table.alias_or_name
            table.set("this", exp.to_identifier(names[table.name]))
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    for cte in copy.args["with_"].expressions:
        cte.set("alias", exp.TableAlias(this=exp.to_identifier(names[cte.alias])))
    return copy


def ctes_reordered(tree: exp.Expr, _: Scope) -> Rewritten:
    """The common table expressions in the last order that their dependencies allow."""
    if not tree.args.get("with_"):
        return None
    copy = tree.copy()
    todo = list(copy.args["with_"].expressions)
    reads = {
        cte.alias: {t.name for t in cte.this.find_all(exp.Table) if not t.db} & {other.alias for other in todo}
        for cte in todo
    }
    order: list[exp.Expr] = []
    while todo:
        placed = {cte.alias for cte in order}
        chosen = [cte for cte in todo if reads[cte.alias] <= placed][-1]
        order.append(chosen)
        todo.remove(chosen)
    copy.args["with_"].set("expressions", order)
    return copy


def predicates_commuted(tree: exp.Expr, _: Scope) -> Rewritten:
    """Both sides of comparisons, and the parts of AND and OR, change places."""
    copy = tree.copy()
    for node in [found for found in copy.find_all(exp.Binary) if type(found) in _TURNED]:
        node.replace(_TURNED[type(node)](this=node.expression.copy(), expression=node.this.copy()))
    for node in [found for found in copy.find_all(exp.Connector) if not isinstance(found.parent, exp.Connector)]:
        parts = [exp.paren(part.copy()) if isinstance(part, exp.Connector) else part.copy() for part in node.flatten()]
        combine = exp.and_ if isinstance(node, exp.And) else exp.or_
        node.replace(exp.paren(combine(*reversed(parts), copy=False)))
    return copy


def join_sides_swapped(tree: exp.Expr, _: Scope) -> Rewritten:
    """`a left join b` becomes `b right join a`; the sides of an inner join change places."""
    copy = tree.copy()
    for select in copy.find_all(exp.Select):
        source, joins = select.args.get("from_"), select.args.get("joins") or []
        if source is None or not joins or not joins[0].args.get("on"):
            continue
        first = joins[0]
        left, right = source.this.copy(), first.this.copy()
        source.set("this", right)
        first.set("this", left)
        if first.side:
            first.set("side", {"LEFT": "RIGHT", "RIGHT": "LEFT"}.get(first.side, first.side))
    return copy


def between_expanded(tree: exp.Expr, _: Scope) -> Rewritten:
    """`between` becomes two comparisons."""
    copy = tree.copy()
    for node in list(copy.find_all(exp.Between)):
        low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        node.replace(exp.paren(exp.and_(low, high, copy=False)))
    return copy


def in_expanded(tree: exp.Expr, _: Scope) -> Rewritten:
    """`in` with a list becomes comparisons joined by OR."""
    copy = tree.copy()
    for node in [found for found in copy.find_all(exp.In) if found.expressions]:
        parts = [exp.EQ(this=node.this.copy(), expression=value.copy()) for value in node.expressions]
        node.replace(exp.paren(exp.or_(*parts, copy=False)))
    return copy


def coalesce_to_case(tree: exp.Expr, _: Scope) -> Rewritten:
    """`coalesce` becomes a CASE."""
    copy = tree.copy()
    for node in list(copy.find_all(exp.Coalesce)):
        values = [node.this, *node.expressions]
        case = exp.Case()
        for value in values[:-1]:
            case = case.when(exp.not_(exp.Is(this=value.copy(), expression=exp.Null())), value.copy(), copy=False)
        node.replace(case.else_(values[-1].copy(), copy=False))
    return copy


def count_of_one(tree: exp.Expr, _: Scope) -> Rewritten:
    """`count(*)` becomes `count(1)`."""
    copy = tree.copy()
    for node in copy.find_all(exp.Count):
        if isinstance(node.this, exp.Star):
            node.set("this", exp.Literal.number(1))
    return copy


def filter_to_case(tree: exp.Expr, _: Scope) -> Rewritten:
    """The filter of an aggregate becomes a CASE inside it."""
    copy = tree.copy()
    for node in list(copy.find_all(exp.Filter)):
        aggregate, condition = node.this.copy(), node.expression.this
        function = aggregate.this if isinstance(aggregate, exp.IgnoreNulls) else aggregate  # `any_value` comes so
        if isinstance(function, _KEEPS_NULLS) or isinstance(function.this, (str, exp.Distinct)):
            continue
        holder = function.this if isinstance(function.this, exp.Order) else function
        value = exp.Literal.number(1) if isinstance(holder.this, exp.Star) else holder.this.copy()
        holder.set("this", exp.Case().when(condition.copy(), value))
        node.replace(function)
    return copy


def qualify_to_subquery(tree: exp.Expr, _: Scope) -> Rewritten:
    """`qualify` becomes a numbered subquery with a WHERE around it."""
    copy = tree.copy()
    for select in reversed(list(copy.find_all(exp.Select))):  # inner ones first: outer ones are copied with them
        qualify = select.args.get("qualify")
        if not qualify or any(select.args.get(part) for part in ("group", "limit", "distinct")):
            continue
        if not isinstance(select.expressions[0], exp.Star):
            continue
        inner = select.copy()
        inner.set("qualify", None)
        inner.set("with_", None)
        inner.append("expressions", exp.alias_(qualify.this.copy(), "is_the_one"))
        star = exp.Star(except_=[exp.to_identifier("is_the_one")])
        outer = exp.select(star).from_(inner.subquery("numbered")).where("is_the_one")
        outer.set("with_", select.args.get("with_"))
        if select is copy:
            return outer
        select.replace(outer)
    return copy


def union_sides_swapped(tree: exp.Expr, _: Scope) -> Rewritten:
    """The sides of `union all by name` change places."""
    copy = tree.copy()
    for union in list(copy.find_all(exp.Union)):
        left, right = union.this.copy(), union.expression.copy()
        union.set("this", right)
        union.set("expression", left)
    return copy


def grouping_to_distinct(tree: exp.Expr, _: Scope) -> Rewritten:
    """A select that only groups becomes `select distinct`, and the other way round."""
    copy = tree.copy()
    for select in copy.find_all(exp.Select):
        if select.args.get("distinct") and not select.args["distinct"].args.get("on"):
            select.set("distinct", None)
            select.set("group", exp.Group(all=True))
        elif (group := select.args.get("group")) and not list(select.find_all(exp.AggFunc)) and group.expressions:
            select.set("group", None)
            select.set("distinct", exp.Distinct())
    return copy


def conditions_split(tree: exp.Expr, _: Scope) -> Rewritten:
    """The conditions of an inner join on one table move to WHERE."""
    copy = tree.copy()
    for select in copy.find_all(exp.Select):
        joins = select.args.get("joins") or []
        if len(joins) == 1 and not joins[0].side and joins[0].args.get("on"):
            parts = conjuncts(joins[0].args["on"])
            if len(parts) > 1:
                joins[0].set("on", parts[0].copy())
                for part in parts[1:]:
                    select.where(part.copy(), copy=False)
    return copy
