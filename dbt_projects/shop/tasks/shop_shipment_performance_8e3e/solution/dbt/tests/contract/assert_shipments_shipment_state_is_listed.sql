select * from {{ ref('shipments') }}
where "shipment_state" not in ('delivered', 'returned', 'on_the_way', 'announced')
