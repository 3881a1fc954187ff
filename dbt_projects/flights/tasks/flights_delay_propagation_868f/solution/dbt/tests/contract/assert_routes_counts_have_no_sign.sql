select * from {{ ref('routes') }}
where "n_flights" < 0 or "n_days_flown" < 0 or "n_airlines" < 0
