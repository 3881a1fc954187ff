-- Nothing is paid before it is placed.
select order_id
from {{ ref('orders') }}
where paid_at < placed_at
