-- Net retention is what is left of the opening, and unknown where there was nothing.
select
    segment,
    revenue_month
from {{ ref('mrr_months') }}
where
    net_retention is distinct from
    (opening_mrr_eur_cents + expansion_eur_cents + contraction_eur_cents + churn_eur_cents)
    / nullif(opening_mrr_eur_cents, 0)
    or (n_paying_customers = 0) <> (closing_mrr_eur_cents = 0)
