"""From a generated table to the documents of a collection."""

import decimal
import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bson
from bson import Decimal128, Int64, ObjectId
from bson.datetime_ms import DatetimeMS

from benchmark.errors import LockgateError
from benchmark.source_systems import MongodbCollection
from sources.systems.mongodb.bson_order import OPTIONS

if TYPE_CHECKING:
    import pyarrow

_TICKS_PER_MS = {"us": 1_000, "ns": 1_000_000}
_MS_PER_TICK = {"s": 1_000, "ms": 1}
_MS_PER_DAY = 86_400_000
_FIRST_SECOND = 946_684_800
"""Time inside of ObjectIds that have none of their own: the year 2000."""


def documents_of(name: str, table: "pyarrow.Table", spec: MongodbCollection) -> list[bytes]:
    """Encode each row, in the order of the table.

    Integers of up to 32 bits are `int`, wider ones `long`; decimals `decimal`; days and instants are dates, of which
    MongoDB keeps milliseconds.

    Args:
        name: Of the collection.
        table: Its rows.
        spec: What `_id` is.

    Raises:
        LockgateError: A value has no place in BSON, or a column is missing.
    """
    for column in (spec.key, *([spec.created_at] if spec.created_at else [])):
        if column not in table.column_names:
            raise LockgateError(f"collection {name}: there is no column {column}; there are {table.column_names}.")
    keeps_null = spec.missing == "null"
    try:
        columns = {column: bson_values(table[column], keeps_null=keeps_null) for column in table.column_names}
    except decimal.DecimalException as error:
        raise LockgateError(f"collection {name}: a decimal has more than the 34 digits that BSON holds.") from error
    keys = columns[spec.key]
    if spec.id == "object_id":
        times = columns[spec.created_at] if spec.created_at else [None] * len(keys)
        identifiers: Sequence[Any] = [_object_id(name, key, at) for key, at in zip(keys, times, strict=True)]
    else:
        identifiers = columns.pop(spec.key)
    names = ["_id", *(column for column in columns if column != "_id")]
    rows = zip(identifiers, *(columns[column] for column in names[1:]), strict=True)
    return [
        bson.encode(
            {field: value for field, value in zip(names, row, strict=True) if keeps_null or value is not None},
            codec_options=OPTIONS,
        )
        for row in rows
    ]


def _object_id(name: str, key: Any, created_at: DatetimeMS | None) -> ObjectId:
    seconds = _FIRST_SECOND if created_at is None else int(created_at) // 1000
    digest = hashlib.sha256(f"{name}|{key}".encode()).digest()
    return ObjectId(max(seconds, 0).to_bytes(4, "big") + digest[:8])


def bson_values(column: "pyarrow.ChunkedArray | pyarrow.Array", *, keeps_null: bool) -> list[Any]:
    """Values of a column as BSON has them.

    Args:
        column: Of any type.
        keeps_null: Whether a field of a struct that is NULL is there.
    """
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    array = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column
    if isinstance(array, pa.ChunkedArray):
        return []
    if types.is_dictionary(kind):
        return bson_values(array.dictionary_decode(), keeps_null=keeps_null)
    if types.is_struct(kind):
        names = [field.name for field in kind]
        fields = [bson_values(child, keeps_null=keeps_null) for child in array.flatten()]
        return [
            {
                name: values[row]
                for name, values in zip(names, fields, strict=True)
                if keeps_null or values[row] is not None
            }
            if is_valid
            else None
            for row, is_valid in enumerate(array.is_valid().to_pylist())
        ]
    if types.is_list(kind) or types.is_large_list(kind):
        items = iter(bson_values(array.flatten(), keeps_null=keeps_null))
        lengths = array.value_lengths().to_pylist()
        return [None if length is None else [next(items) for _ in range(length)] for length in lengths]
    return _scalars(array)


def _scalars(array: "pyarrow.Array") -> list[Any]:
    import pyarrow as pa
    from pyarrow import types

    kind = array.type
    if types.is_timestamp(kind):
        ticks = array.cast(pa.int64()).to_pylist()
        divisor, factor = _TICKS_PER_MS.get(kind.unit, 1), _MS_PER_TICK.get(kind.unit, 1)
        return _each(ticks, lambda tick: DatetimeMS(tick * factor // divisor))
    if types.is_date32(kind):
        return _each(array.cast(pa.int32()).to_pylist(), lambda day: DatetimeMS(day * _MS_PER_DAY))
    if types.is_date64(kind):
        return _each(array.cast(pa.int64()).to_pylist(), DatetimeMS)
    if types.is_time(kind):
        return list(array.cast(pa.string()).to_pylist())
    values = list(array.to_pylist())
    if types.is_decimal(kind):
        return _each(values, Decimal128)
    if types.is_int64(kind) or types.is_uint32(kind):
        return _each(values, Int64)
    if types.is_uint64(kind):
        return _each(values, lambda value: Int64(value) if value < 2**63 else Decimal128(Decimal(value)))
    return values


def _each(values: list[Any], convert: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else convert(value) for value in values]
