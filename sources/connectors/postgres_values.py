"""Values as JSON has them, made from their text without losing a digit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any


def exact_number(text: str) -> float | Decimal:
    """A number with a fraction or an exponent: a float where that is exactly what the text says, else a Decimal."""
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) or text.lower() in _NOT_FINITE else Decimal(text)


_NOT_FINITE = ("nan", "infinity", "-infinity")


def parse_json(text: str) -> Any:
    """A JSON value whose numbers keep every digit."""
    return json.loads(text, parse_float=exact_number)


def iso_time(text: str) -> str:
    """A time as ISO 8601 has it, from PostgreSQL's writing (`2013-03-10 07:30:00+00`)."""
    day, _, rest = text.partition(" ")
    clock, separator, era = rest.partition(" ")
    if not clock or clock == "BC":
        return text
    zone = ":00" if clock[-3:-2] in "+-" and clock[-3:-2] else ""
    return f"{day}T{clock}{zone}{separator}{era}"


def value_reader(schema: Mapping[str, Any]) -> Callable[[str], Any]:
    """A function that makes a JSON value from its text.

    Args:
        schema: Property of the stream's JSON schema.
    """
    kinds = set(schema["type"])
    if "integer" in kinds:
        return int
    if "number" in kinds:
        return exact_number
    if "boolean" in kinds:
        return lambda text: text == "t"
    if kinds & {"object", "array"}:
        return parse_json
    return iso_time if schema.get("format") == "date-time" else str
