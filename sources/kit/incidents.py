"""The incidents of a declared world, from the roles of its tables: no world writes its own.

- `faults`: requests to HTTP APIs fail, the newest file of each kind is there in part, the oldest comes again.
- `recovered`: what stays of `faults` once the trouble is over: files that came again.
- `drift`: every table has a column more, in front, and the others in reverse order; those that may be empty stay empty.
- `late`: half of the rows of one day come more than a week after it, between day 1 and day 2. Only where a time says
  so: tables with `loaded_at` or `updated_at`. Rows that others point to come in time: a child never comes before its
  parent, as little as it does in the source system itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.source_systems import (
    DeliveringSystem,
    MysqlColumn,
    MysqlSystem,
    PostgresColumn,
    PostgresSystem,
    SystemSpec,
)
from benchmark.world_data import IncidentOptions, LeftOut, TableRoles
from sources.contract import GeneratedDay, Incident
from sources.kit.draws import create_draws, draw_for
from sources.kit.python_draws import draw
from sources.kit.states import as_instant, column_types, load_column, order_of, update_column
from sources.systems.faults import FileFaults, HttpFaults

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

NEW_COLUMNS = ("source_version", "batch_label", "channel", "import_note", "region_hint")
"""Names of which a table gains one."""
DRIFT_AGE = timedelta(days=1)
"""The drift began so long before the clock; rows and files from then on show it."""
LATE_AFTER = timedelta(days=7)
"""How late the late rows are, at least; at most a day more."""
_COME_AFTER = timedelta(hours=12)
"""When they come, counted from the clock of day 1."""


@dataclass(frozen=True)
class SourceTables:
    """The generated tables behind what the source systems show."""

    generated: Mapping[str, str]
    """`<system>.<table>`, of a folder `<system>.<stream>` -> generated table."""
    roles: Mapping[str, TableRoles]
    """Generated table -> what its columns are for."""

    @property
    def parents(self) -> frozenset[str]:
        """Generated tables that others point to."""
        targets = (target for roles in self.roles.values() for target in roles.parents.values())
        return frozenset(target.partition(".")[0] for target in targets)

    def roles_of(self, table: str) -> TableRoles:
        """Of a generated table."""
        return self.roles.get(table, TableRoles())


def declared_incidents(
    options: IncidentOptions, tables: SourceTables, systems: tuple[SystemSpec, ...]
) -> dict[str, Incident]:
    """The incidents of a world by name, without those that it leaves out."""
    found: dict[str, Incident] = {}
    if options.faults:
        kept = tuple(
            stream
            for spec in systems
            if isinstance(spec, DeliveringSystem)
            for stream in spec.files
            if tables.generated[f"{spec.name}.{stream}"] not in options.faults.left_out
        )
        is_twice = options.faults.first_page_twice
        found["faults"] = Incident(
            http_faults=lambda seed: HttpFaults(seed, is_first_page_twice=is_twice),
            file_faults=lambda seed: FileFaults(seed, cut=kept, again=kept),
        )
        found["recovered"] = Incident(file_faults=lambda seed: FileFaults(seed, again=kept))
    if options.drift:
        drift = Drift(options.drift, tables)
        found["drift"] = Incident(change=drift.change, change_systems=drift.change_systems)
    if options.late:
        found["late"] = Incident(change=Lateness(options.late, tables).change)
    return found


@dataclass(frozen=True)
class Drift:
    """Another shape of the same rows."""

    left_out: LeftOut
    tables: SourceTables

    def change(self, day: GeneratedDay) -> GeneratedDay:
        """Every table, and the newest file of each kind."""
        began_at = day.now - DRIFT_AGE
        seed = day.dials.seed
        return replace(
            day,
            tables={
                name: self._table(self.tables.generated[name], table, seed, began_at)
                for name, table in day.tables.items()
            },
            deliveries=tuple(
                replace(
                    file,
                    table=self._table(
                        self.tables.generated[f"{file.system}.{file.stream}"], file.table, seed, began_at
                    ),
                )
                if file.delivered_at > began_at
                else file
                for file in day.deliveries
            ),
        )

    def change_systems(self, systems: tuple[SystemSpec, ...]) -> tuple[SystemSpec, ...]:
        """The columns of databases."""
        return tuple(
            self._database(spec) if isinstance(spec, PostgresSystem | MysqlSystem) else spec for spec in systems
        )

    def _database(self, spec: PostgresSystem | MysqlSystem) -> SystemSpec:
        drifted = {}
        text = PostgresColumn(type="text") if isinstance(spec, PostgresSystem) else MysqlColumn(type="text")
        for name, table in spec.tables.items():
            generated = self.tables.generated[f"{spec.name}.{name}"]
            columns: dict[str, PostgresColumn | MysqlColumn] = {**table.columns}
            if generated not in self.left_out.left_out:
                new = {_new_column(generated, tuple(columns)): text}
                columns = new | dict(reversed(columns.items()))
            drifted[name] = table.model_copy(update={"columns": columns})
        return spec.model_copy(update={"tables": drifted})

    def _table(self, generated: str, table: "pyarrow.Table", seed: int, began_at: datetime) -> "pyarrow.Table":
        if generated in self.left_out.left_out:
            return table
        roles = self.tables.roles_of(generated)

        def query(types: dict[str, str]) -> str:
            cursor = _cursor(roles, types)
            expressions = [f"'v' || (1 + pick({_key(roles, types)}, 'drift', 9)) as {_new_column(generated, types)}"]
            for column in reversed(types):
                value = quote(column)
                if column in roles.optional and cursor:
                    value = f"case when {as_instant(cursor)} <= timestamptz '{began_at.isoformat()}' then {value} end"
                expressions.append(f"{value} as {quote(column)}")
            return f"select {', '.join(expressions)} from shown"

        return _changed(table, generated, seed, query)


@dataclass(frozen=True)
class Lateness:
    """Rows that come a week late."""

    left_out: LeftOut
    tables: SourceTables

    def change(self, day: GeneratedDay) -> GeneratedDay:
        """Hold rows back on day 1; from day 2 on they are there and say when they came. Files stay as they are."""
        in_time = {*self.left_out.left_out, *self.tables.parents}
        changed = {
            name: table
            if self.tables.generated[name] in in_time
            else self._table(self.tables.generated[name], table, day)
            for name, table in day.tables.items()
        }
        return replace(day, tables=changed)

    def _table(self, generated: str, table: "pyarrow.Table", day: GeneratedDay) -> "pyarrow.Table":
        roles = self.tables.roles_of(generated)
        come_at = day.now - timedelta(days=day.dials.day - 1) + _COME_AFTER

        def query(types: dict[str, str]) -> str:
            temporal = [column for column in types if types[column].startswith("TIMESTAMP")]
            times = [
                column
                for column in dict.fromkeys((load_column(roles, list(types)), update_column(roles, list(types))))
                if column in temporal
            ]
            if not times:
                return "from shown"
            oldest, newest = come_at - LATE_AFTER - timedelta(days=1), come_at - LATE_AFTER
            is_late = (
                f"{as_instant(times[0])} between timestamptz '{oldest.isoformat()}' and "
                f"timestamptz '{newest.isoformat()}' and draw({_key(roles, types)}, 'late') < 0.5"
            )
            order = order_of(roles, list(types))
            marked = f"select *, {is_late} as late__, row_number() over (order by {order}) as place__ from shown"
            if day.dials.day == 1:
                return f"select * exclude (late__, place__) from ({marked}) where not late__ order by place__"
            came = (
                f"timestamptz '{come_at.isoformat()}' "
                "+ to_microseconds(sum(late__::bigint) over (order by place__)::bigint)"
            )
            moved = ", ".join(
                f"case when late__ then greatest({as_instant(column)}, {came})::{types[column]} "
                f"else {quote(column)} end as {quote(column)}"
                for column in times
            )
            return (
                f"select * exclude (late__, place__) from (select * replace ({moved}) from ({marked})) order by {order}"
            )

        return _changed(table, generated, day.dials.seed, query)


def _new_column(generated: str, columns: Mapping[str, str] | tuple[str, ...]) -> str:
    """The column that a table gains: by its name, the same in every seed."""
    first = int(draw(0, generated, "", "drift column") * len(NEW_COLUMNS))
    names = (*NEW_COLUMNS[first:], *NEW_COLUMNS[:first], *(f"extra_{number}" for number in range(len(columns))))
    return next(name for name in names if name not in columns)


def _cursor(roles: TableRoles, types: Mapping[str, str]) -> str | None:
    """The time that tells new rows from old ones."""
    columns = list(types)
    found = (update_column(roles, columns), load_column(roles, columns), roles.event_time)
    return next(
        (column for column in found if column and types.get(column, "").startswith(("TIMESTAMP", "DATE"))), None
    )


def _key(roles: TableRoles, types: Mapping[str, str]) -> str:
    listed = ", ".join(f"{quote(column)}::varchar" for column in (roles.key or types) if column in types)
    return f"[{listed}]"


def _changed(
    table: "pyarrow.Table", generated: str, seed: int, query: Callable[[dict[str, str]], str]
) -> "pyarrow.Table":
    """Run SQL over one table, which it calls `shown`; gets the types of its columns."""
    import duckdb

    connection: DuckDBPyConnection
    with duckdb.connect() as connection:
        create_draws(connection, seed)
        draw_for(connection, generated)
        connection.register("shown", table)
        return connection.execute(query(column_types(connection, "shown"))).to_arrow_table()
