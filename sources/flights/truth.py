"""What really happened in a made history, all times in UTC and nothing hidden: no extract, no mistake, no lateness."""

from duckdb import DuckDBPyConnection

N_POSITIONS = 2048
"""More than the flights of any day (at most 1,014)."""
EXTRA_KEY = 1 << 22
"""Added to the key of a flight for its extra section; beyond every key of a flight."""
ID_MODULUS = 900_000_011
"""Prime; identifiers are a permutation of it, so they are unique, stable, and do not tell the order of events."""


def create_truth(connection: DuckDBPyConnection) -> None:
    """Create `truth_flights` (a row per flight, cancelled ones too) and `truth_observations` (station and hour).

    Needs the base tables, the draws and the tables of the resampling.
    """
    connection.execute(_NINE_DIGITS)
    connection.execute(_TRUTH_FLIGHTS)
    connection.execute(_TRUTH_OBSERVATIONS)


# Nine digits (`identifier` of the kit has 16) from a whole number below ID_MODULUS, a permutation per seed and stream.
_NINE_DIGITS = f"""
    create macro nine_digits(stream, number) as
        100000000 + (
            (1 + pick('', stream || ' factor', {ID_MODULUS - 1}))::bigint * (number)
            + pick('', stream || ' offset', {ID_MODULUS})
        ) % {ID_MODULUS}
"""

# key: whole number, unique and the same whatever the length of the history. Cancelled flights have no departed_at;
# flights that never arrived have no arrived_at; arrivals without air time were diverted on the way. Extra sections are
# made, for seed 0 too: planned beside a real flight, never flown, and half of them withdrawn the day before.
_TRUTH_FLIGHTS = f"""
    create table truth_flights as
    with flown as (
        select
            date_diff('day', start_date(), calendar.flight_date) * {N_POSITIONS} + position as key,
            calendar.flight_date, carrier_map.carrier_code, numbers.flight_number,
            tail_map.tail_number, flights.origin, flights.destination, flights.destination_zone,
            (calendar.flight_date::timestamp + to_minutes(departure_minute)) at time zone 'America/New_York'
                as scheduled_departure_at,
            block_minutes, departure_delay, arrival_delay, air_time_minutes, distance_miles
        from base_flights as flights
        inner join calendar on flights.source_date = calendar.source_date
        inner join carrier_map on flights.carrier = carrier_map.carrier
        inner join flight_number_map as numbers
            on flights.carrier = numbers.carrier and flights.flight_number = numbers.source_number
        left join tail_map on flights.tail = tail_map.tail
        where
            carrier_map.is_kept
            and (
                carrier_map.kept_share = 1.0
                or draw(
                    concat_ws('|', calendar.flight_date, coalesce(flights.tail, position::varchar)), 'aircraft kept'
                ) < carrier_map.kept_share
            )
    ),
    planned as (
        select *, false as is_extra_section, false as is_withdrawn from flown
        union all
        select
            flown.* replace (
                key + {EXTRA_KEY} as key,
                flight_number + 9000 as flight_number,
                null as tail_number,
                scheduled_departure_at + interval 35 minutes as scheduled_departure_at,
                null as departure_delay, null as arrival_delay, null as air_time_minutes
            ),
            true, draw(key, 'extra section withdrawn') < 0.5
        from flown
        where draw(key, 'extra section') < 0.03
    )
    select
        key, nine_digits('flight', key) as flight_id, flight_date, carrier_code, flight_number, tail_number,
        origin, destination, destination_zone,
        scheduled_departure_at,
        scheduled_departure_at + to_minutes(block_minutes) as scheduled_arrival_at,
        scheduled_departure_at + to_minutes(departure_delay) as departed_at,
        scheduled_departure_at + to_minutes(block_minutes + arrival_delay) as arrived_at,
        air_time_minutes, distance_miles, is_extra_section, is_withdrawn
    from planned
    order by key
"""

# The hour that clocks skip in spring has no observation.
_TRUTH_OBSERVATIONS = """
    create table truth_observations as
    with moved as (
        select
            weather.* exclude (source_date, source_at, hour),
            case
                when calendar.flight_date = weather.source_date then source_at
                else (calendar.flight_date::timestamp + to_hours(hour)) at time zone 'America/New_York'
            end as observed_at,
            calendar.flight_date, hour
        from base_weather as weather
        inner join calendar on weather.source_date = calendar.source_date
        where calendar.flight_date <= as_of()
    )
    select
        concat_ws('|', station, strftime(observed_at at time zone 'UTC', '%Y-%m-%dT%H')) as key,
        * exclude (flight_date, hour)
    from moved
    where
        date_part('hour', observed_at at time zone 'America/New_York') = hour
        and observed_at >= start_date()
    order by observed_at, station
"""
