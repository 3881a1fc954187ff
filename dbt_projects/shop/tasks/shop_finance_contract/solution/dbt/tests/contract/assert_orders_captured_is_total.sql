-- What was captured is the total of a paid order; the fee is less.
select order_id
from {{ ref('orders') }}
where
    captured_cents is distinct from case when is_paid then total_cents else 0 end
    or (is_paid and fee_cents >= captured_cents)
