"""Words for tables, keys and values, as people say them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

_PER = re.compile(r"one row per\s+(.+?)(?:\s+\(|\.|$)", re.IGNORECASE | re.DOTALL)
_MORE = re.compile(r"\s+(?:that|with|of|in|from|which|where|by|until|for|it)\b.*", re.DOTALL)
_UNITS = (
    "_eur_cents",
    "_usd_cents",
    "_cents",
    "_minutes",
    "_seconds",
    "_grams",
    "_inches",
    "_miles",
    "_mph",
    "_id",
    "_share",
    "_date",
    "_at",
    "_on",
)
_MANY_WORDS = 3
_MAX_NAMES = 70
"""Characters of the names of tables in a title."""
_WHOLE_WORDS = {"avg": "average", "max": "highest", "min": "lowest"}


def entity(description: str) -> str:
    """What a table has one row of, in the plural: `orders`; `rows` where that is not one word or two."""
    found = _PER.search(description)
    noun = _MORE.sub("", " ".join(found.group(1).split())) if found else ""
    if not noun or " and " in noun or "," in noun or len(noun.split()) >= _MANY_WORDS or not noun.isascii():
        return "rows"
    return noun[:-1] + "ies" if re.search(r"[^aeiou]y$", noun) else noun + ("es" if noun.endswith("s") else "s")


def column_words(column: str) -> str:
    """A column's name as words, without its unit: `net_revenue_eur_cents` is `net revenue`."""
    name = column
    for unit in _UNITS:
        if name.endswith(unit) and len(name) > len(unit):
            name = name.removesuffix(unit)
            break
    words = re.sub(r"^(n|is|has)_", "", name).split("_")
    return " ".join(_WHOLE_WORDS.get(word, word) for word in words)


def table_words(tables: Sequence[str]) -> str:
    """All tables in words, or the first one and how many more, where all would be too long for a title."""
    short = [name.partition(".")[2].replace("_", " ") for name in tables]
    names = listed(short)
    return names if len(names) <= _MAX_NAMES else f"{short[0]} and {number(len(short) - 1)} more tables"


def value_text(value: object) -> str:
    """A value as people write it into a ticket."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) >= 0.001 or value == 0 else f"{value:.3g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return str(value)


def day_text(value: object) -> str:
    """A day in words: `4 March 2024`."""
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else str(value)


def key_text(key: Mapping[str, object]) -> str:
    """Which row, in words: `seller 12, week of 4 March 2024`."""
    return ", ".join(_part(column, value) for column, value in key.items())


def _part(column: str, value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        words = column_words(column)
        begins = re.sub(r"\s+start$", "", words)
        return f"{begins} of {day_text(value)}" if begins != words else day_text(value)
    if isinstance(value, datetime):
        return f"{column_words(column)} {value_text(value)}"
    if value is None:
        return f"no {re.sub(r'_(id|code|number|key)$', '', column).replace('_', ' ')}"
    noun = re.sub(r"_(id|code|number|key|name)$", "", column).replace("_", " ")
    return f"{'SKU' if noun == 'sku' else noun} {value_text(value)}"


def listed(items: Sequence[str], word: str = "and") -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def code(names: Sequence[str]) -> str:
    """Names as code, in a list."""
    return listed([f"`{name}`" for name in names])


def number(n: int) -> str:
    """A number of things in words, as far as people write it so."""
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[n] if n < len(words) else f"{n:,}"


def rows_text(n: int) -> str:
    """`one row`, `7 rows`."""
    return f"{number(n)} row{'s' if n != 1 else ''}"
