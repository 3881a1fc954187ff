-- Who has ordered has a first and a last day, others have none.
select customer_id
from {{ ref('customers') }}
where
    (n_orders > 0) <> (first_order_date is not null)
    or (n_orders > 0) <> (last_order_date is not null)
    or first_order_date > last_order_date
    or (n_orders = 1 and first_order_date <> last_order_date)
    or signed_up_on > first_order_date
