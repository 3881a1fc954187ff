select * from {{ ref('shipments') }}
where "service" not in ('EXPRESS', 'STANDARD')
