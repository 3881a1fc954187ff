-- One row per issue of a station's hour.
select station
from {{ source('weather', 'observations') }}
group by station, observed_at, updated_at
having count(*) > 1
