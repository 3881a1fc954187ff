select * from {{ ref('airport_days') }}
where "n_scheduled" is null or "n_departed" is null or "n_not_departed" is null or "n_diverted" is null or "n_departed_late" is null or "n_destinations" is null or "busiest_hour" is null or "n_flights_in_busiest_hour" is null or "n_observations" is null or "n_severe_hours" is null
