select * from {{ ref('routes') }}
where "concentration_index" < 0 or "concentration_index" > 1
