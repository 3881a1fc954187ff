-- A cohort has each month until the current one, once, and keeps its customers.
select cohort_month
from {{ ref('churn_cohorts') }}
group by cohort_month
having
    min(month_number) <> 0
    or count(distinct month_number) <> count(*)
    or max(month_number) <> date_diff('month', cohort_month, {{ pinned_now() }})
    or max(month_number) <> count(*) - 1
    or min(n_customers) <> max(n_customers)
    or cohort_month <> date_trunc('month', cohort_month)
