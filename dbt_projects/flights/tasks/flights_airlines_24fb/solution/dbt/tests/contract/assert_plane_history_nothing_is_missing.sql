select * from {{ ref('plane_history') }}
where "plane_type" is null or "manufacturer" is null or "model" is null or "engine_type" is null or "n_engines" is null or "n_seats" is null or "n_flights" is null or "n_seats_offered" is null or "is_current" is null or "valid_from" is null
