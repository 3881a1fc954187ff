"""Lengths of time as people write them in YAML: `90s`, `30m`, `36h`, `3d`, `2w`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FORM = re.compile(r"(\d+)\s*([smhdw])")


def parse_duration(value: Any) -> Any:
    """A length of time from its text; anything that is not text is left to pydantic.

    Raises:
        ValueError: The text is no length of time, or not above zero.
    """
    if isinstance(value, timedelta):
        return value
    found = _FORM.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError("must be a whole number above 0 and a unit: s, m, h, d or w, for example 36h")
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError as error:
        raise ValueError("is too long") from error


def duration_text(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this length of time."""
    seconds = int(value.total_seconds())
    for unit, length in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration, json_schema_input_type=str), PlainSerializer(duration_text)
]
"""A field of a spec; above zero."""
