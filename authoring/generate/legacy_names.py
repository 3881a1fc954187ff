"""Names as an old system would have them: words cut short, in the shape of its time."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

_SHORT = {
    "account": "acct", "active": "actv", "actual": "act", "address": "addr", "airport": "apt", "amount": "amt",
    "arrival": "arr", "average": "avg", "carrier": "carr", "category": "cat", "channel": "chnl",
    "city": "town", "code": "cd", "count": "cnt", "country": "ctry", "currency": "curr", "customer": "cust",
    "date": "dt", "day": "dy", "days": "dys", "delay": "dly", "delivered": "dlvd", "departure": "dep",
    "description": "descr", "destination": "dest", "discount": "disc", "first": "fst", "flight": "flt",
    "flights": "flts", "has": "hs", "id": "key", "is": "flg", "last": "lst", "minutes": "mins", "month": "mth",
    "n": "cnt", "name": "nm", "number": "no", "order": "ord", "orders": "ords", "origin": "orig",
    "paid": "pd", "payment": "pmt", "payments": "pmts", "price": "prc", "product": "prod", "products": "prods",
    "quantity": "qty", "rate": "rt", "refund": "rfd", "refunded": "rfdd", "refunds": "rfds", "revenue": "rev",
    "scheduled": "sched", "seconds": "secs", "seller": "vend", "shipment": "shpt", "shipments": "shpts",
    "sku": "artno", "station": "stn", "status": "stat", "total": "tot", "type": "typ", "updated": "upd",
    "value": "val", "week": "wk", "year": "yr",
}  # fmt: skip
_ENDINGS = {"at": "tm", "on": "dy"}
"""What the last word of a name says of its values; elsewhere (`on_time_share`) it is a word like any other."""
_MAX_LETTERS = 5
_WORD = re.compile(r"[a-z]+|\d+")

Shape = Callable[[Sequence[str]], str]


def camel(words: Sequence[str]) -> str:
    """`OrdKey`, as on SQL Server."""
    return "".join(word[:1].upper() + word[1:] for word in words)


def snake(words: Sequence[str]) -> str:
    """`ord_key`, as on PostgreSQL."""
    return "_".join(words)


def short_words(name: str) -> list[str]:
    """The words of a name, each as short as people once wrote it."""
    words = _WORD.findall(name.lower())
    return [_short(word, place == len(words) - 1) for place, word in enumerate(words)]


def _short(word: str, is_last: bool) -> str:
    if word in _ENDINGS:
        return _ENDINGS[word] if is_last else word
    return _SHORT.get(word) or _shortened(word)


def _shortened(word: str) -> str:
    """A longer word without its vowels, the first letter aside."""
    if len(word) < _MAX_LETTERS or word.isdigit():
        return word
    return (word[0] + re.sub("[aeiou]", "", word[1:]))[:_MAX_LETTERS]


class LegacyNames:
    """Old names of columns and tables, no two alike; the same calls in the same order give the same names."""

    def __init__(self, shape: Shape, reserved: Collection[str]) -> None:
        """None is given yet.

        Args:
            shape: Makes a name of words.
            reserved: Words, in small letters, that cannot be names.
        """
        self._shape = shape
        self._taken = {word.lower() for word in reserved}
        self._known: dict[str, str] = {}

    def of(self, name: str, said: str = "") -> str:
        """The old name of something.

        Args:
            name: What it is called, in any letter case; another thing has another name.
            said: What the old name is made from, if that is something else.
        """
        key = name.lower()
        if key not in self._known:
            words = short_words(said or name) or ["col"]
            found, n = self._shape(words), 1
            while found.lower() in self._taken or not found[0].isalpha():
                n += 1
                found = self._shape(["x", *words]) if not found[0].isalpha() else f"{self._shape(words)}{n}"
            self._taken.add(found.lower())
            self._known[key] = found
        return self._known[key]
