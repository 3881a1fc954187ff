-- All cohorts together are the customers that were ever new.
select count(*) as n_new
from {{ ref('mrr_movements') }}
where movement_kind = 'new'
having
    count(*) <> (
        select sum(cohorts.n_customers)
        from {{ ref('churn_cohorts') }} as cohorts
        where cohorts.month_number = 0
    )
