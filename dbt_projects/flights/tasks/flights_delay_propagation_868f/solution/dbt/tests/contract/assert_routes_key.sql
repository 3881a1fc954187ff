select "origin_airport_code", "destination_airport_code" from {{ ref('routes') }}
group by "origin_airport_code", "destination_airport_code"
having count(*) > 1 or min("origin_airport_code") is null or min("destination_airport_code") is null
