with

plane_versions as (

    select * from {{ ref('planes_snapshot') }}

),

flights as (

    select * from {{ ref('flights') }}

),

versions as (

    select
        tail_number,
        plane_type,
        manufacturer,
        model,
        engine_type,
        year_manufactured,
        n_engines,
        n_seats,
        cast(dbt_valid_from as date) as valid_from,
        cast(dbt_valid_to as date) as valid_to,
        row_number() over versions_in_order as version_number,
        n_seats - lag(n_seats) over versions_in_order as seats_change
    from plane_versions
    window versions_in_order as (
        partition by tail_number
        order by dbt_valid_from
    )

),

flown_per_version as (

    select
        versions.tail_number,
        versions.version_number,
        count(*) as n_flights,
        cast(sum(versions.n_seats) as bigint) as n_seats_offered
    from versions
    inner join flights
        on
            versions.tail_number = flights.tail_number
            and versions.valid_from <= flights.flight_date
            and (versions.valid_to > flights.flight_date or versions.valid_to is null)
    where flights.departed_at is not null
    group by versions.tail_number, versions.version_number

),

joined as (

    select
        versions.tail_number,
        versions.version_number,
        versions.plane_type,
        versions.manufacturer,
        versions.model,
        versions.engine_type,
        versions.year_manufactured,
        versions.n_engines,
        versions.n_seats,
        versions.seats_change,
        coalesce(flown_per_version.n_flights, 0) as n_flights,
        coalesce(flown_per_version.n_seats_offered, 0) as n_seats_offered,
        versions.valid_to is null as is_current,
        versions.valid_from,
        versions.valid_to
    from versions
    left join flown_per_version
        on
            versions.tail_number = flown_per_version.tail_number
            and versions.version_number = flown_per_version.version_number

)

select * from joined
