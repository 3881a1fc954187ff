"""The incidents of the world: faults and what comes after them, drift of the sources' shape, rows a week late.

Everything happens at the boundary: a generated day goes in, the day as the source systems show it comes out.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from benchmark.source_systems import PostgresColumn, PostgresSystem, SystemSpec
from sources.contract import GeneratedDay, Incident
from sources.systems.faults import FileFaults, HttpFaults

if TYPE_CHECKING:
    import pyarrow

NEW_COLUMNS = {
    "operations.schedules": ("gate", "text", "'G' || flight_id % 60"),
    "operations.departures": ("runway", "text", "'R' || departure_id % 4"),
    "operations.arrivals": ("belt", "integer", "(arrival_id % 12)::integer"),
    "weather.observations": ("cloud_cover_pct", "integer", "(humidity_pct::integer * 7) % 101"),
    "weather.stations": ("elevation_ft", "integer", "length(name)::integer"),
    "airlines": ("alliance", "text", "'Alliance ' || length(name) % 3"),
    "planes": ("owner", "text", "'Lessor ' || length(tail_number) % 5"),
}
"""Table or stream of files -> the column it gains: name, PostgreSQL type, value in DuckDB SQL."""
EMPTIED = {
    "operations.departures": (("tail_number",), "recorded_at"),
    "operations.arrivals": (("air_time_minutes",), "recorded_at"),
    "weather.observations": (("wind_gust_mph", "pressure_mb"), "updated_at"),
}
"""Table -> optional columns that stay empty from now on, and the time that tells new rows."""
DRIFT_AGE = timedelta(days=1)
"""The drift began so long before the clock; rows and files from then on show it."""
LATE_AFTER = timedelta(days=7)
"""How late the late rows are, at least; at most a day more."""
_DELIVERY_TIME = time(9)


def drifted(day: GeneratedDay) -> GeneratedDay:
    """Every table has one more column, in front, and the others in reverse order; some optional ones stay empty.

    Only the newest file of each stream shows it: older ones were written before.
    """
    began_at = day.now - DRIFT_AGE
    tables = {name: _drifted_table(name, table, began_at) for name, table in day.tables.items()}
    deliveries = tuple(
        replace(delivery, table=_drifted_table(delivery.stream, delivery.table, began_at))
        if delivery.delivered_at > began_at
        else delivery
        for delivery in day.deliveries
    )
    return replace(day, tables=tables, deliveries=deliveries)


def _drifted_table(name: str, table: "pyarrow.Table", began_at: datetime) -> "pyarrow.Table":
    if name not in NEW_COLUMNS:
        return table
    column, _, value = NEW_COLUMNS[name]
    emptied, cursor = EMPTIED.get(name, ((), ""))
    expressions = [f"{value} as {column}"]
    for known in reversed(table.column_names):
        is_emptied = known in emptied
        expressions.append(
            f"case when {cursor} <= timestamptz '{began_at.isoformat()}' then {known} end as {known}"
            if is_emptied
            else known
        )
    return _query(f"select {', '.join(expressions)} from shown", table)


def drifted_systems(systems: tuple[SystemSpec, ...]) -> tuple[SystemSpec, ...]:
    """The same shape in the tables that a database declares."""
    return tuple(_drifted_database(system) if isinstance(system, PostgresSystem) else system for system in systems)


def _drifted_database(system: PostgresSystem) -> PostgresSystem:
    tables = {}
    for name, table in system.tables.items():
        column, kind, _ = NEW_COLUMNS[f"{system.name}.{name}"]
        columns = {column: PostgresColumn(type=kind)} | dict(reversed(table.columns.items()))
        tables[name] = table.model_copy(update={"columns": columns})
    return system.model_copy(update={"tables": tables})


def late(day: GeneratedDay) -> GeneratedDay:
    """Some rows of one day of the history come more than a week after it, in the morning of day 2.

    Half of its arrivals, half of the departure messages that were sent again, and all that one weather station had
    observed. Before, they are not there; afterwards, they say that they were recorded and written that morning.
    """
    first_now = day.now - timedelta(days=day.dials.day - 1)
    delivered_at = datetime.combine(first_now.date() + timedelta(days=1), _DELIVERY_TIME, tzinfo=first_now.tzinfo)
    window = (
        f"between timestamptz '{(delivered_at - LATE_AFTER - timedelta(days=1)).isoformat()}' "
        f"and timestamptz '{(delivered_at - LATE_AFTER).isoformat()}'"
    )
    station = ("EWR", "JFK", "LGA")[day.dials.seed % 3]
    has_come = day.dials.day > 1
    tables = dict(day.tables)
    for name, condition, times in (
        ("arrivals", f"recorded_at {window} and arrival_id % 2 = 0", ("recorded_at", "updated_at")),
        (
            "departures",
            f"recorded_at {window} and departure_id % 2 = 0 and lag(departure_id) over messages is not null",
            ("recorded_at", "updated_at"),
        ),
        ("observations", f"observed_at {window} and station = '{station}'", ("updated_at",)),
    ):
        system = "weather" if name == "observations" else "operations"
        tables[f"{system}.{name}"] = _late_table(
            day.tables[f"{system}.{name}"], condition, times, delivered_at, has_come
        )
    return replace(day, tables=tables)


def _late_table(
    table: "pyarrow.Table", condition: str, times: tuple[str, ...], delivered_at: datetime, has_come: bool
) -> "pyarrow.Table":
    order = ", ".join((times[-1], *table.column_names[:2]))  # Time and key: no two rows share both.
    messages = "window messages as (partition by flight_id order by recorded_at, departure_id)"
    marked = (
        f"select *, {condition} as is_late, row_number() over (order by {order}) as number from shown "
        f"{messages if 'messages' in condition else ''}"
    )
    if not has_come:
        return _query(f"select * exclude (is_late, number) from ({marked}) where not is_late order by number", table)
    came = (
        f"timestamptz '{delivered_at.isoformat()}' + to_seconds(sum(is_late::integer) over (order by number)::integer)"
    )
    moved = ", ".join(f"case when is_late then greatest({name}, {came}) else {name} end as {name}" for name in times)
    return _query(
        f"select * exclude (is_late, number) replace ({moved}) from ({marked}) order by {times[-1]}, number", table
    )


def _query(statement: str, shown: "pyarrow.Table") -> "pyarrow.Table":
    """Run SQL over one table, which it calls `shown`."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("shown", shown)
        return connection.execute(statement).to_arrow_table()


_REDELIVERED = ("airports", "airlines", "planes")

INCIDENTS = {
    "faults": Incident(
        http_faults=lambda seed: HttpFaults(seed, is_first_page_twice=True),
        file_faults=lambda seed: FileFaults(seed, cut=("airlines", "planes"), again=_REDELIVERED),
    ),
    "recovered": Incident(file_faults=lambda seed: FileFaults(seed, again=_REDELIVERED)),
    "drift": Incident(change=drifted, change_systems=drifted_systems),
    "late": Incident(change=late),
}
"""The incidents by name. `recovered` is `faults` once the trouble is over: what was delivered again stays so."""
