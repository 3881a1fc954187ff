-- One row per airport and date with a planned flight, with the counts of the flights.
with

counted as (

    select
        origin_airport_code as airport_code,
        flight_date,
        count(*) as n_scheduled,
        count(departed_at) as n_departed
    from {{ ref('flights') }}
    group by origin_airport_code, flight_date

)

select counted.airport_code
from counted
full outer join {{ ref('airport_days') }} as airport_days
    on counted.airport_code = airport_days.airport_code and counted.flight_date = airport_days.flight_date
where
    counted.n_scheduled is distinct from airport_days.n_scheduled
    or counted.n_departed is distinct from airport_days.n_departed
