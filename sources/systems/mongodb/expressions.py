"""Expressions of a pipeline: paths of fields, constants, and documents of these."""

from collections.abc import Callable
from typing import Any

from sources.systems.mongodb.bson_order import Document
from sources.systems.mongodb.errors import CommandError, not_supported

MISSING: Any = object()
"""What a path that leads nowhere gives."""
MOST_VALUES = 100_000
"""Inside of one document; a pipeline could double it in each of its stages."""


def expression(wanted: Any) -> Callable[[Document], Any]:
    """A function of a document.

    Raises:
        CommandError: It has an operator other than `$literal`.
    """
    if isinstance(wanted, str) and wanted.startswith("$"):
        if wanted == "$$ROOT":
            return lambda document: document
        if wanted.startswith("$$"):
            raise not_supported(f"variable {wanted}")
        path = wanted[1:].split(".")
        return lambda document: _value(document, path)
    if isinstance(wanted, dict):
        if "$literal" in wanted:
            literal = wanted["$literal"]
            return lambda _: literal
        if operators := [name for name in wanted if name.startswith("$")]:
            raise not_supported(f"expression {operators[0]}")
        fields = {name: expression(value) for name, value in wanted.items()}
        return lambda document: bounded(
            {name: value for name, get in fields.items() if (value := get(document)) is not MISSING}
        )
    return lambda _: wanted


def _value(value: Any, path: list[str]) -> Any:
    for place, part in enumerate(path):
        if isinstance(value, list):
            rest = path[place:]
            found = [_value(item, rest) for item in value if isinstance(item, dict)]
            return [item for item in found if item is not MISSING]
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
    return value


def bounded(value: Any) -> Any:
    """The same value.

    Raises:
        CommandError: It holds more values than a document may.
    """
    waiting, n_values = [value], 0
    while waiting:
        item = waiting.pop()
        inside = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        n_values += len(inside)
        if n_values > MOST_VALUES:
            raise CommandError("BadValue", f"a document of the pipeline holds more than {MOST_VALUES:,} values")
        waiting.extend(inside)
    return value
