select * from {{ ref('shipment_performance') }}
where "n_shipments" is null or "n_delivered" is null or "n_returned" is null or "n_due" is null or "n_on_time" is null or "n_with_failed_attempt" is null or "weight_grams" is null
