-- The order date is the day in Berlin.
select order_id
from {{ ref('orders') }}
where order_date is distinct from {{ berlin_date('placed_at') }}
