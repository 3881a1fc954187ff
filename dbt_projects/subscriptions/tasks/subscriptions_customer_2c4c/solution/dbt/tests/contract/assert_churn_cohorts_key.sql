select "cohort_month", "month_number" from {{ ref('churn_cohorts') }}
group by "cohort_month", "month_number"
having count(*) > 1 or min("cohort_month") is null or min("month_number") is null
