-- The shares of an order's discount add up to it.
select
    orders.order_id,
    orders.discount_cents,
    sum(lines.discount_cents) as shared_cents
from {{ ref('stg_marketplace__orders') }} as orders
inner join {{ ref('int_order_lines_discounted') }} as lines on orders.order_id = lines.order_id
group by orders.order_id, orders.discount_cents
having sum(lines.discount_cents) <> orders.discount_cents
