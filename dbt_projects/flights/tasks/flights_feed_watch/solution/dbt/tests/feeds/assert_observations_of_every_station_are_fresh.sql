-- The newest hour of each station is at most a day before the run.
with

stations as (

    select unnest(['EWR', 'JFK', 'LGA']) as station

)

select stations.station
from stations
left join {{ source('weather', 'observations') }} as observations on stations.station = observations.station
group by stations.station
having
    max(observations.observed_at) is null
    or max(observations.observed_at) at time zone 'UTC' < {{ pinned_now() }} - interval 24 hour
