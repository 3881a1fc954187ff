select * from {{ ref('orders') }}
where "total_cents" is distinct from (items_cents - discount_cents + shipping_cents)
