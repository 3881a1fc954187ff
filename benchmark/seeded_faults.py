"""Seeded faults of a `data_tests` task: `faults.yaml` beside `task.yaml`. No agent sees it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.tables import Identifier, TableName
from benchmark.yaml_files import read_spec

MIN_FAULTS = 10
"""Fewer say too little about a set of tests."""


class Fault(BaseModel):
    """One way in which data can be wrong; made in gold by SQL and to be noticed by the submission's tests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Identifier
    table: TableName
    """The table that is wrong then, one of the task's."""
    breaks: str = Field(min_length=1)
    """The promise of the ticket that it breaks; a reader of the scorecard sees it."""
    sql: tuple[str, ...] = Field(min_length=1)
    """DuckDB statements on the task's tables; at least one row of `table` must change on every seed."""


class FaultsFile(BaseModel):
    """The content of `faults.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_recall: float = Field(gt=0, le=1)
    """Share of the faults that must be caught."""
    faults: tuple[Fault, ...] = Field(min_length=MIN_FAULTS)

    @model_validator(mode="after")
    def _names_differ(self) -> "FaultsFile":
        names = [fault.name for fault in self.faults]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"fault '{name}' is there twice")
        return self


def read_faults(folder: Path) -> FaultsFile | None:
    """The faults of a task's folder; None where it has none.

    Raises:
        SpecError: The file is not valid.
    """
    path = folder / "faults.yaml"
    return read_spec(path, FaultsFile) if path.is_file() else None
