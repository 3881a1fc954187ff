"""Names of columns: as delivered, but trimmed, never empty and never twice."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

FILE_COLUMN = "_source_file"
ROW_COLUMN = "_source_row"

_RESERVED = (
    FILE_COLUMN,
    ROW_COLUMN,
    "_airbyte_raw_id",
    "_airbyte_extracted_at",
    "_airbyte_meta",
    "_lockgate_row",
    "_lockgate_ordinal",
)
"""Names that the source and the loader give their own columns."""


def clean_names(fields: Iterable[str]) -> list[str]:
    """Name the columns of a header: `column_3` for an empty name, `name_2` for one that is taken.

    Names that differ only in case are the same name, and those of the loader's own columns are taken.
    """
    names: list[str] = []
    taken = {name.lower() for name in _RESERVED}
    for number, field in enumerate(fields, start=1):
        base = name = field.strip() or f"column_{number}"
        count = 1
        while name.lower() in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name.lower())
        names.append(name)
    return names


def renamed(fields: Sequence[str], names: Sequence[str]) -> list[str]:
    """Say which reserved names were changed: `'_source_file' is called '_source_file_2'`."""
    reserved = set(_RESERVED)
    return [
        f"column '{field.strip()}' is called '{name}', since the load has a column of that name"
        for field, name in zip(fields, names, strict=True)
        if field.strip().lower() in reserved
    ]


class Spelling:
    """How a stream writes the names of its columns, so that `ID` of one file and `id` of another are one column.

    Args:
        columns: Columns that are known already; a new name is remembered as it comes first.
    """

    def __init__(self, columns: Iterable[str] = ()) -> None:
        self._columns: dict[str, str] = {}
        self._shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
        for name in columns:
            self._columns.setdefault(name.lower(), name)

    def of(self, name: str) -> str:
        """The stream's spelling of a name; the name itself when it is new."""
        return self._columns.setdefault(name.lower(), name)

    def columns(self, rows: Sequence[dict[str, Any]], shapes: Sequence[tuple[str, ...]]) -> dict[str, Sequence[Any]]:
        """Values of rows by column, under the stream's names; None where a row has no such key.

        Keys of one object that differ only in case are two columns, `Id` and `id_2`.

        Args:
            rows: The rows.
            shapes: The different keys that rows have, in the order in which they first appear.
        """
        if len(shapes) == 1:
            names = zip(self._named(shapes[0]), shapes[0], strict=True)
            return {name: [row[key] for row in rows] for name, key in names}
        if any(self._named(keys) != keys for keys in shapes):
            rows = [dict(zip(self._named(tuple(row)), row.values(), strict=True)) for row in rows]
        every_name = dict.fromkeys(itertools.chain.from_iterable(map(self._named, shapes)))
        return {name: [row.get(name) for row in rows] for name in every_name}

    def _named(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        names = self._shapes.get(keys)
        if names is None:
            names = self._shapes[keys] = self._names_of(keys)
        return names

    def _names_of(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        known_first = sorted(keys, key=lambda key: self._columns.get(key.lower()) != key)
        cleaned = dict(zip(known_first, clean_names(known_first), strict=True))
        return tuple(self._second(key) or self.of(cleaned[key]) for key in keys)

    def _second(self, key: str) -> str | None:
        """The column of a key whose other spelling is a column of its own."""
        second = f"{key}_2"
        is_second = self._columns.get(key.lower()) != key and self._columns.get(second.lower()) == second
        return second if is_second else None
