select * from {{ ref('shipment_performance') }}
where "on_time_share" is distinct from (n_on_time / NULLIF(n_due, 0))
