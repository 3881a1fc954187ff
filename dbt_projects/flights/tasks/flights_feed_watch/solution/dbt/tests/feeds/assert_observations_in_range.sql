-- Known stations, plausible values, and nothing issued before it was observed.
select station
from {{ source('weather', 'observations') }}
where
    station is null
    or station not in ('EWR', 'JFK', 'LGA')
    or updated_at < observed_at
    or humidity_pct not between 0 and 100
    or visibility_miles not between 0 and 10
    or wind_dir_deg not between 0 and 360
    or precip_in < 0
    or wind_speed_mph < 0
