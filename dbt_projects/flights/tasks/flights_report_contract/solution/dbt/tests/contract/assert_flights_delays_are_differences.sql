-- Delays are whole minutes between schedule and event.
select flight_id
from {{ ref('flights') }}
where
    departure_delay_minutes is distinct from date_diff('minute', scheduled_departure_at, departed_at)
    or arrival_delay_minutes is distinct from date_diff('minute', scheduled_arrival_at, arrived_at)
    or arrived_at <= departed_at
