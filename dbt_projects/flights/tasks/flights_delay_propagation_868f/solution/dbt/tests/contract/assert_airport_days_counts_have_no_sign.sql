select * from {{ ref('airport_days') }}
where "n_scheduled" < 0 or "n_departed" < 0 or "n_not_departed" < 0 or "n_diverted" < 0 or "n_departed_late" < 0 or "n_destinations" < 0 or "n_flights_in_busiest_hour" < 0 or "n_observations" < 0 or "n_severe_hours" < 0
