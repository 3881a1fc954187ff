select "airport_code", "flight_date" from {{ ref('airport_days') }}
group by "airport_code", "flight_date"
having count(*) > 1 or min("airport_code") is null or min("flight_date") is null
