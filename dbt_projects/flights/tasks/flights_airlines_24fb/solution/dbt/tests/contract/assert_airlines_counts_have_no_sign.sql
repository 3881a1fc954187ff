select * from {{ ref('airlines') }}
where "n_flights" < 0 or "n_aircraft" < 0 or "n_destinations" < 0
