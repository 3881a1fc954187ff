-- Every paid order of a customer is in the customer's cohort, once.
select count(*) as n_orders
from {{ ref('orders') }}
where is_paid
having count(*) <> (select sum(cohorts.n_orders) from {{ ref('customer_cohorts') }} as cohorts)
