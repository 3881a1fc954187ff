-- Messages are about flights that the schedule has.
with

messages as (

    select flight_id from {{ source('operations', 'departures') }}
    union all
    select flight_id from {{ source('operations', 'arrivals') }}

)

select messages.flight_id
from messages
left join {{ source('operations', 'schedules') }} as schedules on messages.flight_id = schedules.flight_id
where schedules.flight_id is null
