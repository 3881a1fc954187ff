"""What an HTTP API shows of a table: which rows, by which filters, deleted ones too."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from benchmark.system_parts import Names, SystemPart

TimeFormat = Literal["seconds", "microseconds", "epoch_seconds", "epoch_milliseconds"]
"""How instants are written: ISO 8601 with Z, whole seconds or six digits more; or a number since 1970."""


class Since(SystemPart):
    """Which rows are new: a list is sorted by a column, readers ask for a part of it. A text alone is the column."""

    column: str
    """A time, a date or a whole number that grows whenever a row is written."""
    parameter: str = "updated_since"
    """Asks for rows at or after a value."""
    until_parameter: str | None = None
    """Asks for rows before a value; None: there is no such parameter."""
    is_exclusive: bool = Field(default=False, alias="exclusive")
    """True: rows after the value, not at it; only for whole numbers."""


class DeletedRows(SystemPart):
    """How readers learn that a row was deleted in the source. Without it the row is just gone."""

    show: Literal["marked", "only"] = "marked"
    """`marked`: it stays in the list; `only`: the endpoint lists deleted rows alone, by key and time."""
    time_column: str | None = "deleted_at"
    """Column that holds the time at which it was deleted, else null; None: there is none."""
    flag_column: str | None = None
    """Column that says whether it was deleted; None: there is none."""

    @model_validator(mode="after")
    def _is_told(self) -> "DeletedRows":
        if self.time_column is None and self.flag_column is None:
            raise ValueError("one of time_column and flag_column must be there")
        return self


def _as_since(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class TableView(SystemPart):
    """The rows of a table that an endpoint, an export or a field of GraphQL lists."""

    table: str
    """Table of the generated day."""
    description: str = ""
    """What a row is; readers see it in the documentation that is made from the spec."""
    key: Names = ()
    """Columns that tell rows apart; needed where deleted rows are shown."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Column -> what its readers must know; for the documentation."""
    hidden_columns: Names = ()
    """Columns that are not shown here."""
    since: Annotated[Since | None, BeforeValidator(_as_since, json_schema_input_type=str | Since | None)] = None
    """Which rows are new; None: readers get all of them."""
    filters: Names = ()
    """Columns by which readers may ask for rows: a parameter of the same name, equal values."""
    deleted: DeletedRows | None = None
    """How deleted rows are told; None: they are gone."""

    @model_validator(mode="after")
    def _deleted_rows_have_a_key(self) -> "TableView":
        if self.deleted and not self.key:
            raise ValueError("deleted needs key, the columns that tell rows apart")
        return self
