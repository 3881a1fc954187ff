-- A discount is never negative and never above the items.
select order_id
from {{ ref('orders') }}
where coalesce(discount_cents < 0 or discount_cents > items_cents, true)
