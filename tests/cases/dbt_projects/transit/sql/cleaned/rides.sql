select ride_no, stop_code, line, began_at, minutes
from {{ ref('raw_rides') }}
where minutes >= {{ var('shortest_minutes') }}
