"""Types of columns as JSON schema has them: from the values that are there, and from two types the one that holds both.

A type holds a value when the value comes out of it as it was. So integers become decimals, and doubles only where
each of them is the same number there; what has no common type becomes text.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

Property = dict[str, Any]

LARGEST_BIGINT = 2**63 - 1
LARGEST_EXACT_IN_DOUBLE = 2**53
_DIGITS_OF_DOUBLE = 15
"""A decimal of so many digits comes back from a double as it was."""
_MOST_DIGITS = 38

NOTHING: Property = {"type": ["null"]}
BOOLEAN: Property = {"type": ["null", "boolean"]}
INTEGER: Property = {"type": ["null", "integer"]}
NUMBER: Property = {"type": ["null", "number"]}
TEXT: Property = {"type": ["null", "string"]}
OBJECT: Property = {"type": ["null", "object"]}
ARRAY: Property = {"type": ["null", "array"]}
NESTED: Property = {"type": ["null", "object", "array"]}
DATE: Property = TEXT | {"format": "date"}
TIMESTAMP: Property = TEXT | {"format": "date-time", "airbyte_type": "timestamp_without_timezone"}
INSTANT: Property = TEXT | {"format": "date-time", "airbyte_type": "timestamp_with_timezone"}

_NESTED = (OBJECT, ARRAY, NESTED)
_TEMPORAL = (DATE, TIMESTAMP, INSTANT)


def decimal_property(precision: int, scale: int) -> Property:
    """A decimal of so many digits in all, `scale` of them behind the point; text beyond 38."""
    if precision > _MOST_DIGITS:
        return TEXT
    return TEXT | {"airbyte_type": "decimal", "precision": precision, "scale": scale}


def is_decimal(prop: Mapping[str, Any]) -> bool:
    """Whether a property is a decimal."""
    return prop.get("airbyte_type") == "decimal"


class ValueTypes:
    """Learns the type of one column from its values."""

    __slots__ = ("_greatest", "_least", "_n_before", "_n_behind", "_types")

    def __init__(self) -> None:
        self._types: set[type] = set()
        self._least = self._greatest = 0
        self._n_before = self._n_behind = 0

    def add(self, values: Sequence[Any]) -> None:
        """Look at some values."""
        types = set(map(type, values))
        self._types |= types
        if int in types:
            integers = values if len(types) == 1 else [value for value in values if type(value) is int]
            self._least = min(self._least, *integers)
            self._greatest = max(self._greatest, *integers)
        if Decimal in types:
            for value in values:
                if type(value) is Decimal:
                    self._count_digits(value)

    def needs_digits_of_floats(self) -> bool:
        """Whether floats stand beside numbers that a float does not hold: the digits of the floats decide the type."""
        return float in self._types and (Decimal in self._types or self._largest > LARGEST_EXACT_IN_DOUBLE)

    def add_digits(self, values: Sequence[Any]) -> None:
        """Look at floats once more, when `needs_digits_of_floats`."""
        for value in values:
            if type(value) is float:
                self._count_digits(Decimal(repr(value)))

    def common(self) -> Property:
        """The narrowest type that holds every value."""
        types = self._types - {type(None)}
        if not types:
            return NOTHING
        if len(types) == 1 and (simple := _SIMPLE.get(next(iter(types)))) is not None:
            return simple
        if types <= {int, float, Decimal}:
            return self._number()
        if types <= {dict, list}:
            return NESTED
        if types <= {date, datetime}:
            return TIMESTAMP
        return TEXT

    @property
    def _largest(self) -> int:
        return max(self._greatest, -self._least)

    def _number(self) -> Property:
        if self._types <= {int, type(None)} and self._least >= -LARGEST_BIGINT - 1 and self._greatest <= LARGEST_BIGINT:
            return INTEGER
        if Decimal not in self._types and self._largest <= LARGEST_EXACT_IN_DOUBLE:
            return NUMBER
        n_before = max(
            self._n_before, len(str(self._largest)) if self._largest < 10**_MOST_DIGITS else _MOST_DIGITS + 1
        )
        return decimal_property(max(n_before, 1) + self._n_behind, self._n_behind)

    def _count_digits(self, value: Decimal) -> None:
        if not value.is_finite():
            self._n_before = _MOST_DIGITS + 1  # no decimal holds NaN or an infinity
            return
        _, digits, exponent = value.as_tuple()
        self._n_before = max(self._n_before, len(digits) + int(exponent))
        self._n_behind = max(self._n_behind, -int(exponent))


_SIMPLE: dict[type, Property] = {
    bool: BOOLEAN,
    float: NUMBER,
    str: TEXT,
    dict: OBJECT,
    list: ARRAY,
    date: DATE,
    datetime: TIMESTAMP,
    time: TEXT,
}


def common_property(properties: Iterable[Property], largest_integer: int = LARGEST_BIGINT) -> Property:
    """The narrowest type that holds the values of all; their order does not matter.

    Args:
        properties: Types of one column in several files.
        largest_integer: No integer among the values is further from zero.
    """
    found = [prop for prop in properties if prop != NOTHING]
    if not found:
        return NOTHING
    if all(prop == found[0] for prop in found):
        return found[0]
    if all(prop in _NESTED for prop in found):
        return NESTED
    if all(prop in _TEMPORAL for prop in found):
        return max(found, key=_TEMPORAL.index)
    if not all(prop in (INTEGER, NUMBER) or is_decimal(prop) for prop in found):
        return TEXT
    return _common_number(found, largest_integer)


def _common_number(found: list[Property], largest_integer: int) -> Property:
    decimals = [prop for prop in found if is_decimal(prop)]
    if NUMBER in found:
        has_small_integers = INTEGER not in found or largest_integer <= LARGEST_EXACT_IN_DOUBLE
        has_short_decimals = all(prop["precision"] <= _DIGITS_OF_DOUBLE for prop in decimals)
        return NUMBER if has_small_integers and has_short_decimals else TEXT
    scale = max(prop["scale"] for prop in decimals)
    before = max(prop["precision"] - prop["scale"] for prop in decimals)
    if INTEGER in found:
        before = max(before, 19)
    return decimal_property(before + scale, scale)


def text_of(value: Any) -> Any:
    """A scalar as the text of a text or decimal column; lists and objects stay as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def number_text(value: Any) -> Any:
    """A number as the text of a decimal column, without an exponent."""
    if isinstance(value, float) and math.isfinite(value):
        value = Decimal(repr(value))
    return format(value, "f") if isinstance(value, Decimal) else text_of(value)


def instant_text(value: Any) -> Any:
    """A day or instant as ISO 8601 text."""
    return value.isoformat() if isinstance(value, date) else text_of(value)


def converted(values: Sequence[Any], prop: Property) -> Sequence[Any]:
    """Values of a column as its type has them: numbers of a decimal or text column are text, and so are instants."""
    convert = number_text if is_decimal(prop) else instant_text if prop in _TEMPORAL else text_of
    if convert is text_of and prop != TEXT:
        return values
    return [value if value is None or type(value) is str else convert(value) for value in values]
