"""The drop folder: airports and airlines as CSV, planes as JSON lines, one delivery on day 1 and one per later day."""

from datetime import UTC, date, datetime, time, timedelta

from duckdb import DuckDBPyConnection

from sources.contract import Delivery
from sources.kit.arrow_tables import arrow_table

# Some airports have two lines; the later line of the file counts. The earlier one is a copy or outdated.
AIRPORTS = """
    with ranked as (
        select
            *,
            row_number() over (
                partition by is_served
                order by iata_code in ('EWR', 'JFK', 'LGA') desc, draw(iata_code, 'airport twice')
            ) as rank
        from base_airports
    ),
    lines as (
        select *, 2 as line, case when is_served then rank <= 12 else rank <= 6 end as is_twice
        from ranked
        union all
        select *, 1, true
        from ranked
        where case when is_served then rank <= 12 else rank <= 6 end
    ),
    dated as (
        -- Of those with two lines, the odd ranks are plain copies, the even ones outdated.
        select *, line = 1 and rank % 2 = 0 as is_outdated
        from lines
    )
    select
        iata_code, icao_code,
        case when is_outdated then name || ' (old terminal)' else name end as name,
        city, subdivision, country,
        case when is_outdated then (elevation_ft::double + 11)::varchar else elevation_ft end as elevation_ft,
        latitude, longitude,
        case when is_outdated and rank % 4 = 0 then '' else time_zone end as time_zone
    from dated
    order by
        case
            when not is_twice then draw(iata_code, 'airport order')
            when line = 1 then 0.5 * draw(iata_code, 'airport order')
            else 0.5 + 0.5 * draw(iata_code, 'second airport order')
        end,
        iata_code, line
"""

# One code belongs to two airlines, one after the other; the change falls into the first two weeks.
_AIRLINES = """
    create table airlines_known as
    with reused as (
        select carrier_code
        from carrier_map
        where is_kept and volume_rank <= 6
        order by seed() = 0 and carrier <> 'MQ', draw(carrier_code, 'reused code')
        limit 1
    ),
    handover as (
        select date '2013-03-05' + pick('', 'reused code date', 6) as taken_over_on
    ),
    former as (
        select
            carrier_code,
            list_extract(
                ['Harbor Shuttle Airways', 'Blue Ridge Commuter Airlines', 'Northeast Corridor Air Inc.',
                'Great Lakes Skyways Inc.', 'Colonial Express Airlines'],
                1 + pick('', 'former airline', 5)
            ) as name,
            date '1991-05-01' as valid_from,
            taken_over_on - 1 as valid_to
        from reused
        cross join handover
    )
    select
        carrier_map.carrier_code, carrier_map.name,
        case
            when reused.carrier_code is null then date '1995-01-01' + pick(carrier_map.carrier, 'airline since', 5000)
            else taken_over_on
        end as valid_from,
        null::date as valid_to,
        reused.carrier_code is null as may_be_renamed
    from carrier_map
    cross join handover
    left join reused on carrier_map.carrier_code = reused.carrier_code
    union all
    select carrier_code, name, valid_from, valid_to, false from former
"""

# Each later delivery restates the name of one more airline.
AIRLINES = """
    with renamed as (
        select
            arg_min(carrier_code, draw(concat_ws('|', delivery_date, carrier_code), 'airline renamed')) as carrier_code
        from airlines_known
        cross join (
            select unnest(generate_series(
                first_as_of() + 1, getvariable('delivered'), interval 1 day
            ))::date as delivery_date
        )
        where may_be_renamed
        group by delivery_date
    )
    select
        carrier_code,
        case
            when not may_be_renamed or carrier_code not in (select carrier_code from renamed) then name
            when regexp_matches(name, ' (Inc\\.|Co\\.|Corporation)$')
                then regexp_replace(name, ' (Inc\\.|Co\\.|Corporation)$', ' LLC')
            else name || ' LLC'
        end as name,
        valid_from::varchar as valid_from, coalesce(valid_to::varchar, '') as valid_to
    from airlines_known
    order by carrier_code, valid_from
"""

# Days on which a plane becomes known and on which its cabin and its engines are altered, over about a year. Planes
# that become known by day 1 are in its file; only alterations after day 1 happen.
_PLANES = """
    create table plane_events as
    select
        planes.*, tail_map.tail_number,
        case when draw(planes.tail, 'new plane') < 0.12 then pick(planes.tail, 'new plane day', 60) else -1 end
            as known_day,
        pick(planes.tail, 'seats changed day', 400) as seats_day,
        pick(planes.tail, 'engine changed day', 400) as engine_day,
        seats + case when seats > 20 then 2 * wobble(planes.tail, 'seats changed', 6) else 1 end as new_seats,
        case engine_type when 'Turbo-fan' then 'Turbo-jet' else 'Turbo-fan' end as new_engine_type
    from base_planes as planes
    inner join tail_map on planes.tail = tail_map.tail
"""

PLANES = """
    with dated as (
        select
            *,
            date_diff('day', start_date(), first_as_of()) as first_day,
            date_diff('day', start_date(), getvariable('delivered')) as delivered_day
        from plane_events
    ),
    states as (
        select
            *,
            seats_day > first_day and seats_day <= delivered_day as has_new_seats,
            engine_day > first_day and engine_day <= delivered_day as has_new_engine,
            delivered_day = first_day as is_first,
            -- A change may be dated up to two days back, unless something else happened to the plane just before.
            case
                when least(
                    coalesce(nullif(abs(delivered_day - seats_day), 0), 9),
                    coalesce(nullif(abs(delivered_day - engine_day), 0), 9),
                    coalesce(nullif(abs(delivered_day - known_day), 0), 9)
                ) <= 3 then 0
                else pick(concat_ws('|', tail, delivered_day), 'effective days back', 3)
            end as days_back
        from dated
        where known_day <= delivered_day
    )
    select
        tail_number, year_manufactured, type, manufacturer, model, engines,
        case when has_new_seats then new_seats else seats end as seats,
        case when has_new_engine then new_engine_type else engine_type end as engine_type,
        case
            when is_first then least(
                make_date(coalesce(year_manufactured, 2000), 1, 1) + pick(tail, 'registered', 365), date '2013-02-28'
            )
            else getvariable('delivered') - days_back
        end::varchar as effective_date
    from states
    where is_first or delivered_day in (known_day, seats_day, engine_day)
    order by tail_number
"""


def deliveries(connection: DuckDBPyConnection, first: date, last: date) -> tuple[Delivery, ...]:
    """Make the files of every day from the first delivery to the last one.

    Needs the base tables, the draws, the resampling, and the variable `first_as_of`.
    """
    connection.execute(_AIRLINES)
    connection.execute(_PLANES)
    files = [
        Delivery(
            "reference",
            f"airports_{first:%Y%m%d}.csv",
            "airports",
            _morning(first),
            arrow_table(connection.sql(AIRPORTS)),
        )
    ]
    for days in range((last - first).days + 1):
        delivered = first + timedelta(days=days)
        connection.execute(f"set variable delivered = date '{delivered}'")
        for stream, query, suffix in (("airlines", AIRLINES, "csv"), ("planes", PLANES, "jsonl.gz")):
            table = arrow_table(connection.sql(query))
            files.append(
                Delivery("reference", f"{stream}_{delivered:%Y%m%d}.{suffix}", stream, _morning(delivered), table)
            )
    return tuple(files)


def _morning(delivered: date) -> datetime:
    return datetime.combine(delivered, time(9), tzinfo=UTC)
