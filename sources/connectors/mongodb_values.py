"""Documents of MongoDB as columns: values with every digit, nested ones as JSON has them."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from bson import Binary, Decimal128, Int64, ObjectId
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS

from sources.connectors.errors import ConnectorError
from sources.connectors.exact_json import plain_number
from sources.connectors.file_reading.column_types import INSTANT, NOTHING, TEXT, Property, ValueTypes, converted
from sources.connectors.record_batch import Values

Document: TypeAlias = dict[str, Any]
Nested: TypeAlias = Literal["json", "flatten"]

OPTIONS: CodecOptions[Document] = CodecOptions(
    document_class=dict, datetime_conversion=DatetimeConversion.DATETIME_MS, tz_aware=False
)
"""Dates of any year are read."""
_LAST_MS = (2**63 - 1) // 1000
"""A timestamp of the warehouse counts microseconds."""


def columns_of(documents: Sequence[Document], nested: Nested) -> dict[str, list[Any]]:
    """Values of each field, as Python knows them; a field that a document does not have is None.

    Args:
        documents: Some documents.
        nested: `flatten`: fields of a document inside of a document are columns `outer_inner`; deeper ones are JSON.

    Raises:
        ConnectorError: Two fields would be the same column.
    """
    if nested == "flatten":
        documents = [_flat(document) for document in documents]
    names = dict.fromkeys(name for document in documents for name in document)
    return {name: _plain([document.get(name) for document in documents]) for name in names}


def _flat(document: Document) -> Document:
    flat: Document = {}
    for outer, value in document.items():
        fields = (
            {f"{outer}_{inner}": item for inner, item in value.items()} if isinstance(value, dict) else {outer: value}
        )
        for name, item in fields.items():
            if name in flat:
                raise ConnectorError(
                    f"nested: flatten would make two columns '{name}' of document _id {document.get('_id')!r}. "
                    "Use nested: json for this stream."
                )
            flat[name] = item
    return flat


def _plain(values: list[Any]) -> list[Any]:
    """Numbers, texts, truth values, dates, and lists and objects of these."""
    kinds = set(map(type, values))
    if kinds <= _AS_THEY_ARE:
        return values
    return [value if type(value) in _AS_THEY_ARE else _converter(type(value))(value) for value in values]


_AS_THEY_ARE = {type(None), bool, int, float, str, DatetimeMS}


def _decimal(value: Decimal128) -> Any:
    """A finite number as Decimal, NaN and infinities as text."""
    bits = int.from_bytes(value.bid, "little")
    if bits >> 125 & 3 == 3:  # the rare forms
        number = value.to_decimal()
        return number if number.is_finite() else str(number)
    # What `to_decimal` does, five times as fast: sign, 14 bits of exponent, 113 bits of digits.
    digits, exponent = bits & _DIGITS, (bits >> 113 & 0x3FFF) - 6176
    return Decimal(f"{'-' if bits >> 127 else ''}{digits}E{exponent}")


_DIGITS = (1 << 113) - 1


def _binary(value: Binary) -> str:
    if value.subtype in (3, 4) and len(value) == 16:
        return str(uuid.UUID(bytes=bytes(value)))
    return bytes(value).hex()


def _text(value: Any) -> str:
    return str(value)


def _json_value(value: Any) -> Any:
    """A value inside of a list or document: decimals are numbers, dates are ISO 8601 text."""
    kind = type(value)
    if kind is dict:
        return {name: _json_value(item) for name, item in value.items()}
    if kind is list:
        return [_json_value(item) for item in value]
    if kind is DatetimeMS:
        return instant_texts([value])[0]
    if kind is Decimal128:
        number = _decimal(value)
        return plain_number(number) if isinstance(number, Decimal) else number
    return value if kind in _AS_THEY_ARE else _converter(kind)(value)


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    Int64: int,
    Decimal128: _decimal,
    ObjectId: str,
    Binary: _binary,
    bytes: bytes.hex,
    dict: _json_value,
    list: _json_value,
}


def _converter(kind: type) -> Callable[[Any], Any]:
    return _CONVERTERS.get(kind, _text)


def instant_texts(values: Iterable[DatetimeMS]) -> list[str]:
    """Dates as ISO 8601 text in UTC, of any year."""
    ticks = np.array([int(value) for value in values], dtype="int64")
    texts: list[str] = np.datetime_as_string(ticks.astype("datetime64[ms]")).tolist()
    return [text.removesuffix(".000") + "Z" for text in texts]


class FieldTypes:
    """Learns the type of one column from its values."""

    def __init__(self) -> None:
        self._types = ValueTypes()
        self._has_dates = False
        self._is_text = False

    def add(self, values: Sequence[Any]) -> None:
        """Look at some values."""
        dates = [value for value in values if type(value) is DatetimeMS]
        self._has_dates |= bool(dates)
        self._is_text |= any(abs(int(date)) > _LAST_MS for date in dates)
        self._types.add([value for value in values if type(value) is not DatetimeMS] if dates else values)

    def add_digits(self, values: Sequence[Any]) -> None:
        """Look at floats once more, when `needs_digits`."""
        self._types.add_digits(values)

    @property
    def needs_digits(self) -> bool:
        """Whether the digits of floats decide the type."""
        return self._types.needs_digits_of_floats()

    def common(self) -> Property:
        """The narrowest type that holds every value."""
        others = self._types.common()
        if not self._has_dates:
            return TEXT if others == NOTHING else others
        return INSTANT if others == NOTHING and not self._is_text else TEXT


def written(values: Sequence[Any], prop: Property) -> Values:
    """Values of a column as its type has them.

    Args:
        values: As `columns_of` gives them.
        prop: Type of the column.
    """
    if prop == INSTANT and {DatetimeMS, type(None)} >= set(map(type, values)):
        ticks = [None if value is None else int(value) for value in values]
        if max((abs(tick) for tick in ticks if tick is not None), default=0) <= _LAST_MS:
            return pa.array(ticks, pa.int64()).cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC"))
    texts = [instant_texts([value])[0] if type(value) is DatetimeMS else value for value in values]
    return converted(texts, prop)
