"""What an incremental read of a collection asks for, and how the state keeps a cursor value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import Decimal128, Int64, ObjectId, json_util
from bson.codec_options import DatetimeConversion
from bson.datetime_ms import DatetimeMS
from bson.json_util import JSONMode, JSONOptions

from sources.connectors.errors import ConnectorError

_WITHOUT_BOUNDS = (float("nan"), float("inf"), float("-inf"))
"""Numbers that no number comes after, or that come after none."""
_JSON: JSONOptions = JSONOptions(
    json_mode=JSONMode.CANONICAL, datetime_conversion=DatetimeConversion.DATETIME_MS, tz_aware=False
)
_SORTS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "bool"),
    ((int, float, Int64, Decimal128), "number"),
    ((str,), "string"),
    ((ObjectId,), "objectId"),
    ((DatetimeMS,), "date"),
)


def sort_of(value: Any) -> str | None:
    """The name that `$type` has for values that are compared with this one; None: it can be no cursor value."""
    return next((name for types, name in _SORTS if isinstance(value, types)), None)


@dataclass(frozen=True)
class IncrementalRead:
    """One incremental read.

    Args:
        field: Name of the cursor field.
        last: The greatest value of earlier reads; None = read everything.
    """

    field: str
    last: Any = None

    @property
    def order(self) -> list[tuple[str, int]]:
        """By cursor, then by `_id`."""
        return [(self.field, 1), *([("_id", 1)] if self.field != "_id" else [])]

    def without_cursor(self) -> dict[str, Any]:
        """Documents without an ordinary value, which no value is after: read in every load."""
        if self.last is None:
            return {self.field: {"$in": [None, *_WITHOUT_BOUNDS]}}
        other = {self.field: {"$not": {"$type": sort_of(self.last)}}}
        is_number = sort_of(self.last) == "number"
        return {"$or": [other, {self.field: {"$in": list(_WITHOUT_BOUNDS)}}]} if is_number else other

    def ordinary(self) -> dict[str, Any]:
        """Documents at or after the last value."""
        if self.last is None:
            return {self.field: {"$nin": [None, *_WITHOUT_BOUNDS]}}
        is_number = sort_of(self.last) == "number"
        return {self.field: {"$gte": self.last} | ({"$nin": list(_WITHOUT_BOUNDS)} if is_number else {})}

    def all_new(self) -> dict[str, Any]:
        """Both; empty where everything is read."""
        return {} if self.last is None else {"$or": [self.ordinary(), self.without_cursor()]}


def checked_cursor(name: str, before: Any, value: Any) -> Any:
    """A cursor value.

    Raises:
        ConnectorError: It has no order, or is of another sort than those before.
    """
    sort = sort_of(value)
    if sort is None or (before is not None and sort_of(before) != sort):
        kinds = f"{type(before).__name__} and {type(value).__name__}" if before is not None else type(value).__name__
        raise ConnectorError(
            f"cursor_field '{name}' holds values of type {kinds}, which do not sort. "
            "Choose a field whose values grow, or load the stream with full_refresh."
        )
    return value


def state_value(value: Any) -> Any:
    """A cursor value as JSON, with its type: MongoDB's canonical extended JSON."""
    return json.loads(json_util.dumps(value, json_options=_JSON))


def last_value(state: Mapping[str, Any], name: str) -> Any:
    """The last cursor value of a state; None: there is none, or it is of another field."""
    if state.get("cursor_field") != name or state.get("cursor") is None:
        return None
    return json_util.loads(json.dumps(state["cursor"]), json_options=_JSON)
