"""What the tasks of the world `flights` claim: examples in tickets, silent faults, requirements that can be missed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task, get_world, list_tasks
from benchmark.task import Task
from benchmark.workspace import lay_solution, lay_start
from evaluators.scenarios import SCENARIOS, get_scenario
from sources.flights.generator import generate
from tests.helpers.flights_pipeline import Pipeline

MakePipeline = Callable[[int, int], Pipeline]
CORE = ("visible", "holdout", "rerun", "day2")
FOR_PIPELINES = [name for name in SCENARIOS if name not in CORE and get_scenario(name).kinds is None]
"""No task of the repository has Dagster definitions yet, for which there are further scenarios."""
REPAIRS = [task.id for task in list_tasks() if task.world.id == "flights" and task.spec.kind == "repair"]


@pytest.fixture(scope="module")
def visible_data() -> duckdb.DuckDBPyConnection:
    """What the source systems of `flights` hold for agents: tables named as in the raw schemas."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    spec = get_world("flights").spec
    for name, table in generate(Dials(spec.visible_seed, spec.days)).tables.items():
        connection.register("made", table)
        connection.execute(f"create table {name.partition('.')[2]} as from made")
        connection.unregister("made")
    return connection


@pytest.mark.parametrize(
    ("carrier", "number", "first", "valid"),
    [("UA", 987, "03/01/2013 4:15 PM", "03/01/2013 4:20 PM"), ("EV", 4672, "2013-03-01 22:08", "2013-03-01 21:59")],
)
def test_disputed_departures_of_the_ticket_are_in_the_data(
    visible_data: duckdb.DuckDBPyConnection, carrier: str, number: int, first: str, valid: str
) -> None:
    messages = visible_data.sql(
        f"""
        select departed_at, departures.updated_at
        from departures inner join schedules using (flight_id)
        where carrier_code = '{carrier}' and flight_number = {number}
            and scheduled_departure_local::date = date '2013-03-01'
        order by recorded_at
        """
    ).fetchall()
    assert [departed for departed, _ in messages] == [first, valid]
    assert messages[0][1] > messages[1][1]


@pytest.mark.parametrize(
    ("station", "day", "column", "local", "utc"),
    [
        ("JFK", "2013-03-07", "sum(precip_in)", 0.07, 0.0),
        ("JFK", "2013-03-08", "sum(precip_in)", 0.18, 0.25),
        ("LGA", "2013-03-02", "min(visibility_miles)", 5.0, 10.0),
    ],
)
def test_blamed_weather_of_the_ticket_is_in_the_data(
    visible_data: duckdb.DuckDBPyConnection, station: str, day: str, column: str, local: float, utc: float
) -> None:
    for zone, expected in (("America/New_York", local), ("UTC", utc)):
        found = visible_data.sql(
            f"""
            with latest as (
                select * from observations
                qualify row_number() over (partition by station, observed_at order by updated_at desc) = 1
            )
            select round({column}, 2) from latest
            where station = '{station}' and (observed_at at time zone '{zone}')::date = date '{day}'
            """
        ).fetchone()
        assert found == (expected,)


def pipeline_of(make_pipeline: MakePipeline, task: str, lay: Callable[[Task, Path], None]) -> Pipeline:
    """A warehouse with the dbt project of a task's start or solution, on the visible data."""
    pipeline = make_pipeline(0, 14)
    lay(get_task(task), pipeline.folder / "laid")
    shutil.rmtree(pipeline.folder / "dbt")
    (pipeline.folder / "laid/dbt").rename(pipeline.folder / "dbt")
    return pipeline


@pytest.mark.slow
@pytest.mark.parametrize("task", REPAIRS)
def test_no_check_of_the_project_finds_the_fault(make_pipeline: MakePipeline, task: str) -> None:
    pipeline_of(make_pipeline, task, lay_start).build(1)


