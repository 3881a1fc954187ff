-- The newest order is at most twelve hours old.
select max(placed_at) as newest
from {{ ref('orders') }}
having coalesce(max(placed_at) < {{ pinned_now() }} - interval 12 hour, true)
