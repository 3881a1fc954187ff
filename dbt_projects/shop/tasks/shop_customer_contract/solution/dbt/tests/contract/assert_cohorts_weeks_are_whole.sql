-- A cohort begins on a Monday and has each week until today's, once.
select cohort_week
from {{ ref('customer_cohorts') }}
group by cohort_week
having
    isodow(cohort_week) <> 1
    or min(week_number) <> 0
    or count(distinct week_number) <> count(*)
    or count(*) <> date_diff('day', cohort_week, date_trunc('week', {{ berlin_date(pinned_now()) }})) // 7 + 1
    or max(week_number) <> count(*) - 1
