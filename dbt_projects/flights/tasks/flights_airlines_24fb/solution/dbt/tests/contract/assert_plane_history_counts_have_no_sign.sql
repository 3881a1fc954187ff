select * from {{ ref('plane_history') }}
where "n_engines" < 0 or "n_seats" < 0 or "n_flights" < 0 or "n_seats_offered" < 0
