-- Orders of the app are orders.
select customer_id
from {{ ref('customers') }}
where n_app_orders < 0 or n_app_orders > n_orders
