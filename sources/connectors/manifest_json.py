"""JSON answers of an API whose numbers keep all their digits on the way through airbyte-cdk's declarative engine."""

import json
from decimal import Decimal
from typing import Any

from sources.connectors.exact_json import exact_integer, exact_number, has_long_number, parse_json


class LongFloat(float):
    """A float that remembers the number which it stands for: the engine's expressions calculate with floats only."""

    exact: Decimal
    is_used = False
    """Whether this process has made any."""


def _number(text: str) -> float:
    number = exact_number(text)
    if isinstance(number, float):
        return number
    LongFloat.is_used = True
    long = LongFloat(number)
    long.exact = number
    return long


_DECODER = json.JSONDecoder(parse_float=_number, parse_int=exact_integer)


class ExactJson:
    """Stands in for the module `orjson` or `json` inside of the engine's decoders."""

    JSONDecodeError = json.JSONDecodeError

    @staticmethod
    def loads(text: str) -> Any:
        """Parse one value, its numbers with every digit."""
        value = parse_json(text)
        may_have_decimals = has_long_number(text.encode("utf-8", "surrogatepass"))
        return _DECODER.decode(text) if may_have_decimals and _has_decimal(value) else value


def _has_decimal(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Decimal):
            return True
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def with_digits(record: dict[str, Any]) -> dict[str, Any]:
    """A record with Decimals instead of `LongFloat`, at every level."""
    if not LongFloat.is_used:
        return record
    return {name: _exact(value) for name, value in record.items()}


def _exact(value: Any) -> Any:
    if type(value) is LongFloat:
        return value.exact
    if isinstance(value, dict):
        return {name: _exact(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_exact(child) for child in value]
    return value
