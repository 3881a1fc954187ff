"""Scored tables: grain, columns and what is tolerated."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.stages import Stage

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
TableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$")]
"""`schema.table`, as it stands in the warehouse."""


class ColumnOptions(BaseModel):
    """How one column may differ from gold and still match. Nothing is loosened without a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=1)
    """Why, for the reader of a verdict."""
    relative: float = Field(default=0.0, ge=0)
    """Relative tolerance, a fraction of |gold| (0.01 = 1 %)."""
    absolute: float = Field(default=0.0, ge=0)
    """Absolute tolerance, in the column's unit; seconds for times."""
    ignore: bool = False
    """The column must be there; its values are not compared."""
    unordered_list: bool = False
    """A list that is compared as a bag."""
    round_digits: int | None = None
    """Both sides are rounded to this many decimal places first; None = no rounding."""


class TableSpec(BaseModel):
    """One scored table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    key: tuple[str, ...] = ()
    """Columns of the grain; empty = the table has none and is compared as a bag of rows."""
    columns: tuple[str, ...] = Field(min_length=1)
    """Scored columns; others may be there unless `strict`."""
    tolerance: dict[str, ColumnOptions] = Field(default_factory=dict)
    strict: bool = False
    """True = extra columns are a mismatch."""

    @model_validator(mode="after")
    def _columns_exist(self) -> "TableSpec":
        lowered = {column.lower() for column in self.columns}
        if len(lowered) != len(self.columns):
            raise ValueError("a column is listed twice (names are compared without case)")
        for name in (*self.key, *self.tolerance):
            if name.lower() not in lowered:
                raise ValueError(f"'{name}' is in key or tolerance but not in columns")
        return self


class TablesFile(BaseModel):
    """`tables.yaml` of a world: every table that a task of it may score, by `schema.table`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[TableName, TableSpec]
