"""Values at a dotted path of a document, through the arrays on the way."""

from collections.abc import Iterator, Sequence
from typing import Any


def values_at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Every value at a path; none where it leads nowhere.

    An array on the way stands for each document in it; a number as part of a path picks an element.
    """
    if not path:
        yield value
    elif isinstance(value, dict):
        if path[0] in value:
            yield from values_at(value[path[0]], path[1:])
    elif isinstance(value, list):
        if path[0].isascii() and path[0].isdigit() and len(path[0]) < 9 and int(path[0]) < len(value):
            yield from values_at(value[int(path[0])], path[1:])
        for item in value:
            if isinstance(item, dict):
                yield from values_at(item, path)


def with_elements(values: Iterator[Any]) -> Iterator[Any]:
    """The values, and the elements of those that are arrays: a query for a value finds arrays that hold it."""
    for value in values:
        yield value
        if isinstance(value, list):
            yield from value
