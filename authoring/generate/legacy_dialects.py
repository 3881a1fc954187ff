"""Old database systems: how a query is said there, and which queries cannot be said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.transforms import eliminate_qualify

from authoring.generate.legacy_names import Shape, camel, snake
from evaluators.proof.sql_trees import CLOCK, DIALECT

_NOWHERE = (
    exp.Anonymous, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.Dot, exp.Struct, exp.Lambda, exp.JSONExtract,
    exp.JSONExtractScalar, exp.Median, exp.Qualify, exp.ILike, exp.Tuple,
)  # fmt: skip
"""What no old system knows, or says in a way that is not written here."""
_ZONES = {"Europe/Berlin": "W. Europe Standard Time", "America/New_York": "Eastern Standard Time", "UTC": "UTC"}
"""Names of time zones on Windows."""
_PARTS = (exp.Hour, exp.Minute, exp.Second)
"""Parts of an instant of which only newer systems have a function."""
_WIDE = (exp.DataType.Type.INT128, exp.DataType.Type.UINT128)
_NAIVE = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ)


class Legacy(NamedTuple):
    """An old database system."""

    dialect: str
    """sqlglot's name."""
    title: str
    """As people call it."""
    shape: Shape
    unknown: tuple[type[exp.Expr], ...]
    """What it does not know besides."""


TSQL = Legacy(
    "tsql",
    "SQL Server",
    camel,
    (
        exp.RegexpLike, exp.LogicalOr, exp.LogicalAnd, exp.NullSafeEQ, exp.NullSafeNEQ, exp.TimestampTrunc,
        exp.DateTrunc, exp.Explode, exp.Unnest, exp.Greatest, exp.Least, exp.Filter, exp.Interval, exp.DPipe,
        exp.GenerateSeries, exp.GroupConcat, exp.Extract, exp.PercentileCont, exp.PercentileDisc, exp.Quantile,
        exp.DateFromParts, *_PARTS,
    ),
)  # fmt: skip
POSTGRES = Legacy("postgres", "PostgreSQL", snake, ())
LEGACIES = (TSQL, POSTGRES)


class CannotSayError(Exception):
    """A query cannot be said in a dialect."""


def portable(tree: exp.Expr, legacy: Legacy) -> exp.Expr:
    """A query without what only newer systems know, as far as it can be said in another way. The tree is changed."""
    for select in list(tree.find_all(exp.Select)):
        if select.args.get("qualify"):
            changed = eliminate_qualify(select)
            if select is tree:
                tree = changed
            elif changed is not select:
                select.replace(changed)
    for node in list(tree.walk(bfs=False)):
        if _is_clock(node, legacy):
            node.replace(exp.CurrentTimestamp())
    for node in reversed(list(tree.walk(bfs=False))):  # what stands inside first: the outside becomes a copy
        if isinstance(node, exp.Group) and node.args.get("all"):
            node.replace(_whole_group(node))
        elif isinstance(node, exp.DataType) and node.this in _WIDE:
            node.set("this", exp.DataType.Type.BIGINT)  # a run tells whether it holds the numbers
        elif isinstance(node, _PARTS) and legacy is POSTGRES:
            node.replace(exp.Extract(this=exp.var(type(node).__name__.upper()), expression=node.this.copy()))
        elif isinstance(node, exp.ArgMax | exp.ArgMin) and legacy is POSTGRES:
            node.replace(_first_of_all(node))
        elif isinstance(node, exp.Explode) and isinstance(node.this, exp.GenerateSeries) and legacy is POSTGRES:
            node.replace(node.this.copy())
        elif legacy is TSQL:
            _say_in_tsql(node)
    return tree


def _whole_group(group: exp.Group) -> exp.Group:
    """`group by all` with its columns: those of the query that hold no aggregate."""
    select = group.parent
    assert isinstance(select, exp.Select), "a group belongs to a query"
    columns = [column.unalias().copy() for column in select.expressions if not column.find(exp.AggFunc)]
    return exp.Group(expressions=[column for column in columns if not isinstance(column, exp.Literal)])


def _is_clock(node: exp.Expr, legacy: Legacy) -> bool:
    """Whether an expression is the instant of a run; on SQL Server in UTC and without a zone, as its clock shows it."""
    if not isinstance(node, exp.Cast):
        return False
    inner = node.this
    is_zoned = isinstance(inner, exp.AtTimeZone) and inner.args["zone"].name == "UTC"
    if legacy is TSQL and is_zoned and node.to.this in _NAIVE and isinstance(inner.this, exp.Cast):
        inner = inner.this.this
    return isinstance(inner, exp.Literal) and inner.name == CLOCK


def _first_of_all(node: exp.ArgMax | exp.ArgMin) -> exp.Expr:
    """`max_by(a, b)` as `(array_agg(a order by b desc))[1]`."""
    ordered = exp.Ordered(this=node.expression.copy(), desc=isinstance(node, exp.ArgMax), nulls_first=False)
    every = exp.ArrayAgg(this=exp.Order(this=node.this.copy(), expressions=[ordered]))
    return exp.Bracket(this=exp.Paren(this=every), expressions=[exp.Literal.number(1)], offset=1)


