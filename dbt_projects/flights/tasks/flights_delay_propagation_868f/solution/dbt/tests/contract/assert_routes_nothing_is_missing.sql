select * from {{ ref('routes') }}
where "destination_city" is null or "destination_country_code" is null or "leading_airline_id" is null or "distance_miles" is null or "n_flights" is null or "n_days_flown" is null or "n_airlines" is null or "leading_airline_share" is null or "concentration_index" is null or "min_scheduled_block_minutes" is null or "route_rank" is null
