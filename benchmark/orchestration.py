"""What a task of kind `orchestrate` asks of Dagster definitions: the key `orchestration` of `task.yaml`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DEFINITIONS_FOLDER = "dagster_project"
DEFINITIONS = f"{DEFINITIONS_FOLDER}/definitions.py"
"""Where the definitions stand in the workspace."""

DagsterName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*$", max_length=100)]
"""Name of a job, or key of an asset with `/` between its parts."""


class Schedule(BaseModel):
    """When a job starts by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cron: str = Field(min_length=9)
    """Five fields, as `30 22 * * *`."""
    timezone: str = "UTC"
    """Name of the time zone, as `Europe/Berlin`."""


class JobToRun(BaseModel):
    """A job that each run of the pipeline starts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: DagsterName
    partitions: Literal["none", "day", "history"] = "none"
    """`day`: it is started for the as-of day; `history`: for every day of the data up to that day, oldest first."""
    schedule: Schedule | None = None
    """One that the definitions must have; None = they need none."""


class OrchestrationSpec(BaseModel):
    """What is run, and what the definitions must say of themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs: tuple[JobToRun, ...] = Field(min_length=1)
    """In the order in which they are started; one that fails keeps no later one from starting."""
    assets: dict[DagsterName, tuple[DagsterName, ...]] = Field(default_factory=dict)
    """Key of an asset that must be there -> those that must be upstream of it, at any distance."""
    checks: tuple[DagsterName, ...] = ()
    """Assets that must have an asset check."""
