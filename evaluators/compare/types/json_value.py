"""JSON as a value: one text per value, whatever the order of keys, the spaces and the way a number is written."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import duckdb

from benchmark.duckdb_sql import Sql, case, fn

FUNCTION = "lockgate_canonical_json"
_WHOLE = "'$'"
_MAX_DIGITS = 400
"""Numbers that are longer when written out keep the form they have."""


def json_text(value: Sql, *, is_by_value: bool) -> Sql:
    """Text of a JSON value, or of a VARCHAR that holds one; NULL for NULL.

    Text that is not JSON keeps its own form, which equals no JSON value.

    Args:
        value: JSON or VARCHAR.
        is_by_value: False = only spaces are taken out: quick, and enough for most equal tables. True = equal exactly
            when the values are; needs `register`.
    """
    text = f"CAST({value} AS VARCHAR)"
    minimal = f"CAST({fn('json_extract', text, _WHOLE)} AS VARCHAR)"
    normal = fn(FUNCTION, minimal) if is_by_value else minimal
    return case(
        (f"{value} IS NULL", "NULL"),
        (fn("json_valid", text), normal),
        otherwise=fn("||", "'not JSON: '", text),
    )


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `json_text` by value available on a connection; once is enough, more do no harm."""
    import pyarrow as pa
    from duckdb.func import PythonUDFType
    from duckdb.sqltypes import VARCHAR

    def convert(texts: Any) -> Any:
        return pa.array([None if text is None else canonical_json(text) for text in texts.to_pylist()], pa.string())

    try:
        connection.create_function(FUNCTION, convert, [VARCHAR], VARCHAR, type=PythonUDFType.ARROW)
    except (duckdb.CatalogException, duckdb.NotImplementedException) as error:
        if "already" not in str(error) and "exists" not in str(error):
            raise


@lru_cache(maxsize=65_536)
def canonical_json(text: str) -> str:
    """One text per JSON value: keys sorted, no spaces, numbers as numbers (1, 1.0 and 1e0 are equal, at any length).

    Of a key given twice both values count. Values nested hundreds of levels deep come back as they are written.
    """
    try:
        return _write(json.loads(text, parse_int=_number, parse_float=_number, object_pairs_hook=_Object))
    except (ValueError, RecursionError):
        return text


class _Object(list[tuple[str, Any]]):
    """An object's members in the order in which they are written."""


class _Number(str):
    """A number in its canonical form."""


def _number(text: str) -> _Number:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return _Number(text)
    if value == 0:
        return _Number("0")
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, digits))
    stripped = written.rstrip("0")
    exponent += len(written) - len(stripped)
    if abs(exponent) > _MAX_DIGITS:
        return _Number(f"{'-' * sign}{stripped}e{exponent}")
    return _Number(format(Decimal(f"{'-' * sign}{stripped}e{exponent}"), "f"))


def _write(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, _Object):
        members = sorted((json.dumps(key), _write(member)) for key, member in value)
        return "{" + ",".join(f"{key}:{member}" for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write(item) for item in value) + "]"
    return json.dumps(value)
