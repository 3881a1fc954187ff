"""Each flaw that PLANTED.md lists is there, whatever the seed."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.helpers.flights_history import History

SEEDS = (0, 1, 2, 3, 4)

# What a query counts on day 1, and the least there must be.
ON_DAY_1 = {
    "a departure sent again": (
        "select count(*) - count(distinct flight_id) from departures",
        100,
    ),
    "sent again at the same time, with another time or tail": (
        """select count(*) from (
            from departures select flight_id group by flight_id
            having count(*) = 2 and min(recorded_at) = max(recorded_at)
                and (count(distinct departed_at) = 2 or count(distinct tail_number) = 2)
        )""",
        5,
    ),
    "a first message touched after the second one": (
        """select count(*) from (
            from departures select flight_id group by flight_id
            having count(*) = 2
                and arg_max(departure_id, (recorded_at, departure_id)) <> arg_max(departure_id, updated_at)
        )""",
        15,
    ),
    "the greater identifier is not the later message": (
        """select count(*) from (
            from departures select flight_id group by flight_id
            having count(*) = 2 and arg_max(departure_id, (recorded_at, departure_id)) <> max(departure_id)
        )""",
        15,
    ),
    "departure time, ISO format": ("select count(*) from departures where departed_at like '2013-__-__ __:__'", 1000),
    "departure time, American format": ("select count(*) from departures where departed_at like '%/2013 %M'", 1000),
    "departure time, compact format": ("select count(*) from departures where departed_at like '2013____T____'", 1000),
    "arrival time, ISO format": ("select count(*) from arrivals where arrived_at like '2013-__-__ __:__'", 1000),
    "arrival time, American format": ("select count(*) from arrivals where arrived_at like '%/2013 %M'", 1000),
    "arrival time, compact format": ("select count(*) from arrivals where arrived_at like '2013____T____'", 1000),
    "midnight as 24:00": (
        "select count(*) from arrivals where arrived_at like '%24:00' or arrived_at like '%T2400'",
        1,
    ),
    "planned aircraft null": ("select count(*) from schedules where tail_number is null", 50),
    "planned aircraft empty": ("select count(*) from schedules where tail_number = ''", 50),
    "planned aircraft UNKNOWN": ("select count(*) from schedules where tail_number = 'UNKNOWN'", 50),
    "flown aircraft null": ("select count(*) from departures where tail_number is null", 30),
    "flown aircraft empty": ("select count(*) from departures where tail_number = ''", 20),
    "flown aircraft UNKNOWN": ("select count(*) from departures where tail_number = 'UNKNOWN'", 20),
    "planned aircraft in lower case": ("select count(*) from schedules where tail_number = lower(tail_number)", 50),
    "flown aircraft with stray spaces": ("select count(*) from departures where tail_number <> trim(tail_number)", 50),
    "another aircraft than planned": (
        """select count(*) from schedules inner join departures using (flight_id)
        where upper(trim(schedules.tail_number)) <> upper(trim(departures.tail_number))
            and trim(schedules.tail_number) not in ('', 'UNKNOWN') and departures.tail_number not in ('', 'UNKNOWN')""",
        100,
    ),
    "an aircraft that is not registered": (
        "select count(*) from truth_flights anti join planes using (tail_number) where tail_number is not null",
        500,
    ),
    "arrival past midnight": (
        """select count(*) from schedules
        where scheduled_arrival_local::date > scheduled_departure_local::date""",
        20,
    ),
    "flights in the air on the day the clocks change, to places where they do not": (
        """select count(*) from truth_flights
        where flight_date between '2013-03-10' and '2013-03-14'
            and regexp_matches(destination_zone, 'Phoenix|Puerto_Rico|Honolulu|St_Thomas')""",
        10,
    ),
    "an arrival a day late or more": (
        """select count(*) from arrivals inner join truth_flights using (flight_id)
        where recorded_at - truth_flights.arrived_at > interval 15 hours""",
        50,
    ),
    "an arrival still missing": (
        """select count(*) from truth_flights anti join arrivals using (flight_id)
        where truth_flights.arrived_at < getvariable('now') - interval 16 minutes""",
        5,
    ),
    "a departure still missing": (
        """select count(*) from truth_flights anti join departures using (flight_id)
        where departed_at < getvariable('now') - interval 16 minutes""",
        1,
    ),
    "a flight that never arrives": (
        """select count(*) from truth_flights inner join departures using (flight_id)
        where truth_flights.departed_at is not null and truth_flights.arrived_at is null""",
        1,
    ),
    "an arrival without air time": ("select count(*) from arrivals where air_time_minutes is null", 5),
    "a corrected departure": (
        """select count(*) from departures where updated_at > recorded_at + interval 1 day
            and flight_id not in (select flight_id from departures group by flight_id having count(*) > 1)""",
        20,
    ),
    "a corrected arrival": ("select count(*) from arrivals where updated_at > recorded_at", 40),
    "a cancelled flight that is due": (
        """select count(*) from schedules inner join truth_flights using (flight_id)
        where departed_at is null and flight_date = '2013-03-14'""",
        3,
    ),
    "a cancelled flight that has disappeared": (
        "select count(*) from truth_flights anti join schedules using (flight_id) where flight_date < '2013-03-14'",
        20,
    ),
    "a schedule changed after publication": (
        "select count(*) from schedules where updated_at::date = scheduled_departure_local::date - 1",
        500,
    ),
    "weather issued twice": ("select count(*) - count(distinct (station, observed_at)) from observations", 15),
    "late weather": ("select count(*) from observations where updated_at - observed_at > interval 15 hours", 20),
    "no gust measured": ("select count(*) from observations where wind_gust_mph is null", 100),
    "airports twice": ("select count(*) - count(distinct iata_code) from airports", 18),
    "airports twice, first line without time zone": (
        """select count(*) from airports where time_zone = ''
            and iata_code in (select destination from schedules)""",
        1,
    ),
    "a carrier code used twice, with flights before and after": (
        """select min(n_flights) from (
            select count(flight_id) as n_flights
            from airlines left join schedules
                on airlines.carrier_code = schedules.carrier_code
                and scheduled_departure_local::date >= valid_from::date
                and (valid_to = '' or scheduled_departure_local::date <= valid_to::date)
            where airlines.carrier_code in (select carrier_code from airlines group by all having count(*) = 2)
            group by airlines.name
        ) having count(*) = 2""",
        100,
    ),
}

# What changes from day 1 to day 2; `old_` names the tables of day 1.
BY_DAY_2 = {
    "new flights": ("select count(*) from schedules anti join old_schedules using (flight_id)", 300),
    "cancelled flights deleted": (
        """select count(*) from old_schedules anti join schedules using (flight_id)
        where scheduled_departure_local < '2013-03-15'""",
        2,
    ),
    "flights withdrawn": (
        """select count(*) from old_schedules anti join schedules using (flight_id)
        where scheduled_departure_local > '2013-03-16'""",
        2,
    ),
    "schedules changed": (
        "select count(*) from schedules inner join old_schedules as old using (flight_id) where schedules <> old",
        50,
    ),
    "departures of the day before that were missing": (
        """select count(*) from departures anti join old_departures using (flight_id)
        inner join schedules using (flight_id) where scheduled_departure_local < '2013-03-14 18:00'""",
        1,
    ),
    "a second message for a flight that had one": (
        """select count(*) from departures semi join old_departures using (flight_id)
        anti join old_departures using (departure_id)""",
        3,
    ),
    "arrivals that were missing": (
        """select count(*) from arrivals anti join old_arrivals using (flight_id)
        inner join truth_flights using (flight_id) where truth_flights.arrived_at < '2013-03-14 20:00:00Z'""",
        5,
    ),
    "departures corrected": (
        """select count(*) from departures inner join old_departures as old using (departure_id)
        where departures.departed_at <> old.departed_at""",
        3,
    ),
    "departures of more than 3 days before corrected": (
        """select count(*) from departures inner join old_departures as old using (departure_id)
        where departures.departed_at <> old.departed_at and departures.recorded_at < '2013-03-11'""",
        1,
    ),
    "arrivals corrected": (
        """select count(*) from arrivals inner join old_arrivals as old using (arrival_id)
        where arrivals.arrived_at <> old.arrived_at""",
        3,
    ),
    "arrivals of more than 3 days before corrected": (
        """select count(*) from arrivals inner join old_arrivals as old using (arrival_id)
        where arrivals.arrived_at <> old.arrived_at and arrivals.recorded_at < '2013-03-11'""",
        1,
    ),
    "late weather": (
        """select count(*) from observations anti join old_observations using (station, observed_at)
        where observed_at < '2013-03-14 20:00:00Z'""",
        1,
    ),
    "an earlier hour issued again": (
        """select count(*) from observations anti join old_observations using (station, observed_at, updated_at)
        semi join old_observations using (station, observed_at)""",
        1,
    ),
    "new planes": ("select count(*) from planes anti join old_planes using (tail_number)", 1),
    "changed planes": (
        "select count(*) from planes semi join old_planes using (tail_number) where file like '%20130315%'",
        3,
    ),
    "a plane's change dated before its delivery": (
        "select count(*) from planes where file like '%20130315%' and effective_date < '2013-03-15'",
        1,
    ),
    "an airline's name restated": (
        "select count(*) from airlines anti join old_airlines using (carrier_code, name, valid_from, valid_to)",
        1,
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_on_day_1(history: "History", seed: int) -> None:
    database = history.database(seed)
    found = {flaw: database.one(query) for flaw, (query, _) in ON_DAY_1.items()}
    too_few = {flaw: n for flaw, n in found.items() if n < ON_DAY_1[flaw][1]}
    assert not too_few, found


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_by_day_2(history: "History", seed: int) -> None:
    database = history.database(seed, 2)
    for name, table in history.day(seed).tables.items():
        database.connection.register(f"old_{name.split('.')[1]}", table)
    for delivery in history.day(seed).deliveries:
        database.connection.register(f"old_{delivery.stream}", delivery.table)
    found = {change: database.one(query) for change, (query, _) in BY_DAY_2.items()}
    too_few = {change: n for change, n in found.items() if n < BY_DAY_2[change][1]}
    assert not too_few, found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_code_belongs_to_one_airline_at_a_time(history: "History", seed: int) -> None:
    database = history.database(seed)
    overlaps = """
        select count(*) from airlines as a inner join airlines as b
            on a.carrier_code = b.carrier_code and a.line < b.line
            and (a.valid_to = '' or b.valid_from <= a.valid_to) and (b.valid_to = '' or a.valid_from <= b.valid_to)
    """
    assert database.one(overlaps) == 0
