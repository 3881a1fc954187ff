"""What the making of tables may cost in an `optimize` task: the key `work` of `task.yaml`."""

from pydantic import BaseModel, ConfigDict, Field

from benchmark.tables import TableName


class WorkSpec(BaseModel):
    """A limit of rows that are handled, as DuckDB counts them; no clock is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: tuple[TableName, ...] = Field(min_length=1)
    """Scored tables whose making is measured, with that of all models upstream of them."""
    limit: float = Field(ge=1)
    """Rows that may be handled, as a multiple of those that the solution handles on the same data."""
