select * from {{ ref('shipment_performance') }}
where "n_shipments" < 0 or "n_delivered" < 0 or "n_returned" < 0 or "n_due" < 0 or "n_on_time" < 0 or "n_with_failed_attempt" < 0
