-- Less than 15 minutes after schedule is on time; without an arrival it is unknown.
select flight_id
from {{ ref('flights') }}
where is_on_time is distinct from (arrival_delay_minutes < 15)
