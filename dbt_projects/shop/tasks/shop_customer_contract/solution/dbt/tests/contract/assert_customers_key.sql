-- One row per customer.
select customer_id
from {{ ref('customers') }}
group by customer_id
having count(*) > 1 or customer_id is null
