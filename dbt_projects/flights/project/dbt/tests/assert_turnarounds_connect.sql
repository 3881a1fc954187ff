-- The two legs of a turnaround are flown by one aircraft, one after the other.
select turnarounds.flight_id
from {{ ref('turnarounds') }} as turnarounds
inner join {{ ref('flights') }} as outbound on turnarounds.flight_id = outbound.flight_id
inner join {{ ref('flights') }} as inbound on turnarounds.inbound_flight_id = inbound.flight_id
where
    outbound.tail_number <> inbound.tail_number
    or outbound.scheduled_departure_at < inbound.scheduled_arrival_at
