"""Columns of a manifest's stream that declares none: from its records."""

from collections.abc import Iterable, Mapping
from typing import Any

from sources.connectors.file_reading.column_types import NOTHING, TEXT, ValueTypes


def inferred_schema(records: Iterable[Mapping[str, Any]], needed: Iterable[str]) -> dict[str, Any]:
    """Make a JSON schema with the narrowest type of each field.

    Args:
        records: All records of the stream.
        needed: Fields that are columns whether a record has them or not: key and cursor.

    Returns:
        An object schema with at least one property; `data` when nothing is known at all.
    """
    types: dict[str, ValueTypes] = {}
    for record in records:
        for name, value in record.items():
            if (known := types.get(name)) is None:
                known = types[name] = ValueTypes()
            known.add((value,))
            known.add_digits((value,))
    properties = {name: known.common() for name, known in types.items()}
    properties = {name: TEXT if prop == NOTHING else prop for name, prop in properties.items()}
    properties |= {name: TEXT for name in needed if name not in properties}
    return {"type": "object", "properties": properties or {"data": {"type": ["null", "object"]}}}
