select * from {{ ref('flights') }}
where "airline_id" not in (select other."airline_id" from {{ ref('airlines') }} as other)
