-- A cohort has as many customers as ordered first in its week.
with expected as (

    select
        date_trunc('week', first_order_date) as cohort_week,
        count(*) as n_customers
    from {{ ref('customers') }}
    where first_order_date is not null
    group by all

)

select expected.cohort_week
from expected
full outer join (
    select * from {{ ref('customer_cohorts') }}
    where week_number = 0
) as cohorts
    on expected.cohort_week = cohorts.cohort_week
where expected.n_customers is distinct from cohorts.n_customers
