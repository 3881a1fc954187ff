select * from {{ ref('churn_cohorts') }}
where "n_customers" is null or "n_paying_customers" is null or "n_lost_customers" is null or "mrr_eur_cents" is null or "paying_share" is null or "mrr_share" is null
