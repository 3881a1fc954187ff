"""Values as JSON has them, made from the text that PostgreSQL writes, without losing a digit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sources.connectors.exact_json import parse_json


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
        return float  # the server writes as many digits as a float needs
    if "boolean" in kinds:
        return lambda text: text == "t"
    if kinds & {"object", "array"}:
        return parse_json
    return iso_time if schema.get("format") == "date-time" else str
