"""How BSON values are compared: numbers by value whatever their type, values of different sorts by their sort."""

import math
from decimal import Decimal
from typing import Any, TypeAlias

from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS

Document: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]

OPTIONS: CodecOptions[Document] = CodecOptions(
    document_class=dict, datetime_conversion=DatetimeConversion.DATETIME_MS, tz_aware=False
)
"""Documents as the server holds them: dates of any year, as milliseconds."""

NULL_ORDER = 2
_NUMBER_ORDER = 3
MIN_KEY: Key = (1,)
MAX_KEY: Key = (13,)


def order_key(value: Any) -> Key:
    """A key by which values of every type sort as MongoDB sorts them; equal for values that MongoDB calls equal."""
    kind = type(value)
    if value is None:
        return (NULL_ORDER,)
    if kind is bool:
        return (9, value)
    if kind is int or kind is Int64 or kind is float or kind is Decimal128:
        return _number_key(value)
    if kind is str:
        return (4, value.encode("utf-8", "surrogatepass"))
    if isinstance(value, dict):
        return (5, tuple((order_key(item)[0], name.encode(), order_key(item)) for name, item in value.items()))
    if isinstance(value, list):
        return (6, tuple(order_key(item) for item in value))
    return _other_key(value)


def _number_key(value: Any) -> Key:
    number: int | float | Decimal = value.to_decimal() if isinstance(value, Decimal128) else value
    if math.isnan(number):
        return (_NUMBER_ORDER, 0, 0)
    return (_NUMBER_ORDER, 1, number)


def _other_key(value: Any) -> Key:
    if isinstance(value, DatetimeMS):
        return (10, int(value))
    if isinstance(value, ObjectId):
        return (8, value.binary)
    if isinstance(value, bytes):  # Binary is one
        subtype = value.subtype if isinstance(value, Binary) else 0
        return (7, len(value), subtype, bytes(value))
    if isinstance(value, Timestamp):
        return (11, value.time, value.inc)
    if isinstance(value, Regex):
        return (12, str(value.pattern), value.flags)
    if isinstance(value, MinKey):
        return MIN_KEY
    if isinstance(value, MaxKey):
        return MAX_KEY
    return (4, str(value).encode())


TYPE_NUMBERS: dict[str, int] = {
    "double": 1, "string": 2, "object": 3, "array": 4, "binData": 5, "objectId": 7, "bool": 8, "date": 9, "null": 10,
    "regex": 11, "int": 16, "timestamp": 17, "long": 18, "decimal": 19, "minKey": -1, "maxKey": 127,
}  # fmt: skip


def type_name(value: Any) -> str:
    """The name that `$type` has for the type of a value."""
    kinds: tuple[tuple[Any, str], ...] = (
        (type(None), "null"), (bool, "bool"), (Int64, "long"), (int, "int"), (float, "double"), (str, "string"),
        (dict, "object"), (list, "array"), (DatetimeMS, "date"), (ObjectId, "objectId"), (Decimal128, "decimal"),
        (bytes, "binData"), (Timestamp, "timestamp"), (Regex, "regex"), (MinKey, "minKey"), (MaxKey, "maxKey"),
    )  # fmt: skip
    return next((name for kind, name in kinds if isinstance(value, kind)), "undefined")
