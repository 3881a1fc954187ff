-- One row per order.
select order_id
from {{ ref('orders') }}
group by order_id
having count(*) > 1 or order_id is null
