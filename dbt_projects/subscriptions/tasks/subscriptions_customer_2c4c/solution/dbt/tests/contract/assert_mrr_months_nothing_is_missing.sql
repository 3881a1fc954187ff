select * from {{ ref('mrr_months') }}
where "n_paying_customers" is null or "n_churned_customers" is null or "opening_mrr_eur_cents" is null or "new_eur_cents" is null or "reactivation_eur_cents" is null or "expansion_eur_cents" is null or "contraction_eur_cents" is null or "churn_eur_cents" is null or "closing_mrr_eur_cents" is null
