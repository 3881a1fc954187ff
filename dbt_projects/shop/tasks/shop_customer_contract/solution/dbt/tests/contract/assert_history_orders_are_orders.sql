-- The versions of a customer have no more orders than the customer.
select customers.customer_id
from {{ ref('customers') }} as customers
inner join {{ ref('customer_history') }} as versions on customers.customer_id = versions.customer_id
group by customers.customer_id, customers.n_orders
having sum(versions.n_orders) > customers.n_orders or min(versions.n_orders) < 0
