-- At most one arrival per flight.
select flight_id
from {{ source('operations', 'arrivals') }}
group by flight_id
having count(*) > 1 or flight_id is null
