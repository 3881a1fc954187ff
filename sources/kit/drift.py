"""The incident `drift`: another shape of the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.incident_options import DriftOptions
from benchmark.source_systems import MysqlColumn, MysqlSystem, PostgresColumn, PostgresSystem, SystemSpec
from benchmark.spelling import allowed_names
from benchmark.world_data import TableRoles
from sources.contract import Delivery, GeneratedDay
from sources.kit.errors import GeneratorError
from sources.kit.python_draws import draw
from sources.kit.source_tables import SourceTables, changed, key_list
from sources.kit.states import as_instant, load_column, update_column

if TYPE_CHECKING:
    import pyarrow

NEW_COLUMNS = ("source_version", "batch_label", "channel", "import_note", "region_hint")
"""Names of which a table gains one, where the world does not say which."""
DRIFT_AGE = timedelta(days=1)
"""The drift began so long before the clock; rows and files from then on show it."""


@dataclass(frozen=True)
class Drift:
    """Another shape of the same rows."""

    options: DriftOptions
    tables: SourceTables

    def change(self, day: GeneratedDay) -> GeneratedDay:
        """Every table, and the newest file of each kind.

        Raises:
            GeneratorError: An option does not fit its table.
        """
        began_at = day.now - DRIFT_AGE
        seed = day.dials.seed
        return replace(
            day,
            tables={
                name: self._table(self.tables.behind(*name.split(".", 1)), table, seed, began_at)
                for name, table in day.tables.items()
            },
            deliveries=tuple(
                self._file(file, seed, began_at) if file.delivered_at > began_at else file for file in day.deliveries
            ),
        )

    def change_systems(self, systems: tuple[SystemSpec, ...]) -> tuple[SystemSpec, ...]:
        """The columns of databases."""
        return tuple(
            self._database(spec) if isinstance(spec, PostgresSystem | MysqlSystem) else spec for spec in systems
        )

    def _database(self, spec: PostgresSystem | MysqlSystem) -> SystemSpec:
        column_type = PostgresColumn if isinstance(spec, PostgresSystem) else MysqlColumn
        drifted = {}
        for name, table in spec.tables.items():
            generated = self.tables.behind(spec.name, name)
            columns: dict[str, PostgresColumn | MysqlColumn] = {**table.columns}
            if generated not in self.options.left_out:
                declared = self.options.new_columns.get(generated)
                new = column_type(type=declared.type if declared else "text")
                columns = {self._new_name(generated, columns): new} | dict(reversed(columns.items()))
            drifted[name] = table.model_copy(update={"columns": columns})
        return spec.model_copy(update={"tables": drifted})

    def _file(self, file: Delivery, seed: int, began_at: datetime) -> Delivery:
        generated = self.tables.behind(file.system, file.stream)
        return replace(file, table=self._table(generated, file.table, seed, began_at))

    def _table(self, generated: str, table: "pyarrow.Table", seed: int, began_at: datetime) -> "pyarrow.Table":
        if generated in self.options.left_out:
            return table
        roles = self.tables.roles_of(generated)
        declared = self.options.new_columns.get(generated)

        def query(types: dict[str, str]) -> str:
            cursor = self._cursor(generated, roles, types)
            value = declared.value if declared else f"'v' || (1 + pick({key_list(roles, types)}, 'drift', 9))"
            expressions = [f"({value}) as {self._new_name(generated, types)}"]
            for column in reversed(types):
                value = quote(column)
                if column in roles.optional and cursor:
                    value = f"case when {as_instant(cursor)} <= timestamptz '{began_at.isoformat()}' then {value} end"
                expressions.append(f"{value} as {quote(column)}")
            return f"select {', '.join(expressions)} from shown"

        own_sql = {f"incidents.drift.new_columns.{generated}.value": declared.value} if declared else None
        return changed(table, generated, seed, query, own_sql)

    def _new_name(self, generated: str, columns: Mapping[str, object]) -> str:
        """The column that a table gains: by its name, the same in every seed."""
        if declared := self.options.new_columns.get(generated):
            if declared.name in columns:
                raise GeneratorError(
                    f"incidents.drift.new_columns.{generated}.name in world.yaml",
                    f"the table has a column '{declared.name}' already; give another name.",
                )
            return declared.name
        first = int(draw(0, generated, "", "drift column") * len(NEW_COLUMNS))
        names = (*NEW_COLUMNS[first:], *NEW_COLUMNS[:first], *(f"extra_{number}" for number in range(len(columns))))
        return next(name for name in names if name not in columns)

    def _cursor(self, generated: str, roles: TableRoles, types: Mapping[str, str]) -> str | None:
        """The time that tells new rows from old ones."""
        if named := self.options.empty_since.get(generated):
            where = f"incidents.drift.empty_since.{generated} in world.yaml"
            if named not in types:
                raise GeneratorError(where, f"there is no column '{named}'; {allowed_names(named, types)}.")
            if not _is_time(types[named]):
                raise GeneratorError(where, f"column '{named}' is {types[named]}, but must be a date or a timestamp.")
            return named
        columns = list(types)
        found = (update_column(roles, columns), load_column(roles, columns), roles.event_time)
        return next((column for column in found if column and _is_time(types.get(column, ""))), None)


def _is_time(type_: str) -> bool:
    return type_.startswith(("TIMESTAMP", "DATE"))
