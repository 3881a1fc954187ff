select * from {{ ref('shipment_performance') }}
where "on_time_share" < 0 or "on_time_share" > 1
