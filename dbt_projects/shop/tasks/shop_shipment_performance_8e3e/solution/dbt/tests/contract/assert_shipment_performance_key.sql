select "service", "destination_country" from {{ ref('shipment_performance') }}
group by "service", "destination_country"
having count(*) > 1 or min("service") is null or min("destination_country") is null
