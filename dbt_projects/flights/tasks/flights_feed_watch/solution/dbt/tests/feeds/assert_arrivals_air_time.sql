-- Air time is in minutes.
select arrival_id
from {{ source('operations', 'arrivals') }}
where air_time_minutes not between 10 and 900
