"""A world: `dbt_projects/<world>/world.yaml` and `tables.yaml`."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from benchmark.generator_parameters import Dials
from benchmark.graph_rules import PolicyRule
from benchmark.incident_options import IncidentOptions
from benchmark.noise_rules import AnyNoise, check_noise
from benchmark.source_systems import GivenSystem, SystemSpec, named_systems
from benchmark.tables import TableName, TablesFile, TableSpec
from benchmark.world_data import Generator, TableRoles, as_generator
from benchmark.yaml_files import read_spec, validate_spec

_OF_THE_MACHINE = ("localtime", "posixrules", "Factory")
"""Files beside the zones that say what the machine's own is, or none."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a path that leads out, or a folder of zones
        raise ValueError(f"'{name}' is no time zone; write one like UTC or Europe/Amsterdam") from error
    if name in _OF_THE_MACHINE or name.startswith(("posix/", "right/")):
        raise ValueError(f"'{name}' is not the same zone on every machine; write one like UTC or Europe/Amsterdam")
    return name


class WorldFile(BaseModel):
    """The content of `world.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    description: str
    owner: str
    generator: Annotated[Generator, BeforeValidator(as_generator, json_schema_input_type=str | Generator)]
    """What makes the data: queries, a frozen extract, or a Python module; a text alone is the path of a module."""
    start_date: date
    """First day of history."""
    clock_time: time
    """Time of day (UTC) at which the pinned clock stands on each as-of day."""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """Zone in which the people of the world name the day of a run, in tickets for example."""
    days: int = Field(default=14, ge=1)
    """Days of history on day 1."""
    scale: int = Field(default=1, ge=1)
    """Multiplies entities, where nobody asks for another scale; a generator in Python may know no other than 1."""
    visible_seed: int = 0
    systems: Annotated[dict[str, SystemSpec], BeforeValidator(named_systems)] = {}
    """The source systems by name, each with what its users are told."""
    data: dict[str, TableRoles] = {}
    """Generated table -> what its columns are for; of a generator in Python each table of a system is one."""
    noise: Annotated[tuple[AnyNoise, ...], AfterValidator(check_noise)] = ()
    """What goes wrong between what happened and what the source systems show; for a generator in SQL or an extract."""
    incidents: IncidentOptions = IncidentOptions()
    """What the incidents leave out, and how they differ. A world with a generator in Python has them where it says so,
    for example `incidents: {}`."""
    data_packages: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")], ...] = ()
    """Installed distributions with the data that a generator in Python reads; hidden from whoever works on a task."""
    policy: tuple[PolicyRule, ...] = ()
    """Rules that the dbt graph of a submission is held to, beside the score, unless a task names its own."""

    @model_validator(mode="after")
    def _python_declares_no_noise(self) -> "WorldFile":
        if self.generator.python is not None and "noise" in self.model_fields_set:
            raise ValueError("'noise' is for a generator in SQL or an extract; a Python module has its own")
        return self

    @model_validator(mode="after")
    def _only_python_has_packages(self) -> "WorldFile":
        if self.generator.python is None and self.data_packages:
            raise ValueError("'data_packages' is for a generator in Python; queries and extracts read none")
        return self

    @model_validator(mode="after")
    def _late_rows_have_come_by_day_2(self) -> "WorldFile":
        at = self.incidents.late.at if self.incidents.late else None
        if at is not None and at >= self.clock_time:
            raise ValueError(f"incidents.late.at is {at}, but must be before clock_time ({self.clock_time})")
        return self

    @model_validator(mode="after")
    def _tables_are_given_once(self) -> "WorldFile":
        for table, names in self._givers().items():
            if len(names) > 1:
                raise ValueError(f"table {table} is given by systems {' and '.join(names)}")
        return self

    def dials(self, seed: int | None = None, day: int = 1, scale: int | None = None) -> Dials:
        """The dials of the world's data.

        Args:
            seed: None: what agents see.
            day: As-of day.
            scale: None: the world's.
        """
        return Dials(
            self.visible_seed if seed is None else seed, self.days, day, self.scale if scale is None else scale
        )

    def _givers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for system in self.systems.values():
            if not isinstance(system, GivenSystem):
                continue
            for table in system.tables:
                found.setdefault(f"{system.raw_schema}.{table}".lower(), []).append(system.name)
        return found

    @property
    def given_tables(self) -> frozenset[str]:
        """`schema.table`, in small letters, of the tables that no connection loads."""
        return frozenset(self._givers())


class World(BaseModel):
    """A world and where it lies."""

    model_config = ConfigDict(frozen=True)

    spec: WorldFile
    tables: dict[TableName, TableSpec]
    folder: Path

    @model_validator(mode="after")
    def _folder_has_its_name(self) -> "World":
        if self.folder.name != self.spec.id:
            raise ValueError(f"id '{self.spec.id}' must be the folder's name '{self.folder.name}'")
        return self

    @property
    def id(self) -> str:
        """Name of the world."""
        return self.spec.id

    @property
    def project_dir(self) -> Path:
        """The whole correct pipeline."""
        return self.folder / "project"

    @property
    def expectations_dir(self) -> Path:
        """Suites of Great Expectations, which no agent sees; need not exist. `quality/` is its earlier name."""
        earlier = self.project_dir / "quality"
        return earlier if earlier.is_dir() else self.project_dir / "expectations"

    def pinned_now(self, dials: Dials) -> datetime:
        """The instant, in UTC, at which every clock of the warehouse stands on the as-of day."""
        as_of = self.spec.start_date + timedelta(days=dials.days - 1 + dials.day - 1)
        return datetime.combine(as_of, self.spec.clock_time, tzinfo=UTC)

    def day_of_run(self, dials: Dials) -> date:
        """The day of a run as people name it: that of the pinned instant in the zone of the world."""
        return self.pinned_now(dials).astimezone(ZoneInfo(self.spec.time_zone)).date()


def read_world(folder: Path) -> World:
    """Read `world.yaml` and `tables.yaml` of a folder.

    Raises:
        SpecError: A file is missing or not valid.
    """
    path = folder / "world.yaml"
    spec = read_spec(path, WorldFile)
    tables = read_spec(folder / "tables.yaml", TablesFile)
    return validate_spec({"spec": spec, "tables": tables.tables, "folder": folder}, World, path)
