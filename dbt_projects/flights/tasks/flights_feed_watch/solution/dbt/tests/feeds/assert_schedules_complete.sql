-- Flights start in New York, end elsewhere, and have both times; distances are miles.
select flight_id
from {{ source('operations', 'schedules') }}
where
    origin is null
    or origin not in ('EWR', 'JFK', 'LGA')
    or destination is null
    or destination = origin
    or scheduled_departure_local is null
    or scheduled_arrival_local is null
    or distance_miles is null
    or distance_miles not between 50 and 5100
