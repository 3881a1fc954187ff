-- A cohort has its customers in each week, all active in the first, and an order each.
select cohort_week
from {{ ref('customer_cohorts') }}
where
    n_active_customers > n_customers
    or n_active_customers > n_orders
    or (n_active_customers = 0) <> (n_orders = 0)
    or (week_number = 0 and n_active_customers <> n_customers)
    or abs(retention_share - n_active_customers / n_customers) > 1e-9
    or retention_share is null
union all
select cohort_week
from {{ ref('customer_cohorts') }}
group by cohort_week
having count(distinct n_customers) <> 1
