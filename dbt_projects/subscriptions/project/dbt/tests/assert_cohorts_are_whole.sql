-- Every customer that ever paid is in a cohort, once.
select count(*) as n_customers
from {{ ref('customers') }}
where first_paid_month is not null
having
    count(*) <> (
        select sum(cohorts.n_customers)
        from {{ ref('churn_cohorts') }} as cohorts
        where cohorts.month_number = 0
    )
