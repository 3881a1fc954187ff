"""Pipelines with the mistakes that people make, whole trials on real source systems: each fails the scenario it should.

docs/scenarios.md shows these changes; it must name every one of them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.scorecard import ScenarioResult
from benchmark.workspace import lay_solution
from evaluators.evaluate import EvaluationRequest, evaluate
from evaluators.pipeline.gold import get_gold
from evaluators.scenarios import PipelineRun, Runs, days, get_scenario
from runtime.fork_client import ForkRuntime

pytestmark = pytest.mark.slow

VISIBLE, HOLDOUT = Dials(0, 10), Dials(5, 10)


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime() as started:
        started.warm("judge")
        yield started


def results(
    runtime: ForkRuntime, folder: Path, task: str, change: Callable[[Path], None], *scenarios: str
) -> dict[str, ScenarioResult]:
    """Score the solution of a task with a change to it."""
    project = folder / "project"
    lay_solution(get_task(task), project)
    change(project)
    request = EvaluationRequest(get_task(task), project, scenarios, VISIBLE, HOLDOUT, folder / "work", folder / "logs")
    found = evaluate(request, runtime, lambda *_: None, lambda _: None)
    return {result.scenario: result for result in found}


def wrong_tables(result: ScenarioResult) -> set[str]:
    return {table.table for table in result.tables if not table.verdict.is_match}


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, path
    path.write_text(text.replace(old, new))


def appends(project: Path) -> None:
    """Every record that comes is kept, whether it was there before or not."""
    for name in ("weather", "reference"):
        replace_in(project / f"el/{name}.yaml", "destination_sync_mode: append_dedup", "destination_sync_mode: append")


def test_a_pipeline_that_appends_fails_faults(runtime: ForkRuntime, tmp_path: Path) -> None:
    found = results(runtime, tmp_path, "flights_rough_nights", appends, "visible", "faults")
    assert found["visible"].is_success
    assert wrong_tables(found["faults"]) == {
        "raw_weather.observations", "raw_reference.airports", "raw_reference.airlines", "raw_reference.planes"
    }  # fmt: skip
    kinds = {table.verdict.kind for table in found["faults"].tables if not table.verdict.is_match}
    assert kinds <= {"grain", "extra_rows"}


SCHEDULES = "dbt/models/staging/operations/stg_operations__schedules.sql"


def positional(project: Path) -> None:
    """Columns are taken by their places in the raw table."""
    raw = (
        "flight_id, carrier_code, flight_number, tail_number, origin, destination, scheduled_departure_local, "
        "scheduled_arrival_local, distance_miles, updated_at"
    )
    replace_in(
        project / SCHEDULES,
        "select * from {{ source('operations', 'schedules') }}",
        f"select * from {{{{ source('operations', 'schedules') }}}} as schedules ({raw})",
    )


def test_a_pipeline_with_positional_columns_fails_drift(runtime: ForkRuntime, tmp_path: Path) -> None:
    found = results(runtime, tmp_path, "flights_warehouse_from_sources", positional, "visible", "day2", "drift")
    assert found["visible"].is_success
    assert found["day2"].is_success
    assert "staging.stg_operations__schedules" in wrong_tables(found["drift"])


def looks_back_five_days(project: Path) -> None:
    """The hours of weather are added night by night, with what came for the last five days."""
    path = project / "dbt/models/intermediate/weather/int_weather_by_hour.sql"
    text = path.read_text().replace(
        "    select * from {{ ref('stg_weather__observations') }}\n",
        "    select * from {{ ref('stg_weather__observations') }}\n"
        "    {% if is_incremental() %}\n"
        "        where observed_at >= (select max(known.observed_at) - interval 5 day from {{ this }} as known)\n"
        "    {% endif %}\n",
    )
    assert "is_incremental" in text
    config = (
        "{{ config(materialized='incremental', unique_key=['airport_code', 'observed_at'],"
        " incremental_strategy='delete+insert') }}\n\n"
    )
    path.write_text(config + text)


def test_a_pipeline_that_looks_back_five_days_fails_late(runtime: ForkRuntime, tmp_path: Path) -> None:
    found = results(runtime, tmp_path, "flights_warehouse_from_sources", looks_back_five_days, "day2", "late")
    assert found["day2"].is_success
    assert {"intermediate.int_weather_by_hour", "marts.airport_days"} <= wrong_tables(found["late"])


def hard_codes(runtime: ForkRuntime) -> Callable[[Path], None]:
    """A mart is the rows that it must have on the data that the agent saw."""

    def change(project: Path) -> None:
        gold = get_gold(get_task("flights_otp_scorecard"), VISIBLE, [days(1)], runtime, lambda *_: None)[days(1)]
        table = duckdb.sql(f"select * from read_parquet('{gold.folder}/marts.weather_effects.parquet')")
        rows = ",\n    ".join(
            "(" + ", ".join("null" if value is None else repr(value) for value in row) + ")" for row in table.fetchall()
        )
        casts = ", ".join(f"{name}::{kind} as {name}" for name, kind in zip(table.columns, table.types, strict=True))
        model = project / "dbt/models/marts/performance/weather_effects.sql"
        model.write_text(f"select {casts}\nfrom (values\n    {rows}\n) as seen ({', '.join(table.columns)})\n")

    return change


def test_a_pipeline_that_hard_codes_what_it_saw_fails_holdout(runtime: ForkRuntime, tmp_path: Path) -> None:
    found = results(runtime, tmp_path, "flights_otp_scorecard", hard_codes(runtime), "visible", "holdout", "rerun")
    assert found["visible"].is_success
    assert found["rerun"].is_success
    assert wrong_tables(found["holdout"]) == {"marts.weather_effects"}


EMPTIED_SHOWS = {
    "staging.stg_operations__departures": {"flown_tail_number"},
    "staging.stg_operations__arrivals": {"air_time_minutes"},
    "staging.stg_weather__observations": {"wind_gust_mph", "pressure_mb"},
    "intermediate.int_flights_timed": {"tail_number", "air_time_minutes"},
    "intermediate.int_flights_carriers_resolved": {"tail_number", "air_time_minutes"},
    "intermediate.int_weather_by_hour": {"wind_gust_mph", "weather_condition"},
    "marts.flights": {"tail_number", "air_time_minutes"},
    "marts.airlines": {"n_aircraft"},
    "marts.plane_history": {"n_flights", "n_seats_offered"},
    "marts.airport_days": {"n_severe_hours"},
}
"""Columns that show a value which is no longer sent, or what follows from it."""
HISTORY = ("marts.plane_history",)
"""Tables that keep what the sources forget: they depend on when the pipeline ran before."""


def test_gold_of_drift_and_late_is_what_it_is_said_to_be(runtime: ForkRuntime) -> None:
    """Drift: no figure changes but by what is no longer sent. Late: the incremental run equals a fresh one."""
    task = get_task("flights_warehouse_from_sources")
    drift, late = get_scenario("drift").gold_runs, get_scenario("late").gold_runs
    fresh: Runs = (PipelineRun(2, "late"),)
    gold = get_gold(task, VISIBLE, sorted({days(1, 2), drift, late, fresh}), runtime, lambda *_: None)

    def rows(runs: Runs, table: str, columns: list[str]) -> list[tuple[object, ...]]:
        path = gold[runs].folder / f"{table}.parquet"
        return duckdb.sql(f"select {', '.join(columns)} from read_parquet('{path}') order by all").fetchall()

    for table, spec in task.scored_tables.items():
        kept = [column for column in spec.columns if column not in EMPTIED_SHOWS.get(table, ())]
        assert rows(drift, table, kept) == rows(days(1, 2), table, kept), f"drift, {table}"
        if table not in HISTORY:
            assert rows(late, table, list(spec.columns)) == rows(fresh, table, list(spec.columns)), f"late, {table}"


def test_the_page_on_scenarios_names_every_pipeline_of_these_tests() -> None:
    text = (REPOSITORY_DIR / "docs/scenarios.md").read_text()
    for name in ("appends", "positional", "looks_back_five_days", "hard_codes"):
        assert f"`{name}`" in text
