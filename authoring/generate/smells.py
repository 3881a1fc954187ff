"""Marks by which somebody would find a broken line without understanding the data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

ODD_OPERATORS = frozenset({"constant_moved", "deduplication_dropped", "fan_out", "predicate_negated"})
"""Mutations that leave SQL which nobody writes: a table read twice, 10001, a step called `latest` that takes all."""
_OF_ORDER = re.compile(
    r"(?:^|_)(?:last|latest|newest|first|earliest|oldest|next|previous|prior|highest|lowest|most|least|min|max|"
    r"opened|started|closed|ended|since|until)(?:_|$)"
)
"""Names that say in which direction somebody looks."""


def odd_line(before: exp.Expr, after: exp.Expr) -> str:
    """What in a changed query stands out beside the original; empty = nothing.

    Args:
        before: The tree of the right query.
        after: That of the broken one.
    """
    for one, other, what in (
        (_uses_of_tables(before), _uses_of_tables(after), "a joined table that is not used"),
        (_uses_of_names(before), _uses_of_names(after), "a column that is not used"),
    ):
        if any(n > 1 and other[name] == 1 for name, n in one.items()):
            return what
    if _idle_steps(after) > _idle_steps(before):
        return "a step that does nothing"
    if _repeated_branches(after) > _repeated_branches(before):
        return "two branches that are the same"
    if _named_directions(before) != _named_directions(after):
        return "a direction that a name contradicts"
    if _unlike_keys(after) > _unlike_keys(before):
        return "a join of columns with different names"
    if _clamps(before) != _clamps(after):
        return "a limit that lets nothing through"
    if _whole_means(after) > _whole_means(before):
        return "a mean in a whole number"
    likenesses = _likenesses(before)
    if any(like < likenesses.get(name, 0) for name, like in _likenesses(after).items()):
        return "a column under the name of another one"
    return ""


def lost_column(before: exp.Expr, after: exp.Expr, others: Iterable[str]) -> str:
    """A column that nothing reads once a query is changed; empty = there is none.

    Args:
        before: The tree of the right query.
        after: That of the broken one.
        others: The texts of the world's other models. One of them makes the column.
    """
    lost = _uses_of_names(before).keys() - _uses_of_names(after).keys()
    texts = list(others)
    return next((name for name in sorted(lost) if sum(bool(re.search(rf"\b{name}\b", t)) for t in texts) < 2), "")


def without_needless_asc(source: str, changed: str) -> str:
    """A changed text in which ascending order is written as models write it: without a word, unless beside a `desc`."""
    known = set(source.splitlines())
    lines = [line if line in known else _without_asc(line) for line in changed.splitlines()]
    return "\n".join(lines) + "\n" * changed.endswith("\n")


def is_odd_mutation(operator: str, before: str, after: str) -> bool:
    """Whether a mutation leaves SQL that nobody would write by mistake."""
    if operator == "wrong_column":  # `recorded_at` for `moved_at` is a mistake, `order_number` for `referrer` is none
        return before.split()[0].rpartition("_")[2] != after.rpartition("_")[2]
    return operator in ODD_OPERATORS


def has_comment_nearby(source: str, changed: str) -> bool:
    """Whether a comment stands within the lines of the step that changes, and so may contradict it."""
    old, new = source.splitlines(), changed.splitlines()
    first = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    begin = next((n for n in range(min(first, len(old) - 1), -1, -1) if old[n].rstrip().endswith("as (")), 0)
    end = next((n for n in range(first, len(old)) if old[n].startswith(")")), len(old))
    return any("--" in line or "/*" in line or "{#" in line for line in old[max(0, begin - 2) : end])


def _uses_of_tables(tree: exp.Expr) -> Counter[str]:
    """Joined table -> 1, and 1 more where a column of it is used outside of its own join condition."""
    from sqlglot import exp

    found: Counter[str] = Counter()
    for join in tree.find_all(exp.Join):
        name = join.this.alias_or_name
        select = join.find_ancestor(exp.Select)
        if not name or select is None:
            continue
        inside = set(map(id, join.walk()))
        is_used = any(
            column.table == name or (isinstance(column.this, exp.Star) and not column.table)
            for column in select.find_all(exp.Column)
            if id(column) not in inside
        )
        has_bare = any(not column.table for column in select.find_all(exp.Column) if id(column) not in inside)
        found[name] = max(found[name], 2 if is_used or has_bare else 1)
    return found


def _uses_of_names(tree: exp.Expr) -> Counter[str]:
    """Name of a column -> how often it stands in the query, below the list that it gives at the end."""
    from sqlglot import exp

    return Counter(
        node.name.lower() for node in tree.find_all(exp.Identifier) if isinstance(node.parent, exp.Column | exp.Alias)
    )


def _idle_steps(tree: exp.Expr) -> int:
    """Steps that are no more than `select * from` another step."""
    from sqlglot import exp

    steps = {cte.alias for cte in tree.find_all(exp.CTE)}
    n = 0
    for cte in tree.find_all(exp.CTE):
        query = cte.this
        if not isinstance(query, exp.Select) or not query.is_star or len(query.expressions) != 1:
            continue
        parts = {name for name, value in query.args.items() if value} - {"expressions", "from_", "from", "kind"}
        source = query.args.get("from_") or query.args.get("from")
        n += not parts and source is not None and source.this.name in steps
    return n


def _without_asc(line: str) -> str:
    return line if re.search(r"\bdesc\b", line) else re.sub(r"\s+asc\b", "", line)


def _named_directions(tree: exp.Expr) -> list[tuple[str, tuple[str, ...]]]:
    """Steps and columns whose name has a direction, each with those of its `order by`, `min` and `max`."""
    from sqlglot import exp

    def directions(node: exp.Expr) -> Iterator[str]:
        for found in node.find_all(exp.Ordered, exp.Min, exp.Max):
            yield str(bool(found.args.get("desc"))) if isinstance(found, exp.Ordered) else type(found).__name__

    return [
        (node.alias, tuple(directions(node)))
        for node in tree.find_all(exp.CTE, exp.Alias)
        if _OF_ORDER.search(node.alias.lower())
    ]


def _unlike_keys(tree: exp.Expr) -> int:
    """Columns that are joined with a column of another name."""
    from sqlglot import exp

    return sum(
        isinstance(equal.this, exp.Column)
        and isinstance(equal.expression, exp.Column)
        and equal.this.name.lower() != equal.expression.name.lower()
        for join in tree.find_all(exp.Join)
        for equal in (join.args["on"].find_all(exp.EQ) if join.args.get("on") else ())
    )


def _clamps(tree: exp.Expr) -> Counter[str]:
    """`greatest(x, 0)` and `least(x, 0)`, by which of the two they are."""
    from sqlglot import exp

    return Counter(
        type(node).__name__
        for node in tree.find_all(exp.Greatest, exp.Least)
        if any(isinstance(child, exp.Literal) for child in (node.this, *node.expressions))
    )


def _whole_means(tree: exp.Expr) -> int:
    """Means that are cast to a whole number."""
    from sqlglot import exp

    return sum(
        cast.to.this in exp.DataType.INTEGER_TYPES and isinstance(cast.this.unnest(), exp.Avg)
        for cast in tree.find_all(exp.Cast)
    )


def _likenesses(tree: exp.Expr) -> dict[str, int]:
    """Name that a column gets -> how many words it has in common with the column's own; the least of several."""
    from sqlglot import exp

    found: dict[str, int] = {}
    for node in tree.find_all(exp.Alias):
        column = node.this.find(exp.Column) if len(list(node.this.find_all(exp.Column))) == 1 else None
        if column is not None:
            like = _shared_words(node.alias.lower(), column.name.lower())
            found[node.alias.lower()] = min(like, found.get(node.alias.lower(), like))
    return found


def _shared_words(name: str, other: str) -> int:
    """How many words of a name stand in another one, whole or begun (`promo`, `promotion`)."""
    words = other.split("_")
    return sum(any(word.startswith(one) or one.startswith(word) for one in words) for word in name.split("_"))


def _repeated_branches(tree: exp.Expr) -> int:
    """Branches of a `case` that give what another one gives."""
    from sqlglot import exp

    return sum(
        len(results) - len(set(results))
        for case in tree.find_all(exp.Case)
        for results in [[branch.args["true"].sql() for branch in case.args["ifs"]]]
    )
