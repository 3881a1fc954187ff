"""What a schedule means, whichever way it is written: `@daily` is `0 0 * * *`, and `Etc/UTC` is `UTC`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,20}(?:/[A-Za-z0-9_+-]{1,20}){0,2}")
"""A name of the tz database. Another text may be a path: each part of a long one is looked for as a package."""
MAX_CRON = 300
"""Characters; what is longer is not taken apart."""
_SINCE, _UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
"""Names of time zones stand for one zone where clocks have agreed since 1970: the rule of the tz database."""


class _Field(NamedTuple):
    """One field of a cron expression."""

    low: int
    high: int
    names: dict[str, int]


_FIELDS = (
    _Field(0, 59, {}),
    _Field(0, 23, {}),
    _Field(1, 31, {}),
    _Field(1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field(0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}),
)
_WEEKDAY = _FIELDS[4]


@lru_cache
def cron_meaning(cron: str) -> tuple[object, ...]:
    """The minutes, hours, days, months and weekdays of a cron expression; equal where two mean the same.

    An expression with parts that are not understood here (`L`, `#`) stands for itself, and so does a long one.
    """
    if len(cron) > MAX_CRON:
        return (cron,)
    fields = _SHORT.get(cron.strip().lower(), cron).lower().split()
    if len(fields) != len(_FIELDS):
        return tuple(fields)
    found = [_values(text, field) for text, field in zip(fields, _FIELDS, strict=True)]
    return tuple(fields) if None in found else tuple(found)


def _values(text: str, field: _Field) -> frozenset[int] | None:
    """The values of a field; None = it has a part of another kind."""
    found: set[int] = set()
    for part in text.split(","):
        values = _part(part, field)
        if values is None:
            return None
        found |= values
    return frozenset(found)


def _part(text: str, field: _Field) -> set[int] | None:
    match = _PART.fullmatch(text)
    if match is None or (field is _WEEKDAY and match["step"] and match["first"] and not match["last"]):
        return None
    highest = 7 if field is _WEEKDAY else field.high  # Sunday is 0, and 7 as well
    first = _number(match["first"], field) if match["first"] else field.low
    last = _number(match["last"], field) if match["last"] else first
    if not match["first"] or (match["step"] and not match["last"]):
        last = field.high
    step = int(match["step"] or 1)
    if field is _WEEKDAY and match["last"] and last == 0:
        last = 7
    if first is None or last is None or not field.low <= first <= last <= highest or not step:
        return None
    return {0 if field is _WEEKDAY and value == 7 else value for value in range(first, last + 1, step)}


def _number(text: str, field: _Field) -> int | None:
    return int(text) if text.isdecimal() else field.names.get(text)


@lru_cache
def is_same_zone(name: str, other: str) -> bool:
    """Whether two names stand for one time zone, as `US/Eastern` and `America/New_York` do."""
    if name == other:
        return True
    if not (_ZONE.fullmatch(name) and _ZONE.fullmatch(other)):
        return False
    try:
        one, two = ZoneInfo(name), ZoneInfo(other)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # what a submission names may be a folder
        return False
    moments = (_SINCE + timedelta(days=days) for days in range((_UNTIL - _SINCE).days))
    return all(moment.astimezone(one).utcoffset() == moment.astimezone(two).utcoffset() for moment in moments)
