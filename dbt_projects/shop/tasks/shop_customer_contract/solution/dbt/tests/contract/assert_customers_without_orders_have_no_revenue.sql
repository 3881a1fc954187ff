-- Without an order there is no revenue.
select customer_id
from {{ ref('customers') }}
where n_orders = 0 and net_revenue_eur_cents <> 0
