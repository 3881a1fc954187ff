"""The stage `$group`."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, localcontext
from typing import Any

from bson import Decimal128, Int64

from sources.systems.mongodb.bson_order import Document, Key, order_key
from sources.systems.mongodb.errors import CommandError, not_supported
from sources.systems.mongodb.expressions import MISSING, bounded, expression

MOST_HELD = 1_000_000
"""Groups and values that one stage may hold."""
_ACCUMULATORS = ("$sum", "$avg", "$min", "$max", "$first", "$last", "$count", "$push", "$addToSet")


def grouped(documents: Iterable[Document], wanted: Any) -> Iterator[Document]:
    """One document per value of `_id`, in the order in which they first come.

    Raises:
        CommandError: An accumulator is not known, or there is too much to hold.
    """
    if not isinstance(wanted, dict) or "_id" not in wanted:
        raise CommandError("FailedToParse", "a group specification must include an _id")
    identify = expression(wanted["_id"])
    fields = {name: _accumulator(name, value) for name, value in wanted.items() if name != "_id"}
    groups: dict[Key, tuple[Any, dict[str, list[Any]]]] = {}
    n_held = 0
    for document in documents:
        value = identify(document)
        identifier = None if value is MISSING else value
        _, found = groups.setdefault(order_key(identifier), (identifier, {name: [] for name in fields}))
        for name, (operator, get) in fields.items():
            value = get(document)
            if value is MISSING:
                if operator not in ("$first", "$last"):
                    continue
                value = None
            n_held += _add(operator, found[name], value)
        if n_held + len(groups) > MOST_HELD:
            raise CommandError("BadValue", f"$group holds more than {MOST_HELD:,} values")
    for identifier, found in groups.values():
        values = {name: _result(operator, found[name]) for name, (operator, _) in fields.items()}
        yield bounded({"_id": identifier, **values})


def _accumulator(name: str, value: Any) -> tuple[str, Callable[[Document], Any]]:
    if not isinstance(value, dict) or len(value) != 1 or "." in name:
        raise CommandError("FailedToParse", f"the field '{name}' must be an accumulator object")
    [(operator, operand)] = value.items()
    if operator not in _ACCUMULATORS:
        raise not_supported(f"accumulator {operator}")
    return operator, (lambda _: 1) if operator == "$count" else expression(operand)


def _add(operator: str, held: list[Any], value: Any) -> int:
    """Take one more value into an accumulator; how many more it holds now."""
    before = len(held)
    match operator:
        case "$push":
            held.append(value)
        case "$addToSet":
            if not held:
                held.append({})
            held[0].setdefault(order_key(value), value)
            return 1
        case "$first":
            if not held:
                held.append(value)
        case "$last":
            held[:] = [value]
        case "$min" | "$max":
            choose = min if operator == "$min" else max
            if value is not None:
                held[:] = [choose([*held, value], key=order_key)]
        case _:
            _sum(held, value)
    return len(held) - before


def _sum(held: list[Any], value: Any) -> None:
    """Keep `[sum, number of values]`; what is no number counts for nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal128):
        return
    if not held:
        held[:] = [0, 0]
    with localcontext() as context:
        context.prec = 34
        total, number = held[0], value.to_decimal() if isinstance(value, Decimal128) else value
        if isinstance(total, Decimal) != isinstance(number, Decimal):
            total, number = Decimal(total), Decimal(number)
        held[:] = [total + number, held[1] + 1]


def _result(operator: str, held: list[Any]) -> Any:
    match operator:
        case "$push":
            return held
        case "$addToSet":
            return list(held[0].values()) if held else []
        case "$sum" | "$count":
            return _number(held[0]) if held else 0
        case "$avg":
            return _number(held[0] / held[1]) if held else None
    return held[0] if held else None


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal128(value)
    if isinstance(value, int) and not -(2**31) <= value < 2**31:
        return Int64(value) if -(2**63) <= value < 2**63 else float(value)
    return value