RULE_COLUMNS = {
    "is_on_time", "n_on_time", "on_time_share", "on_time_share_7_days", "on_time_rank", "n_departed_late",
    "departed_late_share", "n_late_legs",
}  # fmt: skip


@pytest.mark.slow
def test_the_short_haul_agreement_changes_nothing_else(make_pipeline: MakePipeline) -> None:
    before = pipeline_of(make_pipeline, "flights_short_haul_punctuality", lay_start)
    after = pipeline_of(make_pipeline, "flights_short_haul_punctuality", lay_solution)
    for pipeline in (before, after):
        pipeline.build(1)
    tables = before.columns()
    assert tables.keys() == after.columns().keys()
    for name, columns in tables.items():
        listed = ", ".join(column for column in columns if column not in RULE_COLUMNS)
        query = f"select {listed} from {name} order by all"
        pandas.testing.assert_frame_equal(before.query(query), after.query(query), obj=name)
    judged = "select flight_id, is_on_time, flight_date, distance_miles, arrival_delay_minutes from marts.flights"
    both = before.query(judged).merge(after.query(judged), on="flight_id", suffixes=("_before", ""))
    changed = both[both["is_on_time"].fillna(False) != both["is_on_time_before"].fillna(False)]
    assert str(changed["flight_date"].min()) >= "2013-03-08"
    assert changed["distance_miles"].max() < 500
    assert (changed["arrival_delay_minutes"].min(), changed["arrival_delay_minutes"].max()) == (10, 14)


LEDGER = "dbt/models/marts/ledger/flight_ledger.sql"
FORGETFUL = {
    "full refresh": (
        "materialized='incremental',\n        unique_key='flight_id',\n        incremental_strategy='delete+insert',\n"
        "        on_schema_change='fail'",
        "materialized='table'",
    ),
    "only recent dates": (
        "    select * from {{ ref('int_flights_carriers_resolved') }}\n\n),\n\nknown",
        "    select * from {{ ref('int_flights_carriers_resolved') }}\n"
        "    {% if is_incremental() %} where flight_date >= current_date - 1 {% endif %}\n\n),\n\nknown",
    ),
    "deleted flights are not noticed": (
        "{% if is_incremental() %}\n        union all",
        "{% if false %}\n        union all",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", FORGETFUL.values(), ids=FORGETFUL.keys())
def test_a_ledger_that_forgets_is_wrong_on_the_second_day(make_pipeline: MakePipeline, change: tuple[str, str]) -> None:
    right = pipeline_of(make_pipeline, "flights_schedule_ledger", lay_solution)
    wrong = pipeline_of(make_pipeline, "flights_schedule_ledger", lay_solution)
    model = wrong.folder / LEDGER
    assert model.read_text().count(change[0]) == 1
    model.write_text(model.read_text().replace(*change))
    columns = ", ".join(get_task("flights_schedule_ledger").scored_tables["marts.flight_ledger"].columns)
    for day, is_same in ((1, True), (2, False)):
        for pipeline in (right, wrong):
            pipeline.build(day, has_tests=False)
        rows = [
            pipeline.query(f"select {columns} from marts.flight_ledger order by flight_id")
            for pipeline in (right, wrong)
        ]
        assert rows[0].equals(rows[1]) == is_same, f"day {day}"


def test_every_kind_that_the_world_promises_is_there() -> None:
    kinds = [task.spec.kind for task in list_tasks() if task.world.id == "flights"]
    assert {"load", "impl", "evol", "repair", "incremental"} <= set(kinds)
    assert len(kinds) >= 6
    assert any(task.spec.kind == "impl" and task.spec.difficulty == "hard" for task in list_tasks())
    assert len({task.id for task in list_tasks()}) == len(list_tasks())


@pytest.mark.parametrize("scenario", FOR_PIPELINES)
def test_every_scenario_is_scored_by_two_tasks(scenario: str) -> None:
    assert sum(scenario in task.spec.scenarios for task in list_tasks()) >= 2
