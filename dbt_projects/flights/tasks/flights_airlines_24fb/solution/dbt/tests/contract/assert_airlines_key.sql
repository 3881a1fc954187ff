select "airline_id" from {{ ref('airlines') }}
group by "airline_id"
having count(*) > 1 or min("airline_id") is null
