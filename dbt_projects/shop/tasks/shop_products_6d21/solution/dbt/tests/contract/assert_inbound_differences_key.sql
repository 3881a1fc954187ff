select "delivery_id" from {{ ref('inbound_differences') }}
group by "delivery_id"
having count(*) > 1 or min("delivery_id") is null
