select * from {{ ref('routes') }}
where "on_time_share" < 0 or "on_time_share" > 1
