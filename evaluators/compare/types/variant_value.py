"""VARIANT as a value: one text per type and value, so that 1 is not '1' and a date is not its text.

DuckDB writes a VARIANT as its text, which forgets the types inside. Its Parquet form keeps them; this module reads
that form. Source: Apache Parquet, "Variant Binary Encoding" (VariantEncoding.md, version 1).
"""

from __future__ import annotations

import json
import struct
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import duckdb

from benchmark.duckdb_sql import Sql, case, fn
from evaluators.compare.types.json_value import number_text

FUNCTION = "lockgate_canonical_variant"
_FIXED = {
    3: "<b", 4: "<h", 5: "<i", 6: "<q", 7: "<d", 8: "<Bi", 9: "<Bq", 11: "<i", 12: "<q", 13: "<q", 14: "<f", 17: "<q",
    18: "<q", 19: "<q",
}  # fmt: skip
"""Primitive types of a fixed size, by their number in the specification."""
_NANOSECONDS = {11: 86_400_000_000_000, 12: 1_000, 13: 1_000, 18: 1, 19: 1}
"""Dates and timestamps, in nanoseconds per unit; naive ones are UTC."""
_BINARY, _LONG_TEXT = 15, 16


def variant_text(value: Sql) -> Sql:
    """Text of a VARIANT, equal exactly when type and value are; NULL for NULL. Needs `register`.

    What has no Parquet form (BIGNUM, INTERVAL, TIMETZ and BIT inside a VARIANT) compares by DuckDB's type and text.
    """
    encoded = f"CAST(TRY({fn('variant_to_parquet_variant', value)}) AS STRUCT(metadata BLOB, value BLOB))"
    parts = (fn("struct_extract", encoded, f"'{name}'") for name in ("metadata", "value"))
    plain = fn("||", fn("||", fn("variant_typeof", value), "' '"), f"CAST({value} AS VARCHAR)")
    return case((f"{value} IS NULL", "NULL"), otherwise=fn(FUNCTION, *parts, plain))


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `variant_text` available on a connection; once is enough, more do no harm."""
    import pyarrow as pa
    from duckdb.func import FunctionNullHandling, PythonUDFType
    from duckdb.sqltypes import BLOB, VARCHAR

    def convert(metadata: Any, values: Any, plain: Any) -> Any:
        rows = zip(metadata.to_pylist(), values.to_pylist(), plain.to_pylist(), strict=True)
        texts = [text if value is None else canonical_variant(names, value) for names, value, text in rows]
        return pa.array(texts, pa.string())

    try:
        connection.create_function(
            FUNCTION,
            convert,
            [BLOB, BLOB, VARCHAR],
            VARCHAR,
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )
    except (duckdb.CatalogException, duckdb.NotImplementedException) as error:
        if "already" not in str(error) and "exists" not in str(error):
            raise


@lru_cache(maxsize=65_536)
def canonical_variant(metadata: bytes, value: bytes) -> str:
    """One text per type and value. Integers, decimals and floats are numbers, by the digits that they print."""
    try:
        return _write(_Item(_read_names(metadata), value))
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, RecursionError):
        return f"not a variant: {metadata.hex()} {value.hex()}"


class _Item(NamedTuple):
    """One encoded value."""

    names: list[str]
    """The names of all fields, in this value and around it."""
    data: bytes
    """Starts with the value; more may follow."""


def _read_names(metadata: bytes) -> list[str]:
    size = (metadata[0] >> 6) + 1
    count = _integer(metadata, 1, size)
    offsets = [_integer(metadata, 1 + size * (1 + i), size) for i in range(count + 1)]
    texts = metadata[1 + size * (count + 2) :]
    return [texts[start:end].decode() for start, end in pairwise(offsets)]


def _write(item: _Item) -> str:
    basic_type, header = item.data[0] & 3, item.data[0] >> 2
    if basic_type == 0:
        return _write_primitive(header, item.data[1:])
    if basic_type == 1:
        return json.dumps(item.data[1 : 1 + header].decode())
    return _write_object(item, header) if basic_type == 2 else _write_array(item, header)


def _write_object(item: _Item, header: int) -> str:
    count, start = _count(item.data, is_large=bool(header >> 4 & 1))
    id_size = (header >> 2 & 3) + 1
    ids = [_integer(item.data, start + id_size * i, id_size) for i in range(count)]
    values = _elements(item, start + id_size * count, (header & 3) + 1, count)
    members = sorted((json.dumps(item.names[i]), _write(value)) for i, value in zip(ids, values, strict=True))
    return "{" + ",".join(f"{name}:{text}" for name, text in members) + "}"


def _write_array(item: _Item, header: int) -> str:
    count, start = _count(item.data, is_large=bool(header >> 2 & 1))
    return "[" + ",".join(map(_write, _elements(item, start, (header & 3) + 1, count))) + "]"


def _count(data: bytes, *, is_large: bool) -> tuple[int, int]:
    """How many elements there are, and where what follows starts."""
    size = 4 if is_large else 1
    return _integer(data, 1, size), 1 + size


def _elements(item: _Item, start: int, size: int, count: int) -> list[_Item]:
    offsets = [_integer(item.data, start + size * i, size) for i in range(count)]
    first = start + size * (count + 1)
    return [_Item(item.names, item.data[first + offset :]) for offset in offsets]


def _write_primitive(kind: int, data: bytes) -> str:
    if kind in (0, 1, 2):
        return ("null", "true", "false")[kind]
    if kind in (_BINARY, _LONG_TEXT):
        content = data[4 : 4 + _integer(data, 0, 4)]
        return json.dumps(content.decode()) if kind == _LONG_TEXT else f"blob {content.hex()}"
    if kind == 20:
        return f"uuid {UUID(bytes=data[:16])}"
    if kind == 10:
        return _decimal(data[0], int.from_bytes(data[1:17], "little", signed=True))
    numbers = struct.unpack_from(_FIXED[kind], data)
    if kind in (8, 9):
        return _decimal(*numbers)
    if kind in (7, 14):
        return _float(numbers[0], is_single=kind == 14)
    if kind in _NANOSECONDS:
        return f"instant {numbers[0] * _NANOSECONDS[kind]}"
    return f"time {numbers[0]}" if kind == 17 else number_text(str(numbers[0]))


def _decimal(scale: int, digits: int) -> str:
    return number_text(f"{digits}e-{scale}")


def _float(value: float, *, is_single: bool) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return f"float {value}"
    if not is_single:
        return number_text(repr(value))
    shortest = next(
        text for n in range(1, 10) if struct.pack("<f", float(text := f"{value:.{n}g}")) == struct.pack("<f", value)
    )
    return number_text(str(Decimal(shortest)))


def _integer(data: bytes, start: int, size: int) -> int:
    if start + size > len(data):
        raise IndexError(start)
    return int.from_bytes(data[start : start + size], "little")
