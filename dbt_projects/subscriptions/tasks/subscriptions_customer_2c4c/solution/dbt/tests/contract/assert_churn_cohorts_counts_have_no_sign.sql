select * from {{ ref('churn_cohorts') }}
where "n_customers" < 0 or "n_paying_customers" < 0
