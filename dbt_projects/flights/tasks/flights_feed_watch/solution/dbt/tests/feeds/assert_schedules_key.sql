-- One row per flight.
select flight_id
from {{ source('operations', 'schedules') }}
group by flight_id
having count(*) > 1 or flight_id is null
