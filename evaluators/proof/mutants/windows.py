"""Mutation operators on window functions: order, partition, ties, frame, direction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from evaluators.proof.sql_trees import Scope, Site, short

_RANKS: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.RowNumber: exp.Rank, exp.Rank: exp.DenseRank, exp.DenseRank: exp.Rank,
}  # fmt: skip
_NEIGHBOURS: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Lag: exp.Lead, exp.Lead: exp.Lag, exp.FirstValue: exp.LastValue, exp.LastValue: exp.FirstValue,
}  # fmt: skip


def window_order_turned(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Ascending for descending in a window, and the other way round."""
    if isinstance(node, exp.Ordered) and _window_of(node):
        is_descending = bool(node.args.get("desc"))
        words = ("asc", "desc")
        yield Site(
            f"{short(node.this)} {words[is_descending]} in {_start(node)}",
            words[not is_descending],
            lambda found: found.set("desc", not is_descending),
        )


def window_tie_broken_otherwise(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The last column of a window's order is forgotten: ties are broken by chance, or shared."""
    if isinstance(node, exp.Order) and _window_of(node) and len(node.expressions) > 1:
        yield Site(
            f"{short(node)} in {_start(node)}",
            "last dropped",
            lambda found: found.set("expressions", found.expressions[:-1]),
        )


def window_partition_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """One column of `partition by` is forgotten."""
    if isinstance(node, exp.Window):
        for i, column in enumerate(node.args.get("partition_by") or []):

            def edit(window: exp.Expr, index: int = i) -> None:
                kept = [e for j, e in enumerate(window.args["partition_by"]) if j != index]
                window.set("partition_by", kept)

            yield Site(f"partition by {short(column)} in {short(node)[:80]}", "", edit)


def window_frame_dropped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """The frame of a window is forgotten: it starts at the first row."""
    if isinstance(node, exp.Window) and node.args.get("spec"):
        yield Site(short(node.args["spec"]), "", lambda window: window.set("spec", None))


def rank_kind(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Rank for row_number, dense_rank for rank: another treatment of ties."""
    if (other := _RANKS.get(type(node))) and isinstance(node.parent, exp.Window):
        yield Site(f"{short(node)} in {short(node.parent)[:80]}", short(other()), lambda found: found.replace(other()))


def neighbour_swapped(node: exp.Expr, _: Scope) -> Iterator[Site]:
    """Lag for lead, first for last, and the other way round."""
    if other := _NEIGHBOURS.get(type(node)):

        def swapped(found: exp.Expr) -> exp.Expr:
            """With the same offset and default."""
            return other(**{name: value for name, value in found.copy().args.items() if name in other.arg_types})

        yield Site(short(node), short(swapped(node)), lambda found: found.replace(swapped(found)))


def _window_of(node: exp.Expr) -> exp.Window | None:
    window = node.find_ancestor(exp.Window, exp.Select)
    return window if isinstance(window, exp.Window) else None


def _start(node: exp.Expr) -> str:
    window = _window_of(node)
    return short(window)[:80] if window else ""
