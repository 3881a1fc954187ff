select * from {{ ref('mrr_months') }}
where "n_paying_customers" < 0 or "n_churned_customers" < 0
