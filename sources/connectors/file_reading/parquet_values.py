"""Arrow arrays as Python values that JSON knows, with every digit. By column, which is far faster than by row."""

import itertools
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.connectors.exact_json import plain_number

_LARGEST = {"us": 2**63 - 1, "ns": 2**63 - 1, "ms": 2**63 - 1, "s": 2**63 - 1, "D": 2**31 - 1}
_TICKS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def python_values(column: pa.Array) -> list[Any]:
    """Values of an array.

    Numbers, texts and truth values are themselves, decimals `Decimal`; days, instants and times are ISO 8601 text,
    bytes hexadecimal text. A struct is a dict, a list a list; a map is a dict when its keys are texts that differ, else
    a list of `{"key": …, "value": …}`. Inside of these, decimals are numbers.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_dictionary(kind):
        return python_values(column.dictionary_decode())
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _instants(column)
    if pa.types.is_time(kind):
        return list(column.cast(pa.string()).to_pylist())
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        return _short_floats(column)
    if pa.types.is_struct(kind):
        return _structs(column)
    if pa.types.is_map(kind):
        return _maps(column)
    if pa.types.is_nested(kind):
        return _lists(column)
    values = list(column.to_pylist())
    if any(is_kind(kind) for is_kind in _AS_TEXT):
        return [None if value is None else _text(value) for value in values]
    return values


_AS_TEXT = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
    pa.types.is_duration,
    pa.types.is_interval,
)


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _short_floats(column: pa.Array) -> list[Any]:
    """32-bit floats by their shortest text, which is what was meant: 0.1 and not 0.10000000149011612."""
    return list(column.cast(pa.float32()).cast(pa.string()).cast(pa.float64()).to_pylist())


def _instants(column: pa.Array) -> list[Any]:
    """Days and instants of any year; years that Python does not have are written as the warehouse reads them."""
    kind = column.type
    unit = "D" if pa.types.is_date32(kind) else "ms" if pa.types.is_date64(kind) else kind.unit
    zone = "+00:00" if pa.types.is_timestamp(kind) and kind.tz else ""
    ticks = column.cast(pa.int32() if unit == "D" else pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    shown: Any = "D" if pa.types.is_date(kind) else _coarsest(ticks, unit)
    instants: Any = ticks.astype(f"datetime64[{unit}]")
    texts: list[str] = np.datetime_as_string(instants, unit=shown, casting="unsafe").tolist()
    if zone:
        texts = [text + zone for text in texts]
    if len(ticks) and (ticks.min() < _first_of_our_era(unit) or ticks.max() == _LARGEST[unit]):
        texts = [_beyond(text, int(tick), unit) for text, tick in zip(texts, ticks.tolist(), strict=True)]
    if not column.null_count:
        return list(texts)
    valid = column.is_valid().to_pylist()
    return [text if is_valid else None for text, is_valid in zip(texts, valid, strict=True)]


def _coarsest(ticks: Any, unit: str) -> Any:
    """Seconds where all instants are whole seconds."""
    return "s" if not np.any(ticks % _TICKS_PER_SECOND[unit]) else unit


def _first_of_our_era(unit: str) -> int:
    if unit == "ns":  # they begin in 1677
        return -(2**63)
    first: Any = np.datetime64("0001-01-01", "D")
    return int(first.astype(f"datetime64[{unit}]").astype("int64"))


def _beyond(text: str, tick: int, unit: str) -> str:
    """An instant before our era or at infinity; the year before 1 is 0 in ISO 8601 and 1 BC in the warehouse."""
    if abs(tick) == _LARGEST[unit]:
        return "infinity" if tick > 0 else "-infinity"
    sign = -1 if text.startswith("-") else 1
    year, month, rest = text.removeprefix("-").split("-", 2)
    if sign * int(year) > 0:
        return text
    day, *clock = rest.split("T", 1)
    return f"{1 - sign * int(year):04}-{month}-{day} (BC)" + "".join(f" {part}" for part in clock)


def _structs(column: pa.StructArray) -> list[Any]:
    names = [field.name for field in column.type]
    fields = [_json_values(child) for child in column.flatten()]
    valid = column.is_valid().to_pylist()
    rows = zip(*fields, strict=True) if fields else itertools.repeat(())
    return [
        dict(zip(names, values, strict=True)) if is_valid else None
        for is_valid, values in zip(valid, rows, strict=bool(fields))
    ]


def _lists(column: pa.Array) -> list[Any]:
    values = iter(_json_values(column.flatten()))
    lengths = pc.list_value_length(column).to_pylist()
    valid = column.is_valid().to_pylist()
    return [
        list(itertools.islice(values, length)) if is_valid else None
        for is_valid, length in zip(valid, lengths, strict=True)
    ]


def _maps(column: pa.MapArray) -> list[Any]:
    kind = column.type
    entry = pa.struct([("key", kind.key_type), ("value", kind.item_type)])
    is_text = pa.types.is_string(kind.key_type) or pa.types.is_large_string(kind.key_type)
    maps = _lists(column.cast(pa.list_(entry)))
    return [_object(entries) if is_text and entries is not None else entries for entries in maps]


def _object(entries: list[dict[str, Any]]) -> Any:
    found = {entry["key"]: entry["value"] for entry in entries}
    return found if len(found) == len(entries) else entries


def _json_values(column: pa.Array) -> list[Any]:
    """Values inside of a nested one: JSON has numbers and no decimals."""
    values = python_values(column)
    if pa.types.is_decimal(column.type):
        return [plain_number(value) if isinstance(value, Decimal) else value for value in values]
    return values
