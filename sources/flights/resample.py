"""Which real day, carrier, tail number and flight number stands behind each made one.

Seed 0 keeps everything as it was. Any other seed draws for each date a day of 2013 with the same weekday, whole (its
flights with the rotations of the aircraft, and its weather), keeps some of the carriers and some of the aircraft of
each, and permutes carrier codes, tail numbers and the flight numbers within a carrier. Airports keep their codes:
distance, time zone and block time belong to them.
"""

from duckdb import DuckDBPyConnection

from sources.flights.clock import PUBLISHED_AHEAD_DAYS

# Days that never stand in for others: clocks change, or the weather of the day is not whole.
_UNFIT_DATES = "('2013-01-01', '2013-03-10', '2013-11-03', '2013-12-30', '2013-12-31')"


def create_resampling(connection: DuckDBPyConnection, seed: int) -> None:
    """Create the tables `calendar`, `carrier_map`, `tail_map` and `flight_number_map`.

    Needs the base tables, the draws and the variable `as_of`.
    """
    for statement in _AS_IT_WAS if seed == 0 else _RESAMPLED:
        connection.execute(statement)


_DATES = f"""
    select unnest(generate_series(
        start_date(), as_of() + {PUBLISHED_AHEAD_DAYS}, interval 1 day
    ))::date as flight_date
"""

_AS_IT_WAS = (
    f"create table calendar as select flight_date, flight_date as source_date from ({_DATES})",
    """
    create table carrier_map as
    select carrier, carrier as carrier_code, name, volume_rank, true as is_kept, 1.0 as kept_share from base_airlines
    """,
    "create table tail_map as select tail, tail as tail_number from base_tails",
    """
    create table flight_number_map as
    select carrier, flight_number as source_number, flight_number from base_flight_numbers
    """,
)

_RESAMPLED = (
    f"""
    create table calendar as
    with dates as ({_DATES}),
    candidates as (
        select
            source_date, isodow(source_date) as weekday,
            row_number() over (partition by weekday order by source_date) - 1 as position,
            count(*) over (partition by weekday) as n_candidates
        from (select distinct source_date from base_flights where source_date not in {_UNFIT_DATES})
    )
    select flight_date, source_date
    from dates
    inner join candidates
        on isodow(flight_date) = weekday and position = pick(flight_date, 'source date', n_candidates)
    """,
    # 3 to 5 of the six big carriers and 5 to 8 of the ten small ones; of each 70 to 100 % of its aircraft-days.
    """
    create table carrier_map as
    with ranked as (
        select
            *,
            row_number() over (order by carrier) as slot,
            row_number() over (order by draw(carrier, 'carrier code')) as new_slot,
            row_number() over (partition by volume_rank <= 6 order by draw(carrier, 'carrier kept')) as kept_rank
        from base_airlines
    )
    select
        ranked.carrier, codes.carrier as carrier_code, ranked.name, ranked.volume_rank,
        ranked.kept_rank <= case
            when ranked.volume_rank <= 6 then 3 + pick('', 'big carriers', 3) else 5 + pick('', 'small carriers', 4)
        end as is_kept,
        0.7 + 0.3 * draw(ranked.carrier, 'carrier share') as kept_share
    from ranked
    inner join ranked as codes on ranked.new_slot = codes.slot
    """,
    """
    create table tail_map as
    with ranked as (
        select
            tail,
            row_number() over (order by tail) as slot,
            row_number() over (order by draw(tail, 'tail number')) as new_slot
        from base_tails
    )
    select ranked.tail, numbers.tail as tail_number
    from ranked
    inner join ranked as numbers on ranked.new_slot = numbers.slot
    """,
    """
    create table flight_number_map as
    with ranked as (
        select
            carrier, flight_number,
            row_number() over (partition by carrier order by flight_number) as slot,
            row_number() over (
                partition by carrier order by draw(concat_ws('|', carrier, flight_number), 'flight number')
            ) as new_slot
        from base_flight_numbers
    )
    select ranked.carrier, ranked.flight_number as source_number, numbers.flight_number
    from ranked
    inner join ranked as numbers on ranked.carrier = numbers.carrier and ranked.new_slot = numbers.slot
    """,
)
