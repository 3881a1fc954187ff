select * from {{ ref('churn_cohorts') }}
where "n_lost_customers" is distinct from (n_customers - n_paying_customers)
