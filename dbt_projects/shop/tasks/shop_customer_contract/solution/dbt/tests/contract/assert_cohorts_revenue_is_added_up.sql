-- Cumulative revenue is that of all weeks so far.
with summed as (

    select
        cohort_week,
        cumulative_revenue_eur_cents,
        sum(net_revenue_eur_cents) over (partition by cohort_week order by week_number) as expected_cents
    from {{ ref('customer_cohorts') }}

)

select cohort_week
from summed
where cumulative_revenue_eur_cents is distinct from expected_cents
