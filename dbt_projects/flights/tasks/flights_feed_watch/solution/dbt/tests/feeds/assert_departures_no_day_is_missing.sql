-- Of each date before the last two days, at least half of the flights have a departure.
with

departed as (

    select distinct flight_id
    from {{ source('operations', 'departures') }}

)

select cast(schedules.scheduled_departure_local as date) as flight_date
from {{ source('operations', 'schedules') }} as schedules
left join departed on schedules.flight_id = departed.flight_id
where cast(schedules.scheduled_departure_local as date) < cast({{ pinned_now() }} as date) - 2
group by flight_date
having count(departed.flight_id) < 0.5 * count(*)
