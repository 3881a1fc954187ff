select "shipment_id" from {{ ref('shipments') }}
group by "shipment_id"
having count(*) > 1 or min("shipment_id") is null
