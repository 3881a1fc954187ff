-- What is carried and what is new make up the late departures of a chain.
select chain_start_flight_id
from {{ ref('delay_propagation') }}
where carried_delay_minutes + new_delay_minutes <> late_departure_minutes
