select * from {{ ref('shipment_performance') }}
where "service" not in ('EXPRESS', 'STANDARD')
