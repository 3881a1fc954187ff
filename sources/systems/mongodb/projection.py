"""Projections: which fields of a document an answer has."""

from collections.abc import Callable
from typing import Any

from sources.systems.mongodb.bson_order import Document
from sources.systems.mongodb.errors import CommandError, not_supported

Tree = dict[str, Any]
"""Field -> True, or the tree of the fields inside of it."""


def projection(wanted: Any) -> Callable[[Document], Document] | None:
    """A function that takes fields out of a document; None: the document stays as it is.

    Args:
        wanted: Fields with 1 (only these, and `_id`) or 0 (all but these); dots lead into documents.

    Raises:
        CommandError: Ones and zeros are mixed, or it holds an expression.
    """
    if not isinstance(wanted, dict):
        raise CommandError("TypeMismatch", "a projection must be a document")
    flags = {name: _flag(name, value) for name, value in wanted.items()}
    has_id = flags.pop("_id", None)
    if len(set(flags.values())) > 1:
        raise CommandError("BadValue", "a projection has either fields to keep or fields to leave out")
    is_kept = next(iter(flags.values())) if flags else bool(has_id)
    if not flags and has_id is None:
        return None
    tree: Tree = {}
    for name in flags:
        _plant(tree, name)
    if is_kept:
        if has_id is not False:
            tree["_id"] = True
        return lambda document: _kept(document, tree)
    if has_id is False:
        tree["_id"] = True
    return lambda document: _left(document, tree)


def _flag(name: str, value: Any) -> bool:
    if name.startswith("$") or not isinstance(value, bool | int | float):
        raise not_supported(f"projection of '{name}' with an expression")
    return bool(value)


def _plant(tree: Tree, name: str) -> None:
    *outer, last = name.split(".")
    for part in outer:
        inside = tree.setdefault(part, {})
        if inside is True:
            return
        tree = inside
    tree[last] = True


def _kept(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_kept(item, tree) for item in value if isinstance(item, dict | list)]
    return {
        name: item if tree[name] is True else _kept(item, tree[name])
        for name, item in value.items()
        if name in tree and (tree[name] is True or isinstance(item, dict | list))
    }


def _left(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_left(item, tree) if isinstance(item, dict | list) else item for item in value]
    return {
        name: _left(item, tree[name]) if name in tree and isinstance(item, dict | list) else item
        for name, item in value.items()
        if tree.get(name) is not True
    }
