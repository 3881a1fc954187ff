"""The order of documents by several fields."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sources.systems.mongodb.bson_order import NULL_ORDER, Document, Key, order_key
from sources.systems.mongodb.errors import CommandError
from sources.systems.mongodb.paths import values_at

T = TypeVar("T")


def sorted_items(items: Iterable[tuple[T, Document]], wanted: Any) -> list[T]:
    """Sort items by `{field: 1 or -1, …}` of their documents; those that are equal in all fields keep their order.

    Args:
        items: Each with its document, which is not kept.
        wanted: The sort.

    Raises:
        CommandError: A direction is neither 1 nor -1.
    """
    if not isinstance(wanted, dict):
        raise CommandError("TypeMismatch", "a sort must be a document")
    keys = []
    for name, direction in wanted.items():
        if isinstance(direction, bool) or direction not in (1, -1):
            raise CommandError("BadValue", f"sort of '{name}' must be 1 or -1")
        keys.append((sort_key(name.split("."), is_descending=direction == -1), direction == -1))
    found = [([key(document) for key, _ in keys], item) for item, document in items]
    for place, (_, is_descending) in reversed(list(enumerate(keys))):
        found.sort(key=lambda entry: entry[0][place], reverse=is_descending)
    return [item for _, item in found]


def sort_key(path: list[str], *, is_descending: bool) -> Callable[[Document], Key]:
    """The key of a document; an array counts as its least element, or as its greatest one when descending."""
    choose = max if is_descending else min

    def key(document: Document) -> Key:
        keys: list[Key] = []
        for value in values_at(document, path):
            keys += [order_key(item) for item in value] if isinstance(value, list) else [order_key(value)]
        return choose(keys) if keys else (NULL_ORDER,)

    return key
