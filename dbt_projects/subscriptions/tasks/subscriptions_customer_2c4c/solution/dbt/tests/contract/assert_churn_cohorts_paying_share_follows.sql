select * from {{ ref('churn_cohorts') }}
where "paying_share" is distinct from (n_paying_customers / n_customers)
