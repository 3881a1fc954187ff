"""Mutation operators that change which rows there are: joins, filters, grouping, duplicates."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from evaluators.proof.sql_trees import Edit, Scope, Site, conjuncts, short, without


def join_kind(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """An inner join where a left join belongs, and the other way round."""
    if not isinstance(node, exp.Join) or not node.args.get("on"):
        return
    is_left = node.side == "LEFT"

    def edit(join: exp.Expr) -> None:
        join.set("side", None if is_left else "LEFT")
        join.set("kind", "INNER" if is_left else None)

    names = ("left join", "inner join") if is_left else ("inner join", "left join")
    yield Site(f"{names[0]} {short(node.this)}", f"{names[1]} {short(node.this)}", edit)


def join_condition_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """One of several conditions of a join is forgotten: rows fan out."""
    if not isinstance(node, exp.Join) or not node.args.get("on"):
        return
    parts = conjuncts(node.args["on"])
    for i, part in enumerate(parts if len(parts) > 1 else []):
        yield Site(short(part), "", _drop_conjunct("on", i))


def fan_out(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The joined table has each row twice, as when its duplicates were not removed."""
    if not isinstance(node, exp.Join) or not isinstance(node.this, exp.Table):
        return

    def edit(join: exp.Expr) -> None:
        table = join.this
        name = table.alias_or_name
        bare = table.copy()
        bare.set("alias", None)
        rows = exp.select("*").from_(bare)
        doubled = exp.union(rows, rows.copy(), distinct=False)
        table.replace(doubled.subquery(name))

    yield Site(f"join {short(node.this)}", f"join {short(node.this)} twice", edit)


def filter_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A condition of WHERE or HAVING, or the filter of an aggregate, is forgotten."""
    if isinstance(node, exp.Filter):
        yield Site(short(node), short(node.this), lambda found: found.replace(found.this))
    for key in ("where", "having"):
        clause = node.args.get(key) if isinstance(node, exp.Select) else None
        for i, part in enumerate(conjuncts(clause.this) if clause else []):
            yield Site(f"{key} {short(part)}", "", _drop_clause_conjunct(key, i))


def deduplication_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The row that counts is not chosen: all of them stay."""
    if isinstance(node, exp.Select) and node.args.get("qualify"):
        yield Site(short(node.args["qualify"]), "", lambda select: select.set("qualify", None))


def distinct_lost(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """`distinct` is forgotten, in a select or in an aggregate."""
    if isinstance(node, exp.Select) and node.args.get("distinct"):
        yield Site("select distinct", "select", lambda select: select.set("distinct", None))
    if isinstance(node, exp.AggFunc) and isinstance(node.this, exp.Distinct):

        def edit(aggregate: exp.Expr) -> None:
            aggregate.set("this", aggregate.this.expressions[0])

        yield Site(short(node), short(node).replace("DISTINCT ", "", 1), edit)


def union_kind(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """`union` where `union all` belongs, and the other way round."""
    if isinstance(node, exp.Union):
        is_distinct = bool(node.args.get("distinct"))
        names = ("union", "union all") if is_distinct else ("union all", "union")
        yield Site(*names, lambda union: union.set("distinct", not is_distinct))


def group_column_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Grouped by one column too few; the column becomes that of any row."""
    if not isinstance(node, exp.Group) or len(node.expressions) < 2:
        return
    for i, column in enumerate(node.expressions):

        def edit(group: exp.Expr, index: int = i) -> None:
            select = group.find_ancestor(exp.Select)
            dropped = group.expressions[index]
            group.set("expressions", [e for j, e in enumerate(group.expressions) if j != index])
            assert select is not None
            for projection in list(select.expressions):
                value = projection.unalias()
                if value == dropped:
                    name = projection.alias_or_name
                    projection.replace(exp.alias_(exp.Min(this=value.copy()), name))

        yield Site(f"group by {short(column)}", "", edit)


def and_or(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """`or` where `and` belongs, and the other way round."""
    if type(node) is exp.And:
        yield Site("and", f"or {short(node.expression)}", lambda found: _as(found, exp.Or))
    elif type(node) is exp.Or:
        yield Site("or", f"and {short(node.expression)}", lambda found: _as(found, exp.And))


def predicate_negated(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """A condition says the opposite."""
    if isinstance(node, exp.Not):
        yield Site(short(node), short(node.this), lambda found: found.replace(found.this))
    elif isinstance(node, (exp.In, exp.Is, exp.EQ, exp.Between)) and not isinstance(node.parent, exp.Not):
        if isinstance(node, exp.EQ) and isinstance(node.parent, (exp.Join, exp.And)) and node.find_ancestor(exp.Join):
            return  # a join on everything else: no one's mistake, and large
        yield Site(short(node), f"not {short(node)}", lambda found: found.replace(exp.not_(found.copy())))


def list_value_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """One of the values of an `in` is forgotten."""
    if isinstance(node, exp.In) and len(node.expressions) > 1:
        for i, value in enumerate(node.expressions):

            def edit(found: exp.Expr, index: int = i) -> None:
                found.set("expressions", [e for j, e in enumerate(found.expressions) if j != index])

            yield Site(f"{short(node.this)} in {short(value)}", "", edit)


def _as(node: exp.Expr, kind: type[exp.Connector]) -> None:
    node.replace(exp.paren(kind(this=node.this.copy(), expression=node.expression.copy())))


def _drop_conjunct(key: str, index: int) -> Edit:
    return lambda node: node.set(key, without(node.args[key], index))


def _drop_clause_conjunct(key: str, index: int) -> Edit:
    def edit(select: exp.Expr) -> None:
        rest = without(select.args[key].this, index)
        if rest is None:
            select.set(key, None)
        else:
            select.args[key].set("this", rest)

    return edit
