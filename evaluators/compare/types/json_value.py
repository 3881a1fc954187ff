"""JSON as a value: one text per value, whatever the order of keys, the spaces and the way a number is written."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import duckdb

from benchmark.duckdb_sql import Sql, case, fn

FUNCTION = "lockgate_canonical_json"
_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[ \t\r\n]+|' + _NUMBER.pattern, re.DOTALL)
"""Texts, spaces and numbers of a JSON value, without regard to its nesting."""
_MAX_EXPONENT_DIGITS = 4_000
"""Python converts no longer texts to integers."""


def json_text(value: Sql, *, is_by_value: bool) -> Sql:
    """Text of a JSON value, or of a VARCHAR that holds one; NULL for NULL.

    DuckDB's own functions read a number as DOUBLE and lose its digits, so the text goes to Python as it is written.
    Text that is not JSON keeps its own form, which equals no JSON value.

    Args:
        value: JSON or VARCHAR.
        is_by_value: False = the text as it is written: quick, and enough for most equal tables. True = equal exactly
            when the values are; needs `register`.
    """
    text = f"CAST({value} AS VARCHAR)"
    if not is_by_value:
        return text
    return case(
        (f"{value} IS NULL", "NULL"),
        (fn("json_valid", text), fn(FUNCTION, text)),
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

    Where a key is given twice, both values count. Values nested hundreds of levels deep keep the order of their keys,
    and so does what only DuckDB takes for JSON (a comma at the end of a list).
    """
    try:
        return _write(json.loads(text, parse_int=_number, parse_float=_number, object_pairs_hook=_Object))
    except (ValueError, RecursionError):
        return _TOKEN.sub(_canonical_token, text)


def _canonical_token(found: re.Match[str]) -> str:
    token = found.group()
    if token.isspace():
        return ""
    return token if token.startswith('"') else number_text(token)


class _Object(list[tuple[str, Any]]):
    """An object's members in the order in which they are written."""


class _Number(str):
    """A number in its canonical form."""


def _number(text: str) -> _Number:
    return _Number(number_text(text))


def number_text(text: str) -> str:
    """Digits without zeros at either end, and a power of ten: `1.50e3` is `15e2`. No float and no limit is involved."""
    found = _NUMBER.fullmatch(text)
    if found is None:  # Python reads no other form, and DuckDB calls none valid
        return text
    sign, whole, fraction, exponent_sign, exponent = (part or "" for part in found.groups())
    digits = (whole + fraction).lstrip("0")
    stripped = digits.rstrip("0")
    if not stripped:
        return "0"
    exponent = exponent.lstrip("0") or "0"
    if len(exponent) > _MAX_EXPONENT_DIGITS:
        return text
    power = int(exponent_sign + exponent) - len(fraction) + len(digits) - len(stripped)
    return f"{sign}{stripped}e{power}"


def _write(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, _Object):
        members = sorted((json.dumps(key), _write(member)) for key, member in value)
        return "{" + ",".join(f"{key}:{member}" for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write(item) for item in value) + "]"
    return json.dumps(value)
