-- Paid when, and only when, there is a time of payment and another status than placed.
select order_id
from {{ ref('orders') }}
where is_paid is distinct from (paid_at is not null) or is_paid is distinct from (order_status <> 'placed')
