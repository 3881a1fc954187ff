select * from {{ ref('airlines') }}
where "carrier_code" is null or "airline_name" is null or "n_flights" is null or "n_aircraft" is null or "n_destinations" is null or "is_current" is null or "valid_from" is null
