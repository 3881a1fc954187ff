-- Every planned flight stands in exactly one row of the marts that count flights.
with

counts as (

    select
        (select count(*) from {{ ref('int_flights_joined') }}) as n_planned,
        (select count(*) from {{ ref('flights') }}) as n_flights,
        (select sum(routes.n_flights) from {{ ref('routes') }} as routes) as n_on_routes,
        (select sum(airport_days.n_scheduled) from {{ ref('airport_days') }} as airport_days) as n_on_days

)

select *
from counts
where n_flights <> n_planned or n_on_routes <> n_planned or n_on_days <> n_planned
