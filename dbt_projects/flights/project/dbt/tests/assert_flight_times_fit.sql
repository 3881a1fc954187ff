-- A flight takes time, does not arrive before it leaves, and its delays are the differences of its times.
select flight_id
from {{ ref('flights') }}
where
    scheduled_arrival_at <= scheduled_departure_at
    or arrived_at <= departed_at
    or departure_delay_minutes <> date_diff('minute', scheduled_departure_at, departed_at)
    or arrival_delay_minutes - departure_delay_minutes <> actual_block_minutes - scheduled_block_minutes
    or (flight_status = 'arrived') <> (arrived_at is not null)
