-- One row per pair of airports; every planned flight counts.
with

counted as (

    select
        origin_airport_code,
        destination_airport_code,
        count(*) as n_flights
    from {{ ref('flights') }}
    group by origin_airport_code, destination_airport_code

),

listed as (

    select
        origin_airport_code,
        destination_airport_code,
        n_flights
    from {{ ref('routes') }}

)

(
    select * from counted
    except all
    select * from listed
)
union all
(
    select * from listed
    except all
    select * from counted
)
