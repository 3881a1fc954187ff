-- Arrived means an arrival time; a flight that left has a departure time.
select flight_id
from {{ ref('flights') }}
where
    (flight_status = 'arrived') <> (arrived_at is not null)
    or (flight_status in ('arrived', 'departed', 'diverted')) <> (departed_at is not null)
