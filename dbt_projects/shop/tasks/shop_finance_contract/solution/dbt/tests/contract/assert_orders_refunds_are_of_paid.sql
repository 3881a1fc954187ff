-- Only paid orders have refunds.
select order_id
from {{ ref('orders') }}
where refunded_cents <> 0 and not is_paid
