select * from {{ ref('shipments') }}
where "warehouse_code" is null or "service" is null or "destination_country" is null or "shipment_state" is null or "weight_grams" is null or "n_failed_attempts" is null or "promised_on" is null
