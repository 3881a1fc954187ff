"""Compiled SQL as trees: parsed once with the clock taken out, changed at one place, written again."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import sqlglot
from sqlglot import exp

DIALECT = "duckdb"
CLOCK = "pinned now"
"""Stands in a tree for the pinned instant, so that a model has one tree whatever the day."""

Edit = Callable[[exp.Expr], object]
"""Changes a node, in place, in a copy of its tree."""


class Site(NamedTuple):
    """A change that an operator could make at a node."""

    before: str
    after: str
    """Both as short SQL; they tell what changes and make the identifier."""
    edit: Edit


class Scope(NamedTuple):
    """What an operator may know about the model."""

    types: Mapping[str, str]
    """Column -> type, of the model and of the tables it reads; lower case."""


Operator = Callable[[exp.Expr, Scope], Iterator[Site]]


class Mutant(NamedTuple):
    """One wrong version of a model's SQL."""

    id: str
    """Eight hexadecimal digits: stable while the mutated piece of SQL is."""
    operator: str
    model: str
    """`schema.identifier`."""
    before: str
    after: str
    sql: str
    """DuckDB SQL with `CLOCK` where the pinned instant belongs."""
    diff: str
    """Unified, a line of context, without file names."""


def parse(sql: str, pinned_now: str) -> exp.Expr:
    """Parse compiled SQL; catalogs are dropped, for there is one."""
    tree = sqlglot.parse_one(sql.replace(pinned_now, CLOCK), dialect=DIALECT)
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    return tree


def render(tree: exp.Expr, *, copy: bool = True) -> str:
    """A tree as DuckDB SQL, one statement, many lines; without `copy` the tree is of no use afterwards."""
    return tree.sql(dialect=DIALECT, pretty=True, copy=copy)


def at(sql: str, pinned_now: str) -> str:
    """SQL of a tree with the clock of a run."""
    return sql.replace(CLOCK, pinned_now)


def make_mutants(model: str, tree: exp.Expr, scope: Scope, operators: Mapping[str, Operator]) -> tuple[Mutant, ...]:
    """Every change that the operators offer, one mutant each; those that are written alike only once.

    Returns:
        In the order of the operators, then of the tree.
    """
    nodes = list(tree.walk(bfs=False))
    original = render(tree)
    written = {original}
    counts: dict[str, int] = {}
    mutants = []
    for name, operator in operators.items():
        for index, node in enumerate(nodes):
            for site in operator(node, scope):
                sql = _changed(tree, index, site.edit)
                if sql is None or sql in written:
                    continue
                written.add(sql)
                identity = "|".join((model, name, _enclosing(node), site.before, site.after))
                counts[identity] = counts.get(identity, 0) + 1
                digest = hashlib.sha256(f"{identity}|{counts[identity]}".encode()).hexdigest()[:8]
                mutants.append(Mutant(digest, name, model, site.before, site.after, sql, short_diff(original, sql)))
    return tuple(mutants)


def _changed(tree: exp.Expr, index: int, edit: Edit) -> str | None:
    copy = tree.copy()
    for position, node in enumerate(copy.walk(bfs=False)):
        if position == index:
            edit(node)
            break
    return render(copy, copy=False)


def _enclosing(node: exp.Expr) -> str:
    cte = node if isinstance(node, exp.CTE) else node.find_ancestor(exp.CTE)
    return cte.alias if cte else ""


def short_diff(before: str, after: str) -> str:
    """A unified diff with a line of context, without file names; empty where nothing differs."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def short(node: exp.Expr | None) -> str:
    """SQL of a node on one line; empty for none."""
    return "" if node is None else node.sql(dialect=DIALECT)


def conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """The parts of a condition that are joined by AND, outermost parentheses ignored."""
    condition = condition.unnest()
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def without(condition: exp.Expr, index: int) -> exp.Expr | None:
    """A condition without one of its conjuncts; None when it was the only one."""
    rest = [part.copy() for i, part in enumerate(conjuncts(condition)) if i != index]
    return exp.and_(*rest, copy=False) if rest else None
