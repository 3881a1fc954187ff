-- What was captured is what the order cost.
select
    order_id,
    total_cents,
    captured_cents
from {{ ref('orders') }}
where is_paid and captured_cents <> total_cents