def _say_in_tsql(node: exp.Expr) -> None:
    if isinstance(node, exp.Filter):
        inner, condition = node.this, node.expression.this
        if isinstance(inner, exp.Count | exp.Sum | exp.Min | exp.Max) and not isinstance(inner.this, exp.Distinct):
            value = exp.Literal.number(1) if isinstance(inner.this, exp.Star) else inner.this.copy()
            node.replace(type(inner)(this=exp.Case().when(condition.copy(), value)))
    elif isinstance(node, exp.IntDiv):
        node.replace(exp.Div(this=node.this.copy(), expression=node.expression.copy(), typed=True, safe=False))
    elif isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        step = node.expression
        amount = exp.Literal.number(step.this.name) if isinstance(step.this, exp.Literal) else step.this.copy()
        if isinstance(node, exp.Sub):
            amount = exp.Neg(this=amount)
        node.replace(exp.DateAdd(this=node.this.copy(), expression=amount, unit=step.args.get("unit")))
    elif isinstance(node, exp.Ordered):  # it knows one place for NULL only: whether there is one, a run tells
        node.set("nulls_first", not node.args.get("desc"))
    elif isinstance(node, exp.LogicalOr):
        node.replace(exp.Max(this=_flag(node.this)))
    elif isinstance(node, exp.Boolean) and _is_value(node):
        node.replace(exp.Literal.number(int(node.this)))
    elif isinstance(node, exp.Predicate | exp.And | exp.Or | exp.Not) and _is_value(node):
        node.replace(_flag(node))
    elif isinstance(node, exp.AtTimeZone) and node.args["zone"].name in _ZONES:
        node.set("zone", exp.Literal.string(_ZONES[node.args["zone"].name]))


def _is_value(node: exp.Expr) -> bool:
    """Whether what is true or false stands where such a system wants a value."""
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    parent, place = node.parent, node.arg_key
    if isinstance(parent, exp.If):
        return place == "true"
    return isinstance(parent, exp.Alias | exp.Coalesce) or (isinstance(parent, exp.Case) and place == "default")


def _flag(condition: exp.Expr) -> exp.Expr:
    """A condition as 1 or 0, or nothing where it is neither true nor false."""
    negated = exp.Not(this=exp.Paren(this=condition.copy()))
    return exp.Case().when(condition.copy(), exp.Literal.number(1)).when(negated, exp.Literal.number(0))


def said_in(tree: exp.Expr, legacy: Legacy) -> str:
    """A portable query in a dialect, as people once wrote it.

    Raises:
        CannotSayError: It uses something that the system does not know.
    """
    try:
        text = tree.sql(
            dialect=legacy.dialect, pretty=True, leading_comma=legacy is TSQL, indent=4, pad=4, comments=False,
            unsupported_level=sqlglot.ErrorLevel.RAISE,
        )  # fmt: skip
        again = sqlglot.parse_one(text, dialect=legacy.dialect)
    except SqlglotError as error:
        raise CannotSayError(str(error)) from error
    if CLOCK in text:
        raise CannotSayError("the instant of the run is said in a way that is not known here")
    for found in _unknown(again, legacy):
        raise CannotSayError(f"{legacy.title} has no {type(found).__name__}")
    text = re.sub(r"\bNOT ((?:\w+\.)?\w+) IS NULL", r"\1 IS NOT NULL", text)
    return re.sub(r"(FILTER ?\(WHERE|\(ORDER BY)\s+", lambda found: found.group(1).replace("R(", "R (") + " ", text)


def _unknown(tree: exp.Expr, legacy: Legacy) -> Iterator[exp.Expr]:
    yield from tree.find_all(*_NOWHERE, *legacy.unknown)
    if legacy is TSQL:
        yield from (join for join in tree.find_all(exp.Join) if join.args.get("using"))


def read_back(text: str, legacy: Legacy) -> exp.Expr:
    """A query of a dialect as a tree of DuckDB's, with what it means there."""
    tree = sqlglot.parse_one(text, dialect=legacy.dialect)
    windows = {name: zone for zone, name in _ZONES.items()}
    for node in list(tree.walk(bfs=False)):
        if isinstance(node, exp.CurrentTimestamp):
            node.replace(exp.cast(exp.Literal.string(CLOCK), "timestamp"))
        elif isinstance(node, exp.DataType) and node.this == exp.DataType.Type.FLOAT:
            node.set("this", exp.DataType.Type.DOUBLE)
        elif legacy is TSQL and isinstance(node, exp.Div) and not _is_float(node.this):
            node.replace(exp.IntDiv(this=node.this.copy(), expression=node.expression.copy()))
        elif isinstance(node, exp.AtTimeZone) and node.args["zone"].name in windows:
            node.set("zone", exp.Literal.string(windows[node.args["zone"].name]))
    return sqlglot.parse_one(tree.sql(dialect=DIALECT), dialect=DIALECT)


def _is_float(node: exp.Expr) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Cast) and node.to.this in (exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE)
