-- Shares are those of the figures beside them; in its first month all of a cohort pay.
with

cohorts as (

    select
        *,
        max(mrr_eur_cents) filter (where month_number = 0) over (partition by cohort_month) as first_mrr_eur_cents
    from {{ ref('churn_cohorts') }}

)

select
    cohort_month,
    month_number
from cohorts
where
    n_paying_customers + n_lost_customers <> n_customers
    or n_lost_customers < 0
    or paying_share <> n_paying_customers / n_customers
    or mrr_share <> mrr_eur_cents / first_mrr_eur_cents
    or (month_number = 0 and n_lost_customers <> 0)
    or (n_paying_customers = 0) <> (mrr_eur_cents = 0)
