select "flight_id" from {{ ref('flights') }}
group by "flight_id"
having count(*) > 1 or min("flight_id") is null
