"""Where the data of a declared world comes from: the keys `generator` and `data` of `world.yaml`.

The key `noise` is in `benchmark/noise_rules.py`, `incidents` in `benchmark/incident_options.py`.
"""

from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.system_parts import Names

PersonalText = Literal["person_name", "company_name", "street", "email"]
"""Kinds of text that another seed replaces by made ones."""


Columns = Names
"""One column, or a list of columns."""


class DataPart(BaseModel):
    """Fixed, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Generator(DataPart):
    """What makes the data of a world; exactly one of the keys."""

    sql: str | None = None
    """Folder of DuckDB queries, one a table, beside `world.yaml`."""
    extract: str | None = None
    """Folder of a frozen extract beside `world.yaml`: Parquet, CSV, JSON lines, DuckDB files."""
    python: str | None = None
    """Import path of a module with `SOURCES`, a `WorldSources`."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Generator":
        given = [name for name in ("sql", "extract", "python") if getattr(self, name) is not None]
        if len(given) != 1:
            named = " and ".join(given) or "nothing"
            raise ValueError(f"give exactly one of sql, extract and python (got {named})")
        folder = self.sql or self.extract
        if folder is not None and (not folder or PurePosixPath(folder).is_absolute() or ".." in folder.split("/")):
            raise ValueError(f"'{folder}' must be the path of a folder inside the folder of the world")
        return self


def as_generator(value: Any) -> Any:
    """A text alone is the import path of a module."""
    return {"python": value} if isinstance(value, str) else value


class TableRoles(DataPart):
    """What the columns of one generated table are for."""

    key: Columns = ()
    """Columns that tell rows apart; empty: none do."""
    parents: dict[str, str] = {}
    """Column, or columns with commas between them -> the table that they point to, or `table.column`."""
    orphans: Columns = ()
    """Columns of `parents` whose parent may be missing, as in real data."""
    entity: dict[str, str] = {}
    """Column -> kind of identifier. Columns of one kind are renamed alike; a single key's kind is its table's name."""
    reference: bool = False
    """True: a list that is the same for everybody, such as countries; every seed keeps rows and codes as they are."""
    keep: float = Field(default=0.85, gt=0, le=1)
    """Share, 0 to 1, of a root table's entities that a seed other than 0 keeps."""
    event_time: str | None = None
    """Column with the time at which it happened."""
    loaded_at: str | None = None
    """Column with the time at which the row came; None: it came when it happened."""
    updated_at: str | None = None
    """Column with the time at which the row was last written."""
    measures: Columns = ()
    """Columns with quantities and amounts; what `corrected_later` changes where it names no columns."""
    optional: Columns = ()
    """Columns that may be empty; the incident `drift` empties them."""
    personal: dict[str, PersonalText] = {}
    """Column -> kind of text that another seed replaces."""

    @model_validator(mode="after")
    def _orphans_have_parents(self) -> "TableRoles":
        known = {column for columns in self.parents for column in split_columns(columns)}
        if missing := [column for column in self.orphans if column not in known]:
            raise ValueError(f"orphans: '{missing[0]}' is not among the columns of parents")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Every column that a role names, once, in order."""
        times = [column for column in (self.event_time, self.loaded_at, self.updated_at) if column]
        parents = [column for columns in self.parents for column in split_columns(columns)]
        listed = (*self.key, *parents, *self.entity, *times, *self.measures, *self.optional, *self.personal)
        return tuple(dict.fromkeys(listed))


def split_columns(columns: str) -> tuple[str, ...]:
    """The columns of a key of `parents`."""
    return tuple(column.strip() for column in columns.split(","))
