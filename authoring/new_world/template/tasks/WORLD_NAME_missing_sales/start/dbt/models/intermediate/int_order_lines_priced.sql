select
    order_lines.order_id,
    order_lines.line_number,
    orders.customer_id,
    orders.ordered_on,
    order_lines.pieces * prices.price_cents as amount_cents
from {{ ref('stg_shop__order_lines') }} as order_lines
inner join {{ ref('stg_shop__orders') }} as orders
    on order_lines.order_id = orders.order_id
inner join {{ ref('stg_office__prices') }} as prices
    on
        order_lines.product = prices.product
        and orders.ordered_on >= prices.valid_from
        and (orders.ordered_on < prices.valid_to or prices.valid_to is null)
where orders.status != 'cancelled'
