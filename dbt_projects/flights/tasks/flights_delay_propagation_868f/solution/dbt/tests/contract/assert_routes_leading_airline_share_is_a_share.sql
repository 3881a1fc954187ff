select * from {{ ref('routes') }}
where "leading_airline_share" < 0 or "leading_airline_share" > 1
