-- Flights of an airline are those that departed.
with

counted as (

    select
        airline_id,
        count(departed_at) as n_departed
    from {{ ref('flights') }}
    group by airline_id

)

select airlines.airline_id
from {{ ref('airlines') }} as airlines
left join counted on airlines.airline_id = counted.airline_id
where airlines.n_flights <> coalesce(counted.n_departed, 0)
