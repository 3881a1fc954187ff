-- One version of a customer is current, and it is the one without an end.
select customer_id
from {{ ref('customer_history') }}
group by customer_id
having count(*) filter (where is_current) <> 1 or bool_or(is_current <> (valid_to is null))
