"""The incidents of the world, on its real source systems: what their readers get, and what stays as it was."""

import csv
import gzip
import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay
from sources.incidents import CALM, get_incident
from sources.registry import load_sources
from sources.systems.client import SourceSystems
from tests.helpers.flights_history import History
from tests.helpers.source_calls import observations, rows

DAYS = 10
NEW_COLUMNS = {
    "operations.schedules": "gate",
    "operations.departures": "runway",
    "operations.arrivals": "belt",
    "weather.observations": "cloud_cover_pct",
    "weather.stations": "elevation_ft",
}
EMPTIED = {
    "operations.departures": (("tail_number",), "recorded_at"),
    "operations.arrivals": (("air_time_minutes",), "recorded_at"),
    "weather.observations": (("wind_gust_mph", "pressure_mb"), "updated_at"),
}


def meets(day: GeneratedDay, incident: str) -> GeneratedDay:
    change = get_incident("flights", incident).change
    assert change is not None
    return change(day)


def columns(environment: dict[str, str], table: str) -> list[str]:
    found = rows(
        environment,
        "select table_name, column_name from information_schema.columns where table_schema = 'ops' "
        "order by table_name, ordinal_position",
    )
    return [column for name, column in found if name == table]


def test_drift_shows_in_every_kind_of_source(tmp_path: Path) -> None:
    with SourceSystems("flights", Dials(1, 2, 2), tmp_path / "systems", incident="drift") as systems:
        environment = systems.environment
        assert columns(environment, "schedules")[:2] == ["gate", "updated_at"]
        assert columns(environment, "schedules")[-1] == "flight_id"
        assert rows(environment, "select count(*) from ops.departures where runway is null") == [(0,)]
        known = "select count(tail_number) > 0 from ops.departures where recorded_at {} timestamptz '2013-03-02 23:30Z'"
        assert rows(environment, known.format("<=")) == [(True,)]
        assert rows(environment, known.format(">")) == [(False,)]
        record = observations(environment)[-1]
        assert list(record)[:2] == ["cloud_cover_pct", "updated_at"]
        assert (record["wind_gust_mph"], record["pressure_mb"]) == (None, None)
        folder = Path(environment["REFERENCE_DIR"])
        for name, header in (
            ("airlines_20130302.csv", ["carrier_code", "name", "valid_from", "valid_to"]),
            ("airlines_20130303.csv", ["alliance", "valid_to", "valid_from", "name", "carrier_code"]),
        ):
            with (folder / name).open(newline="") as file:
                assert next(csv.reader(file)) == header
        with gzip.open(folder / "planes_20130303.jsonl.gz", "rt") as file:
            assert next(iter(json.loads(file.readline()))) == "owner"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_drift_changes_nothing_but_shape_and_emptied_columns(history: History, seed: int) -> None:
    calm = history.day(seed, 2, DAYS)
    shown = meets(calm, "drift")
    with duckdb.connect() as connection:
        for name, table in calm.tables.items():
            emptied, cursor = EMPTIED.get(name, ((), ""))
            assert set(shown.tables[name].column_names) - set(table.column_names) == {NEW_COLUMNS[name]}
            connection.register("before", table)
            connection.register("after", shown.tables[name])
            listed = ", ".join(column for column in table.column_names if column not in emptied)
            query = f"select {listed} from before except all select {listed} from after"
            assert connection.execute(query).fetchall() == [], name
            if emptied:
                is_new = f"{cursor} > timestamptz '{calm.now - timedelta(days=1)}'"
                counts = f"select {' + '.join(f'count({column})' for column in emptied)} from {{}} where {is_new}"
                assert connection.execute(counts.format("before")).fetchone() != (0,)
                assert connection.execute(counts.format("after")).fetchone() == (0,)
    names = [file.name for file in calm.deliveries]
    assert [file.name for file in shown.deliveries] == names
    changed = [one.name for one, two in zip(calm.deliveries, shown.deliveries, strict=True) if one.table != two.table]
    assert len(changed) == 2
    assert all(name.startswith(("airlines_", "planes_")) for name in changed)


LATE_TABLES = {
    "operations.arrivals": ("recorded_at", "arrival_id"),
    "operations.departures": ("recorded_at", "departure_id"),
    "weather.observations": ("updated_at", "station, observed_at, temp_f"),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_late_rows_come_on_day_2_and_say_so(history: History, seed: int) -> None:
    first, second = (history.day(seed, day, DAYS) for day in (1, 2))
    shown_first, shown_second = meets(first, "late"), meets(second, "late")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, (cursor, key) in LATE_TABLES.items():
            days = {"calm": first, "first": shown_first, "second": shown_second, "all_there": second}
            _register(connection, days, name)
            missing = connection.execute(f"select {key} from calm except select {key} from first").fetchall()
            assert missing, f"{name}: nothing is late"
            assert connection.execute(f"select {key} from first except select {key} from calm").fetchall() == []
            assert sorted(connection.execute(f"select {key} from second").fetchall()) == sorted(
                connection.execute(f"select {key} from all_there").fetchall()
            )
            came = connection.execute(
                f"select min({cursor}), max({cursor}), min(updated_at), count(*) from second "
                f"where ({key}) in (select ({key}) from calm except select ({key}) from first)"
            ).fetchone()
            assert came is not None
            assert first.now < came[0] <= came[1] < second.now
            assert came[2] > first.now, "an incremental extraction must find it"
            assert came[3] == len(missing)
    times = shown_second.tables["weather.observations"]["updated_at"].cast("int64").to_pylist()
    assert times == sorted(times), "the service lists by updated_at"
    untouched = {"operations.schedules", "weather.stations"}
    assert all(shown_second.tables[name] == second.tables[name] for name in untouched)
    assert shown_second.deliveries == second.deliveries


def _register(connection: duckdb.DuckDBPyConnection, days: dict[str, GeneratedDay], table: str) -> None:
    for label, day in days.items():
        connection.register(label, day.tables[table])


def test_late_rows_are_more_than_a_week_old(history: History) -> None:
    calm, shown = history.day(0, 1, DAYS), meets(history.day(0, 1, DAYS), "late")
    table = calm.tables["weather.observations"]
    held = set(_hours(table)) - set(_hours(shown.tables["weather.observations"]))
    now = int(calm.now.timestamp() * 1_000_000)
    ages_days = [(now + 34_200_000_000 - hour) / 86_400_000_000 for hour in held]  # they come at 09:00, 9.5 h later
    assert 7 <= min(ages_days) <= max(ages_days) <= 8


def _hours(table: pa.Table) -> list[int]:
    """Hours of the one station that is out at seed 0."""
    stations, hours = table["station"].to_pylist(), table["observed_at"].cast("int64").to_pylist()
    return [hour for station, hour in zip(stations, hours, strict=True) if station == "EWR"]


def test_incidents_are_found_by_name_or_path() -> None:
    assert get_incident("flights", "") is CALM
    assert get_incident("flights", "sources.incidents:CALM") is CALM
    with pytest.raises(
        UnknownNameError, match=r"Unknown incident 'flood'\. Known: drift, faults, late, outage, recovered, spoiled"
    ):
        get_incident("flights", "flood")
    with pytest.raises(LockgateError, match=r"Incident 'sources\.incidents:NONE' cannot be loaded"):
        get_incident("flights", "sources.incidents:NONE")
    assert set(load_sources("flights").incidents) == {"faults", "recovered", "drift", "late", "outage", "spoiled"}
