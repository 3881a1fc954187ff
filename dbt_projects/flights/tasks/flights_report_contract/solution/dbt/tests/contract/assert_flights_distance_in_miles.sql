-- Distances are in statute miles.
select flight_id
from {{ ref('flights') }}
where distance_miles not between 50 and 5100
