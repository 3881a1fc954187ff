"""What the source systems show suffices to find what really happened: every flaw can be undone by the stated rules.

On day 16 every message and correction of the first two weeks has come; the rules are those of `systems.py`.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.helpers.flights_history import Database, History

LATER = 16

LOCAL_TIME = """
    create macro local_time(text) as case
        when text like '%24:00' then strptime(replace(text, '24:00', '00:00'), '%Y-%m-%d %H:%M') + interval 1 day
        when text like '%T2400' then strptime(replace(text, 'T2400', 'T0000'), '%Y%m%dT%H%M') + interval 1 day
        when text like '%M' then strptime(text, '%m/%d/%Y %I:%M %p')
        when text like '%T%' then strptime(text, '%Y%m%dT%H%M')
        else strptime(text, '%Y-%m-%d %H:%M')
    end
"""
TAIL = "create macro tail(text) as nullif(nullif(upper(trim(text)), ''), 'UNKNOWN')"
CURRENT = {
    "zones": """
        select iata_code, time_zone from airports
        qualify row_number() over (partition by iata_code order by line desc) = 1
    """,
    "latest_departures": """
        from departures
        qualify row_number() over (partition by flight_id order by recorded_at desc, departure_id desc) = 1
    """,
    "latest_observations": """
        from observations
        qualify row_number() over (partition by station, observed_at order by updated_at desc) = 1
    """,
}
RECOVERED = """
    select
        flight_id,
        scheduled_departure_local at time zone origins.time_zone as scheduled_departure_at,
        scheduled_arrival_local at time zone destinations.time_zone as scheduled_arrival_at,
        local_time(departed_at) at time zone origins.time_zone as departed_at,
        local_time(arrived_at) at time zone destinations.time_zone as arrived_at,
        coalesce(tail(latest_departures.tail_number), tail(schedules.tail_number)) as tail_number
    from schedules
    inner join zones as origins on origin = origins.iata_code
    inner join zones as destinations on destination = destinations.iata_code
    inner join latest_departures using (flight_id)
    left join arrivals using (flight_id)
    where scheduled_departure_local < '2013-03-15'
"""
TRUTH = """
    select flight_id, scheduled_departure_at, scheduled_arrival_at, departed_at, arrived_at, tail_number
    from truth_flights
    where departed_at is not null and flight_date < '2013-03-15'
"""


@pytest.fixture(params=[0, 1, 2])
def database(history: "History", request: pytest.FixtureRequest) -> "Database":
    database = history.database(request.param, LATER)
    for statement in (LOCAL_TIME, TAIL, *(f"create view {name} as {query}" for name, query in CURRENT.items())):
        database.connection.execute(statement)
    return database


def test_flights_are_recovered(database: "Database") -> None:
    assert database.one(f"select count(*) from ({TRUTH})") > 5_000
    assert database.rows(f"({RECOVERED}) except ({TRUTH}) order by all limit 5") == []
    assert database.rows(f"({TRUTH}) except ({RECOVERED}) order by all limit 5") == []


def test_weather_is_recovered(database: "Database") -> None:
    recovered = "select * from latest_observations where observed_at < '2013-03-15'"
    truth = "select * from truth_observations where observed_at < '2013-03-15'"
    names = "station, observed_at, temp_f, wind_speed_mph, wind_gust_mph, precip_in, visibility_miles, pressure_mb"
    assert database.rows(f"select {names} from ({truth}) except select {names} from ({recovered}) limit 5") == []
    assert database.rows(f"select {names} from ({recovered}) except select {names} from ({truth}) limit 5") == []


def test_the_latest_record_of_a_plane_is_unambiguous(database: "Database") -> None:
    ties = "select count(*) - count(distinct (tail_number, effective_date)) from planes"
    assert database.one(ties) == 0
    behind = """
        select count(*) from planes as a inner join planes as b
            on a.tail_number = b.tail_number and a.file < b.file and a.effective_date >= b.effective_date
    """
    assert database.one(behind) == 0
