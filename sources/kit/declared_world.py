"""A world that is written, not programmed: from its `world.yaml` to its generator, systems and incidents."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.generator_parameters import Dials
from benchmark.source_systems import (
    DeliveringSystem,
    GivenSystem,
    HttpSystem,
    MongodbSystem,
    MysqlSystem,
    PostgresSystem,
    SystemSpec,
)
from benchmark.world import WorldFile
from sources.contract import Delivery, GeneratedDay, WorldSources
from sources.kit.clock import WorldClock, check_dials
from sources.kit.deliveries import deliveries_of, with_file_noise
from sources.kit.errors import GeneratorError
from sources.kit.incidents import declared_incidents
from sources.kit.noise import open_noise
from sources.kit.shown_tables import ShownTables
from sources.kit.source_tables import SourceTables

if TYPE_CHECKING:
    import pyarrow

    from sources.kit.table_maker import TableMaker

SPEC_FILE = "world.yaml"


def declared_sources(spec: WorldFile, folder: Path) -> WorldSources:
    """The sources of a declared world.

    Args:
        spec: Its `world.yaml`.
        folder: Where that lies; the generator's files are below.

    Raises:
        GeneratorError: A file is missing, or a system shows a table that no generator makes.
    """
    world = DeclaredWorld(spec, folder)
    systems = tuple(spec.systems.values())
    return WorldSources(
        id=spec.id,
        package="sources.kit",
        generate=world.generate,
        systems=systems,
        incidents=declared_incidents(spec.incidents, world.tables, systems),
        made_from=(folder / SPEC_FILE, *world.generator.files()),
    )


@dataclass(frozen=True)
class DeclaredWorld:
    """A world's data: generated tables, noise, and what each system shows of them."""

    spec: WorldFile
    folder: Path

    @property
    def clock(self) -> WorldClock:
        """The world's calendar."""
        return WorldClock(self.spec.start_date, self.spec.clock_time)

    @cached_property
    def generator(self) -> "TableMaker":
        """What makes its tables, in SQL or from an extract."""
        declared = self.spec.generator
        if declared.sql is not None:
            from sources.kit.sql_generator import SqlGenerator

            return SqlGenerator(self.folder / declared.sql, self.clock, self.spec.data)
        from sources.kit.extract import ExtractGenerator

        assert declared.extract is not None
        return ExtractGenerator(self.folder / declared.extract, self.clock, self.spec.data)

    @cached_property
    def tables(self) -> SourceTables:
        """Which generated table is behind each table of a system.

        Raises:
            GeneratorError: None is.
        """
        known = self.generator.table_names()
        generated = {}
        for spec in self.spec.systems.values():
            for table in tables_of(spec):
                wanted = generated_table(spec, table)
                own = f"{spec.name}__{wanted}"
                name = own if own in known else wanted
                if name not in known:
                    raise GeneratorError(
                        f"systems.{spec.name} of {self.folder / SPEC_FILE}",
                        f"no generated table is called '{wanted}' or '{own}'; known: {', '.join(known)}.",
                    )
                generated[f"{spec.name}.{table}"] = name
        for rule in self.spec.noise:
            if rule.table not in known:
                raise GeneratorError(
                    f"noise {rule.kind} of {self.folder / SPEC_FILE}",
                    f"there is no table '{rule.table}'; known: {', '.join(known)}.",
                )
        return SourceTables(generated, self.spec.data)

    def generate(self, dials: Dials) -> GeneratedDay:
        """Make the state of every source system: a function of the dials and of nothing else.

        Raises:
            DialsError: The dials are out of range.
            GeneratorError: The declaration, a query or the extract is not right.
        """
        check_dials(self.spec.id, dials)
        now = self.clock.now(dials)
        with (
            self.generator.made(dials, now) as made,
            open_noise(self.spec.noise, self.spec.data, dials.seed) as noise,
        ):
            shown = ShownTables(made, noise, self.spec.data)
            tables = {
                f"{spec.name}.{table}": self._shown(spec, table, shown, now)
                for spec in self.spec.systems.values()
                if not isinstance(spec, DeliveringSystem)
                for table in tables_of(spec)
            }
            return GeneratedDay(dials, now, tables, self._deliveries(dials, now, shown))

    def _deliveries(self, dials: Dials, now: datetime, shown: ShownTables) -> tuple[Delivery, ...]:
        found: list[Delivery] = []
        for spec in self.spec.systems.values():
            if isinstance(spec, DeliveringSystem):
                names = {table: self.tables.generated[f"{spec.name}.{table}"] for table in tables_of(spec)}
                found += deliveries_of(spec, names, shown, self.clock, dials)
        return with_file_noise(found, self.spec.noise, self.tables.generated, dials.seed, now)

    def _shown(self, spec: SystemSpec, table: str, shown: ShownTables, now: datetime) -> "pyarrow.Table":
        """The columns that a system declares, in its order; all of them where it declares none."""
        name = self.tables.generated[f"{spec.name}.{table}"]
        rows = shown.state(name, now)
        if rows is None:
            raise GeneratorError(
                f"systems.{spec.name} of {self.folder / SPEC_FILE}",
                f"the generated table '{name}' has no column that a source system could show.",
            )
        declared = spec.tables[table].columns if isinstance(spec, PostgresSystem | MysqlSystem | GivenSystem) else ()
        if not declared:
            return rows
        if missing := [column for column in declared if column not in rows.column_names]:
            raise GeneratorError(
                f"systems.{spec.name}.tables.{table} of {self.folder / SPEC_FILE}",
                f"the generated table '{name}' has no column '{missing[0]}' (columns: {', '.join(rows.column_names)}).",
            )
        return rows.select(list(declared))


def generated_table(spec: SystemSpec, table: str) -> str:
    """The generated table that a system's table shows, where it has no `<system>__<table>` of its own."""
    return (spec.files[table].table if isinstance(spec, DeliveringSystem) else "") or table


def tables_of(spec: SystemSpec) -> tuple[str, ...]:
    """The tables that a system shows, each once; of one that files are delivered into, its streams."""
    match spec:
        case PostgresSystem() | MysqlSystem() | GivenSystem():
            return tuple(spec.tables)
        case HttpSystem():
            return spec.tables
        case MongodbSystem():
            return tuple(spec.collections)
        case DeliveringSystem():
            return tuple(spec.files)
