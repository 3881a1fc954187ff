select "order_id" from {{ ref('orders') }}
group by "order_id"
having count(*) > 1 or min("order_id") is null
